"""A frame that nobody else holds is rewritten where it is; whoever shares one sees it as it was."""

from __future__ import annotations

from typing import Any

import pytest

from simnet.scenario.values import Direction, Host, Hub, Interface, Link, Router, Scenario, Switch
from simnet.stack.linux_socket import AF_INET, IP_TTL, IPPROTO_IP, SOCK_DGRAM
from simnet.topology.builder import build
from simnet.topology.network import Network
from simnet.wire import ethernet
from simnet.wire.addresses import Prefix
from simnet.wire.frame import Frame
from tests.devices.watching import Watcher

PORT = 9
B = 10 << 24 | 2 << 16 | 2


def _interface(name: str, network: int, number: int) -> Interface:
    address = 10 << 24 | network << 16 | number
    return Interface(name=name, address=address, prefix=Prefix(address, 16))


def _network(middle: str, duplicate: float, observer: Any = None) -> Network:
    """a and the router r1 at a hub or switch `middle`, whose cable to r1 duplicates; then r2, and b behind it."""
    clean, doubling = Direction(), Direction(duplicate=duplicate)
    return build(
        Scenario(
            name="rewriting",
            hosts=(
                Host(name="a", interfaces=(_interface("eth0", 0, 2),), gateway=10 << 24 | 1),
                Host(name="b", interfaces=(_interface("eth0", 2, 2),), gateway=10 << 24 | 2 << 16 | 1),
            ),
            hubs=(Hub(name="m", ports=("p1", "p2")),) if middle == "hub" else (),
            switches=(Switch(name="m", ports=("p1", "p2")),) if middle == "switch" else (),
            routers=(
                Router(name="r1", interfaces=(_interface("in", 0, 1), _interface("out", 1, 1))),
                Router(name="r2", interfaces=(_interface("in", 1, 2), _interface("out", 2, 1))),
            ),
            links=(
                Link(a="a:eth0", b="m:p1", there=clean, back=clean),
                Link(a="m:p2", b="r1:in", there=doubling, back=clean),
                Link(a="r1:out", b="r2:in", there=clean, back=clean),
                Link(a="r2:out", b="b:eth0", there=clean, back=clean),
            ),
        ),
        observer=observer,
    )


def _delivered(network: Network, ttl: int) -> list[bytes]:
    """Send five datagrams from a to b."""
    sender, receiver = network.host("a").stack.sockets, network.host("b").stack.sockets
    out, into = sender.socket(AF_INET, SOCK_DGRAM), receiver.socket(AF_INET, SOCK_DGRAM)
    sender.setsockopt(out, IPPROTO_IP, IP_TTL, ttl, 0)
    receiver.bind(into, 0, PORT, 0)
    got: list[bytes] = []

    def take() -> None:
        got.append(receiver.recv(into, 100, network.scheduler.now))

    receiver.watch(into, take)
    for number in range(5):
        network.scheduler.at(
            1_000_000 * (number + 1), (1 << 50) + number,
            lambda data: sender.sendto(out, data, B, PORT, network.scheduler.now), b"%d" % number,
        )  # fmt: skip
    network.scheduler.run()
    return got


@pytest.mark.parametrize("middle", ["hub", "switch"])
@pytest.mark.parametrize("is_watched", [False, True])
def test_each_copy_of_a_duplicated_packet_keeps_its_own_ttl(middle: str, is_watched: bool) -> None:
    """Two routers on the way: with a TTL of 3 a packet arrives, if none of them takes the TTL of another's copy."""
    network = _network(middle, 1.0, Watcher() if is_watched else None)
    assert sorted(_delivered(network, 3)) == sorted([b"%d" % number for number in range(5)] * 2)


def test_a_ttl_too_small_does_not_arrive() -> None:
    assert _delivered(_network("switch", 0.0), 2) == []


@pytest.mark.parametrize("middle", ["hub", "switch"])
def test_what_an_observer_saw_stays_as_it_was(middle: str) -> None:
    class Careful(Watcher):
        """Also keeps the bytes of each frame as it was when it was shown."""

        def __init__(self) -> None:
            super().__init__()
            self.bytes: list[tuple[Frame, int, bytes]] = []

        def frame_sent(self, now: int, port: str, frame: Frame, departs: int) -> None:
            self.bytes.append((frame, frame.id, ethernet.pack(frame)))

        def frame_arrived(self, now: int, port: str, frame: Frame) -> None:
            self.bytes.append((frame, frame.id, ethernet.pack(frame)))

    observer = Careful()
    _delivered(_network(middle, 0.5, observer), 64)
    assert len(observer.bytes) > 40
    for frame, number, data in observer.bytes:
        assert (frame.id, ethernet.pack(frame)) == (number, data)


@pytest.mark.parametrize("middle", ["hub", "switch"])
def test_a_run_is_the_same_watched_or_not(middle: str) -> None:
    def outcome(observer: Any) -> list[Any]:
        network = _network(middle, 0.5, observer)
        got = _delivered(network, 64)
        counts = [(way.sent, way.arrived, way.dropped) for link in network.links for way in (link.there, link.back)]
        return [got, counts, network.scheduler.now]

    assert outcome(None) == outcome(Watcher())
