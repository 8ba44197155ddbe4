"""Capture: every packet once, stamped and in order; what is lost is counted."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator

from simnet.wire import ethernet
from simnet.wire.captured import finish_checksum
from simnet.wire.ipv4 import Ipv4
from simnet.wire.udp import Udp
from simnet.worlds.capture import BLOCK, Capture, Captured, open_capture
from simnet.worlds.namespaces import enter_private, new_namespace
from simnet.worlds.netlink import CableEnd, Netlink
from tests.worlds.conftest import Do, needs_namespaces

pytestmark = needs_namespaces

Report = tuple[list[Captured], int, int]
BLOCKS = 8


def captured_in(interface: str, blocks: int, act: Callable[[], None]) -> Report:
    """What is captured while `act` is done; the packets, the number seen, the number lost."""
    capture = Capture(open_capture(interface, blocks).detach(), 7, blocks)
    act()
    packets = list(all_of(capture))
    return packets, capture.seen, capture.lost


def all_of(capture: Capture) -> Iterator[Captured]:
    """What there is to read, until the kernel has handed over everything."""
    while capture.is_behind():
        time.sleep(0.005)
        yield from capture.read()


def send(count: int, size: int = 10) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as a, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as b:
        b.bind(("127.0.0.1", 5000))
        for number in range(count):
            a.sendto(number.to_bytes(4, "big").ljust(size, b"."), ("127.0.0.1", 5000))


def test_each_packet_on_lo_once_in_order_with_a_stamp(do: Do) -> None:
    def work() -> Report:
        enter_private()
        return captured_in("lo", BLOCKS, lambda: send(100))

    before = time.time_ns()
    packets, seen, lost = do(work)
    assert (len(packets), seen, lost) == (100, 100, 0)
    times = [packet.time for packet in packets]
    assert times == sorted(times) and before < times[0] <= times[-1] < time.time_ns()
    assert [int.from_bytes(packet.data[42:46], "big") for packet in packets] == list(range(100))
    assert all(packet.port == 7 and packet.length == len(packet.data) == 52 for packet in packets)


def test_a_checksum_left_out_is_marked_and_can_be_mended(do: Do) -> None:
    def work() -> Report:
        enter_private()
        return captured_in("lo", BLOCKS, lambda: send(1))

    ((packet,), _, _) = do(work)
    assert packet.is_partial
    payload = ethernet.parse(finish_checksum(packet.data)).payload
    assert isinstance(payload, Ipv4) and isinstance(payload.payload, Udp)


def test_directions_and_tags_on_a_cable(do: Do) -> None:
    """An interface shows what it sends as outgoing; the kernel takes VLAN tags off and the capture puts them back."""

    def work() -> list[tuple[bool, bytes]]:
        enter_private()
        far = new_namespace("far")
        with far.netlink() as netlink:
            netlink.add_cable(CableEnd("b"), CableEnd("a", namespace=None))
        with far.entered():
            capture = Capture(open_capture("a", BLOCKS).detach(), 0, BLOCKS)
            switch_on("a", "b")
            for name, data in (("a", b"out"), ("b", b"in")):
                with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
                    sock.bind((name, 0))
                    sock.send(b"\xff" * 6 + b"\x02" * 6 + b"\x81\x00\x20\x05\x88\xb5" + data.ljust(46, b"."))
            return [(packet.is_outgoing, packet.data[12:21]) for packet in all_of(capture)]

    tag = b"\x81\x00\x20\x05\x88\xb5"
    assert do(work) == [(True, tag + b"out"), (False, tag + b"in.")]


def switch_on(*names: str) -> None:
    with Netlink() as netlink:
        for name in names:
            netlink.set_up(name)
        for name in names:
            netlink.wait_until_running(name)


def test_what_a_full_ring_could_not_take_is_counted(do: Do) -> None:
    def work() -> Report:
        enter_private()
        _, seen, lost = captured_in("lo", 2, lambda: send(1000, 1400))
        return [], seen, lost

    _, seen, lost = do(work)
    assert seen + lost == 1000
    assert 0 < seen <= 2 * BLOCK // 1400 and lost > 0


def test_a_flood_read_as_it_comes_loses_nothing(do: Do) -> None:
    """20,000 packets at full speed; the packets of half a second need not fit into the ring at once."""

    def work() -> tuple[int, int]:
        enter_private()
        blocks = 32
        capture = Capture(open_capture("lo", blocks).detach(), 0, blocks)
        read = 0
        for _ in range(20):
            send(1000, 1000)
            read += sum(1 for _ in capture.read())
        read += sum(1 for _ in all_of(capture))
        return read, capture.lost

    assert do(work) == (20_000, 0)


