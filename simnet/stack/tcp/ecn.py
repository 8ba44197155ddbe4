"""Explicit congestion notification: routers mark instead of dropping, the receiver echoes, the sender slows (RFC 3168).

Does not model: accurate ECN, ECN on SYNs and retransmissions (RFC 8311).
"""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp.acks import AckPolicy
from simnet.stack.tcp.tcb import Tcb
from simnet.wire.tcp import CWR, ECE

NOT_CAPABLE: Final = 0
CAPABLE: Final = 2  # ECT(0)
CONGESTED: Final = 3  # CE
_QUICK: Final = 2


class Ecn:
    """Both directions of one connection; does nothing unless the handshake agreed on it (`tcb.is_ecn`)."""

    __slots__ = ("_tcb", "_acks", "must_echo", "must_confirm", "has_seen")

    def __init__(self, tcb: Tcb, acks: AckPolicy) -> None:
        self._tcb: Final = tcb
        self._acks: Final = acks
        self.must_echo = False  # congestion was marked on our path in: every ACK says so until confirmed
        self.must_confirm = False  # the window was reduced: the next new data says so
        self.has_seen = False

    def reduced(self) -> None:
        """The congestion window was reduced (RFC 3168 6.1.2)."""
        self.must_confirm = self._tcb.is_ecn

    def arrived(self, codepoint: int, flags: int, has_data: bool) -> None:
        """A segment came with `codepoint` in its IP header (RFC 3168 6.1.3)."""
        if flags & CWR:
            self.must_echo = False
            if has_data:
                self._acks.is_scheduled = self._acks.is_urgent = True
        if not has_data:
            return
        if codepoint == CONGESTED:
            if not self.must_echo:
                self._acks.add_quick(_QUICK)
                self.must_echo = True
            self.has_seen = True
        elif codepoint == NOT_CAPABLE:
            if self.has_seen:  # probably a retransmission
                self._acks.add_quick(_QUICK)
        else:
            self.has_seen = True

    def flags_of_new_data(self) -> int:
        """CWR once after a reduction."""
        if self.must_confirm:
            self.must_confirm = False
            return CWR
        return 0

    def flags(self) -> int:
        """ECE while congestion is to be echoed."""
        return ECE if self.must_echo else 0
