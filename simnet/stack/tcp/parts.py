"""What a connection is made of: the parts below, each with its own state, put together once."""

from __future__ import annotations

from typing import Callable, Final

from simnet import reasons
from simnet.stack.linux_socket import (
    IPPROTO_IP,
    IPPROTO_TCP,
    SO_KEEPALIVE,
    SO_TIMESTAMPING,
    SOL_SOCKET,
    TCP_CORK,
    TCP_KEEPIDLE,
    TCP_NODELAY,
    TCP_QUICKACK,
)
from simnet.stack.tcp.ack_arrives import AckProcessor
from simnet.stack.tcp.acks import AckPolicy
from simnet.stack.tcp.bursts import Bursts
from simnet.stack.tcp.chronograph import Chronograph
from simnet.stack.tcp.congestion.control import CongestionControl, CongestionWindow
from simnet.stack.tcp.congestion.cubic import Cubic
from simnet.stack.tcp.congestion.reno import Reno
from simnet.stack.tcp.deadlines import Deadlines
from simnet.stack.tcp.ecn import Ecn
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.handshake import Handshake
from simnet.stack.tcp.info import Info
from simnet.stack.tcp.innocent_loss import InnocentLoss
from simnet.stack.tcp.keep_alive import KeepAlive
from simnet.stack.tcp.output import Output
from simnet.stack.tcp.persist import Persist
from simnet.stack.tcp.rack import Rack
from simnet.stack.tcp.rate_reduction import RateReduction
from simnet.stack.tcp.reassembly import Reassembly
from simnet.stack.tcp.receive_window import ReceiveWindow
from simnet.stack.tcp.receiver import Receiver
from simnet.stack.tcp.recovery import Recovery
from simnet.stack.tcp.retransmission import Retransmission
from simnet.stack.tcp.retransmission_timer import RetransmissionTimer
from simnet.stack.tcp.rtt import RoundTrip
from simnet.stack.tcp.sack import SackReader
from simnet.stack.tcp.send_queue import SendQueue
from simnet.stack.tcp.sender import Sender
from simnet.stack.tcp.states import State
from simnet.stack.tcp.tail_probe import TailProbe
from simnet.stack.tcp.tcb import Tcb
from simnet.stack.tcp.timeouts import Timeouts
from simnet.wire.tcp import Tcp


def _control(tcb: Tcb, window: CongestionWindow) -> CongestionControl:
    return Cubic(tcb, window) if tcb.options.congestion == "cubic" else Reno(window)


class Parts:
    """The parts that others than their neighbors speak to; `Connection` adds the verbs.

    `backlog`: segments, frame ids and ECN codepoints that wait while a call holds the socket; None if none does.
    """

    __slots__ = (
        "tcb", "rtt", "deadlines", "window", "acks", "ecn", "output", "receiver", "flight", "congestion", "control",
        "sender", "keep_alive", "ack_processor", "handshake", "timeouts", "persist", "info_reader",
        "backlog",
    )  # fmt: skip

    def __init__(
        self,
        *,
        tcb: Tcb,
        retransmit: Callable[[int], None],
        delayed_ack: Callable[[int], None],
        compressed_ack: Callable[[int], None],
        keep_alive: Callable[[int], None],
    ) -> None:
        self.tcb: Final = tcb
        self.backlog: list[tuple[Tcp, int, int]] | None = None
        self.rtt: Final = RoundTrip(tcb.profile)
        self.deadlines: Final = Deadlines(
            alarms=tcb.host.alarms,
            profile=tcb.profile,
            retransmit=retransmit,
            delayed_ack=delayed_ack,
            compressed_ack=compressed_ack,
            keep_alive=keep_alive,
        )
        self.window: Final = ReceiveWindow(tcb)
        reassembly = Reassembly(tcb.profile, self.window.give_back)
        self.acks: Final = AckPolicy(tcb, self.window, self.rtt, self.deadlines)
        self.ecn: Final = Ecn(tcb, self.acks)
        self.output: Final = Output(tcb, self.window, self.acks, self.ecn, reassembly)
        self.receiver: Final = Receiver(tcb, self.window, self.acks, reassembly, self.output)
        self.flight: Final = Flight()
        self.congestion: Final = CongestionWindow(tcb, self.flight)
        self.control: Final = _control(tcb, self.congestion)
        self._build_sending_half()

    def _build_sending_half(self) -> None:
        tcb, flight, rtt, output, deadlines = self.tcb, self.flight, self.rtt, self.output, self.deadlines
        window, control = self.congestion, self.control
        rack = Rack(tcb, flight, window, rtt)
        reader = SackReader(tcb, flight, window, rack)
        queue = SendQueue()
        chronograph = Chronograph(tcb, flight, queue)
        timer = RetransmissionTimer(tcb, flight, window, rtt, deadlines, chronograph)
        bursts = Bursts(tcb, flight, window, rtt, queue)
        sender = self.sender = Sender(tcb, flight, window, control, rtt, output, timer, queue, bursts, chronograph)
        again = Retransmission(tcb, flight, window, control, rtt, rack, reader, output, timer, deadlines, bursts)
        reduction = RateReduction(tcb, flight, window, control, reader, self.ecn)
        recovery = Recovery(tcb, flight, window, control, rack, reader, again, timer, reduction)
        tail = TailProbe(tcb, flight, reader, again, recovery, timer, sender)
        persist = self.persist = Persist(tcb, flight, sender, output, rtt, deadlines)
        self.keep_alive = KeepAlive(tcb, flight, sender, output, deadlines, persist)
        processor = self.ack_processor = AckProcessor(
            tcb, flight, window, control, rtt, reader, again, recovery, reduction, timer, sender, tail, persist
        )
        handshake = self.handshake = Handshake(tcb, self.window, output, rtt, deadlines)
        self.timeouts = Timeouts(
            tcb, flight, rtt, handshake, recovery, again, timer, tail, persist, processor, deadlines, sender,
            InnocentLoss(tcb, flight, window, reader),
        )  # fmt: skip
        self.info_reader = Info(
            tcb, rtt, window, flight, self.acks, self.window, again, reader, persist, chronograph, self.ecn,
            output, bursts,
        )

    def option_changed(self, level: int, name: int, value: int) -> None:
        """setsockopt() has set an option: what it starts, stops or releases; nothing once the connection is over."""
        if self.tcb.state is State.CLOSED or self.tcb.state is State.TIME_WAIT:
            return
        if level == IPPROTO_IP:
            self.tcb.choose_fragment()
        elif level == IPPROTO_TCP:
            if name == TCP_QUICKACK:
                if self.acks.choose(value):
                    self.output.acknowledge(reasons.TCP_ACK_QUICK)
            elif name == TCP_NODELAY or (name == TCP_CORK and not value):
                self.sender.push_everything()
                self.persist.start_if_needed()
            elif name == TCP_KEEPIDLE:
                self.keep_alive.idle_time_changed()
        elif level == SOL_SOCKET and name == SO_TIMESTAMPING:
            self.sender.write_marks.timestamping_chosen(value)
        elif level == SOL_SOCKET and name == SO_KEEPALIVE:
            self.keep_alive.switched()
        self.sender.buffer.options_changed()
        self.window.options_changed()
