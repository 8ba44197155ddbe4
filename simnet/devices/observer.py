"""What devices and stacks tell whoever watches a run.

Devices hold an `Observer` or None; None costs one comparison.  `trace.recorder` fits this protocol by shape.
The conventions are those of `simnet.stack.observer`, whose protocol this one extends.
"""

from __future__ import annotations

from typing import Protocol

from simnet.stack.observer import StackObserver
from simnet.wire.frame import Frame


class Observer(StackObserver, Protocol):
    """Everything that can be watched."""

    def frame_sent(self, now: int, port: str, frame: Frame, departs: int) -> None:
        """`frame` was handed to `port`; its first bit leaves at `departs`, after what is queued before it.

        A frame that finds the queue full is sent and dropped at once, so that dropped frames are among the sent.
        """

    def frame_arrived(self, now: int, port: str, frame: Frame) -> None:
        """The last bit of `frame` reached `port`."""

    def frame_dropped(self, now: int, port: str, frame: Frame, reason: int) -> None:
        """`frame`, which `port` sent, will never arrive anywhere."""

    def frame_duplicated(self, now: int, port: str, frame: Frame) -> None:
        """The link behind `port` made the copy `frame` (its parent is the original)."""

    def socket_call(self, now: int, device: str, program: str, id: int, call: str, arguments: str, result: str) -> None:
        """`program` made a socket call; `result` is its value or the errno's name."""

    def program_output(self, now: int, device: str, program: str, text: str) -> None:
        """`program` printed `text`, or received it from its peer."""

    def fault_fired(self, now: int, fault: str, frame: Frame) -> None:
        """A fault of the scenario acted on `frame`."""

    def link_changed(self, now: int, link: str, change: str) -> None:
        """A link was cut, mended, moved or given new properties."""
