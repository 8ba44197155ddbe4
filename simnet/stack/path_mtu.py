"""What routers said of the packets that a path carries (RFC 1191), per destination (Linux ip_rt_update_pmtu).

It counts for `route_mtu_expires` after it was last said.  A path that is said to carry less than `route_min_pmtu`
counts as one of that size whose packets may be cut on the way: "don't fragment" is not set any more.
"""

from __future__ import annotations

from typing import Callable, Final

from simnet.stack.alarms import Alarm
from simnet.stack.host import StackHost


class PathMtu:
    """`mtu` bytes pass; `is_locked`: the path carries less than that, so packets may be cut."""

    __slots__ = ("mtu", "is_locked", "alarm")

    def __init__(self, mtu: int, is_locked: bool, alarm: Alarm) -> None:
        self.mtu: Final = mtu
        self.is_locked: Final = is_locked
        self.alarm: Final = alarm


class PathMtus:
    """The known paths; `forgotten(dst, now)` is called when the time of one is over."""

    __slots__ = ("_host", "_forgotten", "_known")

    def __init__(self, host: StackHost, forgotten: Callable[[int, int], None]) -> None:
        self._host: Final = host
        self._forgotten: Final = forgotten
        self._known: dict[int, PathMtu] = {}

    def of(self, dst: int) -> PathMtu | None:
        """What is known of the path to `dst`."""
        return self._known.get(dst)

    def learn(self, dst: int, mtu: int, old: int, now: int) -> PathMtu | None:
        """A router says that `mtu` bytes pass where `old` were thought to; None where that is no news."""
        profile = self._host.profile
        if mtu > old:
            return None
        is_locked = mtu < profile.route_min_pmtu
        if is_locked:
            mtu = min(old, profile.route_min_pmtu)
        before = self._known.get(dst)
        alarm = self._host.alarms.background(lambda time: self._expire(dst, time)) if before is None else before.alarm
        alarm.wait(now, profile.route_mtu_expires, profile.jiffy)
        known = self._known[dst] = PathMtu(mtu, is_locked, alarm)
        return known

    def _expire(self, dst: int, now: int) -> None:
        del self._known[dst]
        self._forgotten(dst, now)
