"""The recorder: what devices tell their observer becomes events, and a sink gets each.

It fits `simnet.devices.observer.Observer` by its shape, so that a trace needs no device and a device no trace.
It stands on the path of every recorded frame: each method builds one value and makes one call.
"""

from __future__ import annotations

from simnet.trace.events import (
    FaultFired,
    FrameArrived,
    FrameDiscarded,
    FrameDropped,
    FrameDuplicated,
    FrameSent,
    LinkChanged,
    Note,
    ProgramOutput,
    SocketCall,
    StateChanged,
    TableChanged,
    TcpSampled,
)
from simnet.trace.sinks import Sink
from simnet.wire.frame import Frame


class Recorder:
    """An observer that writes down everything it is told."""

    __slots__ = ("_put",)

    def __init__(self, sink: Sink) -> None:
        self._put = sink.put

    def frame_sent(self, now: int, port: str, frame: Frame, departs: int) -> None:
        self._put(FrameSent(now, port, frame, departs))

    def frame_arrived(self, now: int, port: str, frame: Frame) -> None:
        self._put(FrameArrived(now, port, frame))

    def frame_dropped(self, now: int, port: str, frame: Frame, reason: int) -> None:
        self._put(FrameDropped(now, port, frame, reason))

    def frame_duplicated(self, now: int, port: str, frame: Frame) -> None:
        self._put(FrameDuplicated(now, port, frame))

    def frame_discarded(self, now: int, port: str, frame: Frame, reason: int) -> None:
        self._put(FrameDiscarded(now, port, frame, reason))

    def table_changed(
        self, now: int, device: str, table: str, key: str, old: str | None, new: str | None, reason: int, cause: int
    ) -> None:
        self._put(TableChanged(now, device, table, key, old, new, reason, cause))

    def state_changed(self, now: int, device: str, connection: str, old: str, new: str, cause: int) -> None:
        self._put(StateChanged(now, device, connection, old, new, cause))

    def tcp_sampled(self, now: int, device: str, connection: str, sample: dict[str, int]) -> None:
        self._put(TcpSampled(now, device, connection, sample))

    def socket_call(self, now: int, device: str, program: str, id: int, call: str, arguments: str, result: str) -> None:
        self._put(SocketCall(now, device, program, id, call, arguments, result))

    def program_output(self, now: int, device: str, program: str, text: str) -> None:
        self._put(ProgramOutput(now, device, program, text))

    def fault_fired(self, now: int, fault: str, frame: Frame) -> None:
        self._put(FaultFired(now, fault, frame))

    def link_changed(self, now: int, link: str, change: str) -> None:
        self._put(LinkChanged(now, link, change))

    def note(self, now: int, device: str, text: str) -> None:
        self._put(Note(now, device, text))
