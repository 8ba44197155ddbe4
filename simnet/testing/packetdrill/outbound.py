"""Waits for the packets that a script expects, and compares them."""

from __future__ import annotations

from typing import Final

from simnet.testing.packetdrill.descriptors import Descriptors
from simnet.testing.packetdrill.history import History
from simnet.testing.packetdrill.machine import Machine, Sent
from simnet.testing.packetdrill.matching import difference, ip_difference, joined
from simnet.testing.packetdrill.problems import Mismatch, Unsupported
from simnet.testing.packetdrill.schedule import Window
from simnet.testing.packetdrill.script import Packet, TcpOption, TcpSegment, UdpDatagram
from simnet.testing.packetdrill.settings import Settings
from simnet.testing.packetdrill.texts import packet_text, seconds, segment_text
from simnet.testing.packetdrill.under_test import UnderTest
from simnet.units import MICROSECOND, SECOND
from simnet.wire.tcp import Tcp
from simnet.wire.udp import Udp

_PATIENCE: Final = 2 * SECOND
_FOREVER: Final = 100_000 * SECOND
_WRAP: Final = 1 << 32


class Outbound:
    """Takes what the host has sent, packet by packet."""

    __slots__ = ("_machine", "_settings", "_descriptors", "_history")

    def __init__(self, machine: Machine, settings: Settings, descriptors: Descriptors, history: History) -> None:
        self._machine: Final = machine
        self._settings: Final = settings
        self._descriptors: Final = descriptors
        self._history: Final = history

    def expect(self, packet: Packet, window: Window, line: int) -> None:
        """The next packet of the socket under test is to be `packet`, within `window`."""
        limit = min(window.end + window.tolerance + _PATIENCE, self._machine.now + _FOREVER)
        content = packet.content
        if isinstance(content, TcpSegment):
            self._expect_segment(packet, content, window, limit, line)
        elif isinstance(content, UdpDatagram):
            self._expect_datagram(packet, content, window, limit, line)
        else:
            raise Unsupported("expecting ICMP messages is not modeled", line)

    def tell_rest(self) -> None:
        """Write what the host has sent and nobody asked for into the history."""
        socket = self._descriptors.under_test
        while self._machine.sent:
            sent = self._machine.sent.popleft()
            if socket is not None and socket.owns(sent.packet) and isinstance(sent.packet.payload, Tcp):
                self._history.add(sent.time, f"> {segment_text(socket.written_segment(sent.packet.payload))}")

    # --- TCP

    def _expect_segment(self, packet: Packet, wanted: TcpSegment, window: Window, limit: int, line: int) -> None:
        expected = packet_text(packet)
        sent, socket = self._next(limit, line, expected)
        real = _tcp(sent)
        if real is None:
            raise Mismatch("the packet is not TCP", line, expected, repr(sent.packet))
        socket.learn(wanted, real)
        actual = socket.written_segment(real)
        self._history.add(sent.time, f"> {segment_text(actual)}")
        is_joined = not self._settings.strict_segments and actual.seq == wanted.seq
        while is_joined and 0 < actual.length < wanted.length:
            following, sent = self._following(actual, len(real.data), socket, limit, line, expected)
            actual = following
        text = f"> {segment_text(actual)}"
        wrong = ip_difference(packet.ip, sent.packet) or difference(wanted, actual)
        if wrong:
            raise Mismatch(wrong, line, expected, text)
        self._check_time(sent, window, line, expected, text)
        self._check_stamp(socket, wanted, actual, sent, line)

    def _following(
        self, first: TcpSegment, size: int, socket: UnderTest, limit: int, line: int, expected: str
    ) -> tuple[TcpSegment, Sent]:
        """`first` and the next segment, as one: the line is about what TCP gave to the device in one piece."""
        sent, _ = self._next(limit, line, expected)
        real = _tcp(sent)
        if real is None:
            raise Mismatch("the packet is not TCP", line, expected, repr(sent.packet))
        piece = socket.written_segment(real)
        self._history.add(sent.time, f"> {segment_text(piece)}")
        whole = joined(first, piece) if first.length % size == 0 and piece.length <= size else None
        if whole is None:
            raise Mismatch(
                f"the payload length is {first.length}, and what follows does not continue it", line, expected,
                f"> {segment_text(first)}, then > {segment_text(piece)}",
            )  # fmt: skip
        return whole, sent

    def _check_stamp(self, socket: UnderTest, wanted: TcpSegment, actual: TcpSegment, sent: Sent, line: int) -> None:
        """Remember which time stamp is which; compare them only when the script says how long a tick is."""
        written, real = _stamp(wanted.options), _stamp(actual.options)
        if written is None or real is None:
            return
        socket.learn_stamp(written, real)
        tick = self._settings.tcp_ts_tick_usecs * MICROSECOND
        if tick:
            off = (socket.written_stamp(real) - written + _WRAP // 2) % _WRAP - _WRAP // 2
            if abs(off) * tick > self._settings.tolerance(sent.time):
                raise Mismatch(f"the time stamp is {written + off}, not {written}", line)

    # --- UDP

    def _expect_datagram(self, packet: Packet, wanted: UdpDatagram, window: Window, limit: int, line: int) -> None:
        expected = packet_text(packet)
        sent, _ = self._next(limit, line, expected)
        real = sent.packet.payload
        if not isinstance(real, Udp):
            raise Mismatch("the packet is not UDP", line, expected, repr(sent.packet))
        text = f"> udp ({len(real.data)})"
        self._history.add(sent.time, text)
        wrong = ip_difference(packet.ip, sent.packet)
        if len(real.data) != wanted.length:
            wrong = wrong or f"the payload length is {len(real.data)}, not {wanted.length}"
        if wrong:
            raise Mismatch(wrong, line, expected, text)
        self._check_time(sent, window, line, expected, text)

    # --- both

    def _next(self, limit: int, line: int, expected: str) -> tuple[Sent, UnderTest]:
        """The next packet of the socket under test; those of others do not count."""
        if not self._machine.run_until_true(self._has_one, limit):
            raise Mismatch(f"no packet until {seconds(self._machine.now)} s", line, expected, "nothing")
        socket = self._descriptors.under_test
        assert socket is not None
        return self._machine.sent.popleft(), socket

    def _has_one(self) -> bool:
        socket, sent = self._descriptors.under_test, self._machine.sent
        while sent and (socket is None or not socket.owns(sent[0].packet)):
            sent.popleft()
        return bool(sent)

    def _check_time(self, sent: Sent, window: Window, line: int, expected: str, actual: str) -> None:
        if window.start - window.tolerance <= sent.time <= window.end + window.tolerance:
            return
        if window.end > window.start:
            when = f"between {seconds(window.start)} and {seconds(window.end)} s"
        else:
            when = f"at {seconds(window.start)} s"
        raise Mismatch(
            f"sent at {seconds(sent.time)} s, not {when} give or take {seconds(window.tolerance)} s", line, expected,
            actual,
        )  # fmt: skip


def _tcp(sent: Sent) -> Tcp | None:
    return sent.packet.payload if isinstance(sent.packet.payload, Tcp) else None


def _stamp(options: tuple[TcpOption, ...] | None) -> int | None:
    for option in options or ():
        if option.kind == "TS":
            return option.values[0]
    return None
