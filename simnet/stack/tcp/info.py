"""What a connection tells about itself: TCP_INFO by Linux's names, and samples for observers."""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp.acks import AckPolicy
from simnet.stack.tcp.bursts import Bursts
from simnet.stack.tcp.chronograph import BUSY, BY_BUFFER, BY_PEER, Chronograph
from simnet.stack.tcp.congestion.control import CongestionWindow
from simnet.stack.tcp.ecn import Ecn
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.output import Output
from simnet.stack.tcp.persist import Persist
from simnet.stack.tcp.receive_window import ReceiveWindow
from simnet.stack.tcp.retransmission import Retransmission
from simnet.stack.tcp.rtt import RoundTrip
from simnet.stack.tcp.sack import SackReader
from simnet.stack.tcp.states import State
from simnet.stack.tcp.tcb import Tcb

_STATE_NUMBERS: Final = {
    State.ESTABLISHED: 1,
    State.SYN_SENT: 2,
    State.SYN_RECEIVED: 3,
    State.FIN_WAIT_1: 4,
    State.FIN_WAIT_2: 5,
    State.TIME_WAIT: 7,  # the socket of a program has no part in it any more (Linux tcp_time_wait)
    State.CLOSED: 7,
    State.CLOSE_WAIT: 8,
    State.LAST_ACK: 9,
    State.LISTEN: 10,
    State.CLOSING: 11,
}
_OVER: Final = (State.CLOSED, State.TIME_WAIT)
_OPTION_TIMESTAMPS: Final = 1
_OPTION_SACK: Final = 2
_OPTION_SCALE: Final = 4
_OPTION_ECN: Final = 8
_OPTION_ECN_SEEN: Final = 16
_OPTION_SYN_DATA: Final = 32


class Info:
    """Reads the parts of one connection."""

    __slots__ = (
        "_tcb", "_rtt", "_congestion", "_flight", "_acks", "_window", "_retransmission", "_reader", "_persist",
        "_chronograph", "_ecn", "_output", "_bursts",
    )  # fmt: skip

    def __init__(
        self,
        tcb: Tcb,
        rtt: RoundTrip,
        congestion: CongestionWindow,
        flight: Flight,
        acks: AckPolicy,
        window: ReceiveWindow,
        retransmission: Retransmission,
        reader: SackReader,
        persist: Persist,
        chronograph: Chronograph,
        ecn: Ecn,
        output: Output,
        bursts: Bursts,
    ) -> None:
        self._tcb: Final = tcb
        self._rtt: Final = rtt
        self._congestion: Final = congestion
        self._flight: Final = flight
        self._acks: Final = acks
        self._window: Final = window
        self._retransmission: Final = retransmission
        self._reader: Final = reader
        self._persist: Final = persist
        self._chronograph: Final = chronograph
        self._ecn: Final = ecn
        self._output: Final = output
        self._bursts: Final = bursts

    def describe(self) -> dict[str, int]:
        """getsockopt(TCP_INFO): times in microseconds, sizes in bytes, windows in segments."""
        tcb, rtt, flight, congestion = self._tcb, self._rtt, self._flight, self._congestion
        options = _OPTION_TIMESTAMPS * tcb.has_timestamps + _OPTION_SACK * tcb.has_sack
        options += _OPTION_SCALE * tcb.is_scaling
        options += _OPTION_ECN * tcb.is_ecn + _OPTION_ECN_SEEN * self._ecn.has_seen
        options += _OPTION_SYN_DATA * tcb.has_syn_data
        return self._traffic() | {
            "state": _STATE_NUMBERS[tcb.state],
            "ca_state": congestion.phase.value,
            "retransmits": self._retransmission.retransmits,
            "probes": self._persist.probes_out,
            "backoff": rtt.backoff if tcb.state not in _OVER else 0,
            "options": options,
            "snd_wscale": tcb.snd_wscale,
            "rcv_wscale": tcb.rcv_wscale,
            "rto": rtt.rto // 1000,
            "ato": min(self._acks.ato, self._acks.longest) // 1000,
            "snd_mss": tcb.mss,
            "rcv_mss": self._window.rcv_mss,
            "unacked": flight.packets_out,
            "sacked": flight.sacked_out,
            "lost": flight.lost_out,
            "retrans": flight.retrans_out,
            "pmtu": tcb.path_mtu,
            "rcv_ssthresh": self._window.limit,
            "rtt": rtt.srtt8 >> 3,
            "rttvar": rtt.deviation4 >> 2,
            "snd_ssthresh": congestion.ssthresh,
            "snd_cwnd": congestion.cwnd,
            "advmss": tcb.advertised_mss,
            "reordering": self._congestion.reordering,
            "reord_seen": self._reader.reorderings_seen,
            "dsack_dups": self._reader.duplicates_reported,
            "rcv_rtt": self._window.rtt >> 3,
            "rcv_space": self._window.last_space(),
            "snd_wnd": tcb.snd_wnd,
            "rcv_wnd": tcb.rcv_wnd,
        }

    def _traffic(self) -> dict[str, int]:
        """What has passed, and how many milliseconds ago the last did."""
        tcb, flight = self._tcb, self._flight
        rtt = self._rtt.minimum
        has_fin_left = tcb.is_write_shut and tcb.snd_nxt == tcb.write_seq
        return {
            "total_retrans": flight.total_retransmissions,
            "delivered": flight.delivered,
            "bytes_acked": tcb.bytes_acked,
            "bytes_received": max(tcb.rcv_nxt - tcb.irs - 1, 0),
            "notsent_bytes": max(tcb.write_seq - tcb.snd_nxt, 0),
            "bytes_sent": max(tcb.snd_nxt - tcb.iss - 1 - has_fin_left, 0) + flight.bytes_repeated,
            "bytes_retrans": flight.bytes_repeated,
            "segs_out": self._output.segments_out,
            "last_data_sent": max(tcb.now - max(self._bursts.last_sent_at, 0), 0) // 1_000_000,
            "last_data_recv": max(tcb.now - max(self._acks.last_data_at, 0), 0) // 1_000_000,
            "last_ack_recv": max(tcb.now - tcb.last_arrival, 0) // 1_000_000,
            "min_rtt": rtt if self._rtt.has_sample() else 0xFFFF_FFFF,
            "busy_time": self._chronograph.spent(BUSY) // 1000,
            "rwnd_limited": self._chronograph.spent(BY_PEER) // 1000,
            "sndbuf_limited": self._chronograph.spent(BY_BUFFER) // 1000,
        }

    def sample(self) -> dict[str, int]:
        """The variables worth plotting; sequence numbers are relative to the first."""
        tcb = self._tcb
        return {
            "snd_una": tcb.snd_una - tcb.iss,
            "snd_nxt": tcb.snd_nxt - tcb.iss,
            "rcv_nxt": tcb.rcv_nxt - tcb.irs,
            "snd_wnd": tcb.snd_wnd,
            "rcv_wnd": tcb.rcv_wnd,
            "cwnd": self._congestion.cwnd,
            "ssthresh": self._congestion.ssthresh,
            "in_flight": self._flight.in_flight(),
            "srtt": (self._rtt.srtt8 >> 3) * 1000,
            "rto": self._rtt.rto,
        }
