"""When a kernel timer fires: in whole jiffies, and the longer the delay, the coarser (Linux kernel/time/timer.c).

The wheel has levels of 64 slots; each level's slots are 8 times as wide as those of the level below.  A timer goes
to the slot after the one that holds its time, so that it never fires early: 200 ms become 204, 1 s becomes 1.024 s,
60 s up to 62.  A `jiffy` of 0 makes timers exact, as the textbook's are.
"""

from __future__ import annotations

from typing import Final

_LEVEL_BITS: Final = 3  # each level is 8 times as coarse as the one below
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
