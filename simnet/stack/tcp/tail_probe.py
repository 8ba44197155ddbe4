"""Tail loss probe: when the last segments get no answer, send one more to provoke a SACK (RFC 8985 7)."""

from __future__ import annotations

from typing import Final

from simnet import reasons
from simnet.stack.tcp import sack
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.recovery import Recovery
from simnet.stack.tcp.retransmission import Retransmission
from simnet.stack.tcp.retransmission_timer import RetransmissionTimer
from simnet.stack.tcp.sack import SackReader
from simnet.stack.tcp.sender import Sender
from simnet.stack.tcp.tcb import Tcb


class TailProbe:
    """At most one probe is out; `SackReader.probe_end` holds its snd_nxt."""

    __slots__ = ("_tcb", "_flight", "_reader", "_retransmission", "_recovery", "_timer", "_sender")

    def __init__(
        self,
        tcb: Tcb,
        flight: Flight,
        reader: SackReader,
        retransmission: Retransmission,
        recovery: Recovery,
        timer: RetransmissionTimer,
        sender: Sender,
    ) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self._reader: Final = reader
        self._retransmission: Final = retransmission
        self._recovery: Final = recovery
        self._timer: Final = timer
        self._sender: Final = sender

    def send(self) -> None:
        """PTO passed: new data if the peer's window lets it, else the last segment again (RFC 8985 7.3)."""
        if self._reader.probe_end == 0 and self._probe():
            self._reader.probe_end = self._tcb.snd_nxt
            self._timer.forget_probe()
        self._timer.rearm()

    def _probe(self) -> bool:
        self._reader.is_probe_repeat = False
        if self._sender.has_room_for_next():
            return self._sender.push_probe()
        last = self._flight.last()
        if last is None:
            return False
        self._reader.is_probe_repeat = self._retransmission.probe(last, reasons.TCP_TAIL_LOSS_PROBE)
        return self._reader.is_probe_repeat

    def acknowledged(self, ack: int, flags: int) -> None:
        """Did the probe repair a loss, or was it unnecessary (RFC 8985 7.4)?"""
        reader = self._reader
        if ack < reader.probe_end:
            return
        if not reader.is_probe_repeat or flags & sack.PROBE_DUPLICATE:
            reader.probe_end = 0
        elif ack > reader.probe_end:
            self._recovery.probe_repaired()
        elif not flags & (sack.ADVANCED | sack.NOT_DUPLICATE | sack.DATA_SACKED):
            reader.probe_end = 0
