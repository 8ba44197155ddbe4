"""What the flat path of a host's port may not let through."""

from __future__ import annotations

import pytest

from simnet import reasons
from simnet.scenario.values import Host, Interface, Link, Scenario
from simnet.stack.linux_errno import EAGAIN, SocketError
from simnet.stack.linux_socket import AF_INET, SOCK_DGRAM
from simnet.topology.builder import build
from simnet.wire.addresses import ANY, LOCALHOST, Prefix
from simnet.wire.frame import ETHERTYPE_IPV4, Frame
from simnet.wire.ipv4 import UDP, Ipv4
from simnet.wire.udp import Udp
from tests.devices.watching import Watcher

A, B = 10 << 24 | 1, 10 << 24 | 2
PORT = 9


@pytest.mark.parametrize("bound", [ANY, LOCALHOST])
def test_nobody_reaches_the_loopback_address_by_a_cable(bound: int) -> None:
    """A "martian" destination (RFC 1122 3.2.1.3 (g), Linux ip_route_input_slow)."""
    hosts = [
        Host(name=name, interfaces=(Interface(name="eth0", address=own, prefix=Prefix(own, 24)),))
        for name, own in (("a", A), ("b", B))
    ]
    watcher = Watcher()
    drawn = Scenario(name="martian", hosts=tuple(hosts), links=(Link(a="a:eth0", b="b:eth0"),))
    network = build(drawn, observer=watcher)
    sockets = network.host("b").stack.sockets
    fd = sockets.socket(AF_INET, SOCK_DGRAM)
    sockets.bind(fd, bound, PORT, 0)
    port = network.host("b").ports[0]
    for destination in (LOCALHOST, B):
        packet = Ipv4(A, destination, UDP, Udp(5, PORT, b"hello"))
        port.arrive(Frame(port.mac, 0x02_00_00_00_00_99, ETHERTYPE_IPV4, packet))
    assert watcher.of("discarded")[0][-1] == reasons.NOT_FOR_THIS_HOST
    if bound == ANY:
        assert sockets.recv(fd, 100, 0) == b"hello"  # the one for the host's own address
    with pytest.raises(SocketError) as refused:
        sockets.recv(fd, 100, 0)
    assert refused.value.number == EAGAIN
