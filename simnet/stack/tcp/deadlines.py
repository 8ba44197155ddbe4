"""The deadlines of one connection: when to act although nothing arrives.

The retransmission alarm serves four purposes, never two at once (Linux icsk_pending).  Alarms fire when the kernel's
timer wheel would let them.
"""

from __future__ import annotations

from enum import Enum
from typing import Callable, Final

from simnet.stack.alarms import NEVER, Alarm, Alarms
from simnet.stack.profile import Profile


class Purpose(Enum):
    """What the retransmission alarm is set for."""

    NONE = 0
    RETRANSMIT = 1  # no acknowledgment within the RTO (RFC 6298 5)
    LOSS_PROBE = 2  # the tail may be lost (RFC 8985 7)
    REORDER = 3  # a late segment will count as lost (RFC 8985 6.2)
    PERSIST = 4  # the peer's window is closed (RFC 9293 3.8.6.1)


# See `Phase`: cheaper than members of the Enum.
IDLE: Final = Purpose.NONE
RETRANSMIT: Final = Purpose.RETRANSMIT
LOSS_PROBE: Final = Purpose.LOSS_PROBE
REORDER: Final = Purpose.REORDER
PERSIST: Final = Purpose.PERSIST

# What rang while a call held the socket.
_LATE_RETRANSMIT: Final = 1
_LATE_DELAYED_ACK: Final = 2
_LATE_COMPRESSED_ACK: Final = 4


class Deadlines:
    """`retransmit` is set through `arm`; `delayed_ack` and `keep_alive` by their owners.

    While a call holds the socket, alarms but that of keep-alive are only noted (Linux tcp_release_cb).
    """

    __slots__ = (
        "_profile", "purpose", "retransmit", "delayed_ack", "keep_alive", "_alarms", "_retransmit", "_delayed_ack",
        "_compressed_ack", "_compressed", "_is_held", "_late",
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
        self._retransmit = retransmit
        self._delayed_ack = delayed_ack
        self._compressed_ack = compressed_ack
        self._compressed: Alarm | None = None  # most connections never need it
        self._is_held = False
        self._late = 0
        self.purpose = Purpose.NONE
        self.retransmit: Final[Alarm] = alarms.foreground(self._retransmit_rang)
        self.delayed_ack: Final[Alarm] = alarms.foreground(self._delayed_ack_rang)
        self.keep_alive: Final[Alarm] = alarms.background(keep_alive)

    def arm(self, purpose: Purpose, now: int, delay: int) -> None:
        """Ring for `purpose` after `delay` from `now`, whatever was set before."""
        self.purpose = purpose
        self.retransmit.wait(now, delay, self._profile.jiffy)

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
        self._late &= ~_LATE_COMPRESSED_ACK
        if self._compressed is not None:
            self._compressed.cancel()

    def cancel(self) -> None:
        """The connection is over: nothing refers back to it, so that its memory is free when the program lets go."""
        self.purpose = Purpose.NONE
        self.end_compression()
        for alarm in (self.retransmit, self.delayed_ack, self.keep_alive):
            alarm.retire()
        if self._compressed is not None:
            self._compressed.retire()
        self._retransmit = self._delayed_ack = self._compressed_ack = _nobody

    # --- while a call holds the socket

    def hold(self) -> None:
        """Only note what rings from now on."""
        self._is_held = True

    def release(self, now: int) -> None:
        """Act now on what has rung, unless it was set anew or is needed no more."""
        self._is_held = False
        late, self._late = self._late, 0
        if late & _LATE_RETRANSMIT and self.purpose is not IDLE and self.retransmit.due == NEVER:
            self._retransmit(now)
        if late & _LATE_DELAYED_ACK and self.delayed_ack.due == NEVER:
            self._delayed_ack(now)
        if late & _LATE_COMPRESSED_ACK:
            self._compressed_ack(now)

    def _retransmit_rang(self, now: int) -> None:
        if self._is_held:
            self._late |= _LATE_RETRANSMIT
        else:
            self._retransmit(now)

    def _delayed_ack_rang(self, now: int) -> None:
        if self._is_held:
            self._late |= _LATE_DELAYED_ACK
        else:
            self._delayed_ack(now)

    def _compressed_rang(self, now: int) -> None:
        if self._is_held:
            self._late |= _LATE_COMPRESSED_ACK
        else:
            self._compressed_ack(now)


def _nobody(now: int) -> None:
    """When the connection is over."""
