"""When a kernel timer fires: in whole jiffies, and the longer the delay, the coarser (Linux kernel/time/timer.c).

The wheel has levels of 64 slots; each level's slots are 8 times as wide as those of the level below.  A timer goes
to the slot after the one that holds its time, so that it never fires early: 200 ms become 204, 1 s becomes 1.024 s,
60 s up to 62.  A `jiffy` of 0 makes timers exact, as the textbook's are.

Of timers that fire in the same jiffy those of the higher levels are called first, and within a level the one that was
set last (collect_expired_timers, hlist_add_head).
Does not model: a timer that is set again to the slot it is in keeps its place there.
"""

from __future__ import annotations

from typing import Final

_LEVEL_BITS: Final = 3  # each level is 8 times as coarse as the one below
_YEARS: Final = 56  # bits for the time, in ns
_FIRST_LEVEL: Final = 63  # delays of fewer jiffies than this stay in the lowest level


def whole_jiffies(duration: int, jiffy: int) -> int:
    """`duration` rounded up to the grain of timers."""
    return -(-duration // jiffy) * jiffy if jiffy else duration


def in_jiffies(time: int, jiffy: int) -> int:
    """`time` as a kernel that counts jiffies reads it: the last one that has begun."""
    return time // jiffy * jiffy if jiffy else time


def fires_at(now: int, delay: int, jiffy: int) -> int:
    """When a timer that is set at `now` for `delay` nanoseconds fires."""
    if not jiffy:
        return now + delay
    left = -(-delay // jiffy)
    expires = now // jiffy + left
    if now % jiffy == 0:  # set by what a tick rang: the wheel's own clock has moved on (base->clk)
        left -= 1
    shift = 0
    limit = _FIRST_LEVEL
    while left >= limit:
        shift += _LEVEL_BITS
        limit <<= _LEVEL_BITS
    return ((expires >> shift) + 1 << shift) * jiffy


def turn_at(now: int, delay: int, jiffy: int) -> int:
    """When among those that fire in the same jiffy a timer is called that was set at `now` for `delay`: lowest first.

    Below 0, which is for exact timers: they come after these (Linux HRTIMER_SOFTIRQ).
    """
    if not jiffy:
        return 0
    left = -(-delay // jiffy)
    level = 0
    limit = _FIRST_LEVEL
    while left >= limit:
        level += 1
        limit <<= _LEVEL_BITS
    return -(level << _YEARS | now)
