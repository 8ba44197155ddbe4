"""Keep-alive: asking a silent peer whether it is still there (RFC 9293 3.8.4, Linux tcp_keepalive_timer)."""

from __future__ import annotations

from typing import Final

from simnet import reasons
from simnet.stack.tcp.deadlines import Deadlines
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.output import Output
from simnet.stack.tcp.persist import Persist
from simnet.stack.tcp.sender import Sender
from simnet.stack.tcp.states import SYNCHRONIZED
from simnet.stack.tcp.tcb import Tcb


class KeepAlive:
    """Off unless SO_KEEPALIVE is set."""

    __slots__ = ("_tcb", "_flight", "_sender", "_output", "_deadlines", "_persist", "_is_on", "_probed_at")

    def __init__(
        self, tcb: Tcb, flight: Flight, sender: Sender, output: Output, deadlines: Deadlines, persist: Persist
    ) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self._sender: Final = sender
        self._output: Final = output
        self._deadlines: Final = deadlines
        self._persist: Final = persist
        self._is_on = False
        self._probed_at = 0

    def _idle_time(self) -> int:
        return self._tcb.options.keepalive_time or self._tcb.profile.tcp_keepalive_time

    def _interval(self) -> int:
        return self._tcb.options.keepalive_interval or self._tcb.profile.tcp_keepalive_intvl

    def switched(self) -> None:
        """SO_KEEPALIVE was set, or counts from now on; what is on already goes on (Linux tcp_set_keepalive)."""
        tcb = self._tcb
        if not tcb.options.keepalive:
            self._is_on = False
            self._deadlines.keep_alive.cancel()
        elif tcb.state in SYNCHRONIZED and not self._is_on:
            self._is_on = True
            self._set(self._idle_time())

    def idle_time_changed(self) -> None:
        """TCP_KEEPIDLE was set: the silence so far counts."""
        tcb = self._tcb
        if self._is_on:
            self._set(max(self._idle_time() - (tcb.now - tcb.last_arrival), 0))

    def _set(self, delay: int) -> None:
        self._deadlines.keep_alive.wait(self._tcb.now, delay, self._tcb.profile.jiffy)

    def fire(self) -> bool:
        """The alarm rang; False if the peer must be gone."""
        tcb = self._tcb
        if self._flight.packets_out or not self._sender.queue.is_empty():
            self._set(self._idle_time())
            return True
        if tcb.last_arrival > self._probed_at:
            self._persist.answered()
        silent = tcb.now - max(tcb.last_arrival, self._sender.bursts.last_sent_at)
        if silent < self._idle_time():
            self._set(self._idle_time() - silent)
            return True
        limit, probes = tcb.options.user_timeout, tcb.options.keepalive_probes or tcb.profile.tcp_keepalive_probes
        if limit:
            is_gone = silent >= limit and self._persist.probes_out > 0
        else:
            is_gone = self._persist.probes_out >= probes
        if is_gone:
            return False
        self._output.probe(tcb.snd_una - 1, reasons.TCP_KEEP_ALIVE)
        self._persist.probes_out += 1
        self._probed_at = tcb.now
        self._set(self._interval())
        return True
