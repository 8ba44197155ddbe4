"""The deadlines of one connection: when to act although nothing arrives.

The retransmission alarm serves four purposes, never two at once (Linux icsk_pending).  Alarms fire when the kernel's
timer wheel would let them.
"""

from __future__ import annotations

from enum import Enum
from typing import Callable, Final

from simnet.stack.alarms import NEVER, Alarm, Alarms
from simnet.stack.profile import Profile
from simnet.stack.timer_wheel import fires_at


class Purpose(Enum):
    """What the retransmission alarm is set for."""

    NONE = 0
    RETRANSMIT = 1  # no acknowledgment within the RTO (RFC 6298 5)
    LOSS_PROBE = 2  # the tail may be lost (RFC 8985 7)
    REORDER = 3  # a late segment will count as lost (RFC 8985 6.2)
    PERSIST = 4  # the peer's window is closed (RFC 9293 3.8.6.1)


class Deadlines:
    """`retransmit` is set through `arm`; `delayed_ack` and `keep_alive` by their owners."""

    __slots__ = (
        "_profile", "purpose", "retransmit", "delayed_ack", "keep_alive", "_alarms", "_compressed_rang", "_compressed",
    )  # fmt: skip

    def __init__(
        self,
        *,
        alarms: Alarms,
        profile: Profile,
        retransmit: Callable[[int], None],
        delayed_ack: Callable[[int], None],
        compressed_ack: Callable[[int], None],
        keep_alive: Callable[[int], None],
    ) -> None:
        self._profile: Final = profile
        self._alarms: Final = alarms
        self._compressed_rang: Final = compressed_ack
        self._compressed: Alarm | None = None  # most connections never need it
        self.purpose = Purpose.NONE
        self.retransmit: Final[Alarm] = alarms.foreground(retransmit)
        self.delayed_ack: Final[Alarm] = alarms.foreground(delayed_ack)
        self.keep_alive: Final[Alarm] = alarms.background(keep_alive)

    def arm(self, purpose: Purpose, now: int, delay: int) -> None:
        """Ring for `purpose` after `delay` from `now`, whatever was set before."""
        self.purpose = purpose
        self.retransmit.set(fires_at(now, delay, self._profile.jiffy))

    def disarm(self) -> None:
        """Nothing is in flight and nothing to be probed."""
        self.purpose = Purpose.NONE
        self.retransmit.cancel()

    def fired(self) -> Purpose:
        """What the retransmission alarm rang for; it is not set any more."""
        purpose = self.purpose
        self.purpose = Purpose.NONE
        return purpose

    def compress(self, due: int) -> None:
        """Ring at `due`, unless set already, to send one acknowledgment instead of many."""
        if self._compressed is None:
            self._compressed = self._alarms.foreground(self._compressed_rang)
        if self._compressed.due == NEVER:
            self._compressed.set(due)

    def end_compression(self) -> None:
        """The acknowledgment has left."""
        if self._compressed is not None:
            self._compressed.cancel()

    def cancel(self) -> None:
        """The connection is over."""
        self.disarm()
        self.delayed_ack.cancel()
        self.end_compression()
        self.keep_alive.cancel()
