"""What a protocol stack tells whoever watches it.

Times are virtual nanoseconds; `port` is "host:eth0", `device` is "host"; reasons are from `simnet.reasons`.
A row of a table is one line of plain text, so that a view can print it and undo the change.
"""

from __future__ import annotations

from typing import Protocol

from simnet.wire.frame import Frame


class StackObserver(Protocol):
    """The part a protocol stack needs."""

    def frame_discarded(self, now: int, port: str, frame: Frame, reason: int) -> None:
        """`frame` had arrived at `port` and went no further."""

    def table_changed(
        self, now: int, device: str, table: str, key: str, old: str | None, new: str | None, reason: int, cause: int
    ) -> None:
        """Row `key` of `table` changed from `old` to `new`; None means absent."""

    def state_changed(
        self, now: int, device: str, connection: str, old: str, new: str, cause: int
    ) -> None:
        """A TCP connection, "10.0.0.1:40000 > 10.0.0.2:80" seen from `device`, changed its state."""

    def tcp_sampled(self, now: int, device: str, connection: str, sample: dict[str, int]) -> None:
        """A connection's variables (snd_una, snd_nxt, cwnd, ssthresh, rto, srtt, snd_wnd, rcv_wnd) after a change."""

    def note(self, now: int, device: str, text: str) -> None:
        """Something worth saying that is none of the other kinds."""
