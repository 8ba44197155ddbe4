"""How many data bytes a full segment has (RFC 9293 3.7.1, Linux tcp_sync_mss)."""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp.output import Output
from simnet.stack.tcp.tcb import MSS_DEFAULT, Tcb


class SegmentSize:
    """Follows the path, the peer, and the options that take their room from the data."""

    __slots__ = ("_tcb", "_output")

    def __init__(self, tcb: Tcb, output: Output) -> None:
        self._tcb: Final = tcb
        self._output: Final = output

    def sync(self) -> None:
        """The full segment for this path, at most half of the largest window the peer ever offered."""
        tcb = self._tcb
        mss = min(tcb.path_mtu - 40, tcb.mss_clamp) - (12 if tcb.has_timestamps else 0)
        mss = self.within_half_window(max(mss, 48))
        tcb.mss = min(mss, tcb.probed_mss) if tcb.probed_mss else mss

    def within_half_window(self, size: int) -> int:
        """`size`, but at most half of the largest window."""
        largest = self._tcb.snd_max_wnd
        limit = largest >> 1 if largest > MSS_DEFAULT else largest
        return max(limit, 36) if limit and size > limit else size

    def current(self) -> int:
        """Data bytes of the next full segment; SACK blocks take their room from it."""
        return self._tcb.mss - self._output.options_length()
