"""Which captured frame is which."""

from __future__ import annotations

from simnet.trace.network import Kind
from simnet.wire import ethernet
from simnet.wire.frame import ETHERTYPE_IPV4, Frame
from simnet.wire.ipv4 import Ipv4, forwarded
from simnet.wire.udp import Udp
from simnet.worlds.lineage import Lineage

KINDS = {"a": Kind.HOST, "b": Kind.HOST, "c": Kind.HOST, "s": Kind.SWITCH, "r": Kind.ROUTER, "g": Kind.GATEWAY}


def lineage(*cables: tuple[str, str]) -> Lineage:
    return Lineage(KINDS, dict(cables) | {b: a for a, b in cables})


def frame(number: int = 1, src: int = 1, ttl: int = 64, data: bytes = b"hello", port: int = 7) -> Frame:
    packet = Ipv4(src, 2, 17, Udp(port, 9, data), ttl=ttl, identification=number)
    return Frame(0xB, 0xA, ETHERTYPE_IPV4, packet)


class Wire:
    """Sends and receives on a lineage, as a reader of captures does."""

    def __init__(self, lineage: Lineage) -> None:
        self.lineage = lineage

    def send(self, port: str, frame: Frame) -> Frame:
        copy = ethernet.parse(ethernet.pack(frame))
        self.lineage.sent(port, copy, ethernet.pack(copy))
        return copy

    def receive(self, port: str, frame: Frame) -> Frame:
        copy = ethernet.parse(ethernet.pack(frame))
        return self.lineage.arrived(port, copy, ethernet.pack(copy))


def test_what_arrives_is_what_was_sent() -> None:
    wire = Wire(lineage(("a:eth0", "b:eth0")))
    first, second = wire.send("a:eth0", frame(1)), wire.send("a:eth0", frame(2))
    assert first.id and second.id and first.id != second.id
    assert wire.receive("b:eth0", frame(2)) is second and wire.receive("b:eth0", frame(1)) is first


def test_equal_frames_keep_their_order_and_their_cables() -> None:
    wire = Wire(lineage(("a:eth0", "b:eth0"), ("s:p1", "c:eth0")))
    first, other, second = (wire.send(port, frame()) for port in ("a:eth0", "s:p1", "a:eth0"))
    assert wire.receive("c:eth0", frame()) is other
    assert wire.receive("b:eth0", frame()) is first and wire.receive("b:eth0", frame()) is second


def test_a_switch_forwards_the_same_bytes_by_other_ports() -> None:
    wire = Wire(lineage(("a:eth0", "s:p1"), ("s:p2", "b:eth0"), ("s:p3", "c:eth0")))
    wire.send("a:eth0", frame())
    arrived = wire.receive("s:p1", frame())
    assert [wire.send(port, frame()).parent for port in ("s:p2", "s:p3")] == [arrived.id, arrived.id]
    assert wire.send("s:p2", frame(2)).parent == 0
    wire.send("a:eth0", frame())
    again = wire.receive("s:p1", frame())
    assert wire.send("s:p2", frame()).parent == again.id != arrived.id


def test_a_router_takes_one_from_the_ttl() -> None:
    wire = Wire(lineage(("a:eth0", "r:left"), ("r:right", "b:eth0")))
    wire.send("a:eth0", frame())
    arrived = wire.receive("r:left", frame())
    packet = arrived.payload
    assert isinstance(packet, Ipv4)
    unchanged = wire.send("r:right", frame())
    assert unchanged.parent == 0
    routed = wire.send("r:right", Frame(0xD, 0xC, ETHERTYPE_IPV4, forwarded(packet)))
    assert routed.parent == arrived.id


def test_a_gateway_changes_address_and_port_as_well() -> None:
    wire = Wire(lineage(("a:eth0", "g:inside"), ("g:outside", "b:eth0")))
    wire.send("a:eth0", frame())
    arrived = wire.receive("g:inside", frame())
    assert wire.send("g:outside", frame(src=99, ttl=63, port=1024)).parent == arrived.id
    assert wire.send("g:outside", frame(src=99, ttl=63, data=b"other")).parent == 0


def test_a_frame_that_was_harmed_on_the_way_is_still_itself() -> None:
    wire = Wire(lineage(("a:eth0", "b:eth0")))
    sent = wire.send("a:eth0", frame())
    assert wire.receive("b:eth0", frame(data=b"hellp")).id == sent.id


def test_drops_copies_and_moves() -> None:
    net = lineage(("a:eth0", "s:p1"))
    wire = Wire(net)
    sent = wire.send("a:eth0", frame())
    data = ethernet.pack(frame())
    copy = net.duplicated("a:eth0", data)
    assert copy is not None and copy.parent == sent.id
    assert net.dropped("a:eth0", data) is sent
    assert net.dropped("b:eth0", data) is None
    net.moved("s:p1", "s:p4")
    assert wire.receive("s:p4", frame()) is copy
