"""Private namespaces: what can be built in them, and that nothing of them is left."""

from __future__ import annotations

import errno
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from simnet.units import SECOND
from simnet.wire.addresses import Prefix, parse_ip
from simnet.worlds import linux
from simnet.worlds.child import Channel, Child
from simnet.worlds.namespaces import (
    Namespace,
    enter_private,
    loopback_with,
    new_namespace,
    own_namespace,
    why_refused,
)
from simnet.worlds.netlink import CableEnd
from tests.worlds.conftest import Do, in_child, needs_namespaces

pytestmark = needs_namespaces

LAN = Prefix(parse_ip("10.0.0.0"), 24)
WAN = Prefix(parse_ip("10.9.0.0"), 24)
OWN = "/proc/thread-self/ns/net"


def cable(a: Namespace, b: Namespace, name_b: str) -> None:
    with a.netlink() as netlink:
        netlink.add_cable(CableEnd("eth0"), CableEnd(name_b, namespace=b.fd))


def configure(host: Namespace, address: str, prefix: Prefix, name: str = "eth0", gateway: str = "") -> None:
    with host.netlink() as netlink:
        netlink.add_address(name, parse_ip(address), prefix)
        netlink.set_up(name)
        if gateway:
            netlink.add_route(Prefix(0, 0), name, parse_ip(gateway))


def datagrams(host: Namespace) -> socket.socket:
    return host.socket(socket.AF_INET, socket.SOCK_DGRAM)


def ask(client: Namespace, server: Namespace, to: str) -> str:
    """The address from which a server sees a client's datagram come."""
    for host in (client, server):
        with host.netlink() as netlink:
            netlink.wait_until_running("eth0")
    with datagrams(server) as door, datagrams(client) as sock:
        door.bind(("0.0.0.0", 5000))
        door.settimeout(3)
        sock.sendto(b"?", (to, 5000))
        peer: str = door.recvfrom(10)[1][0]
        return peer


def test_a_private_namespace_has_nothing_but_lo(do: Do) -> None:
    def look() -> tuple[list[str], str, str]:
        enter_private()
        with socket.socket() as door:
            door.bind(("127.0.0.1", 80))
        names = [name for _, name in socket.if_nameindex()]
        return names, os.readlink(OWN), Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").read_text().strip()

    outside = os.readlink(OWN)
    names, inside, ipv6_is_off = do(look)
    assert names == ["lo"] and inside != outside and ipv6_is_off == "1"
    assert os.readlink(OWN) == outside


def test_lo_carries_many_addresses(do: Do) -> None:
    def talk() -> str:
        enter_private()
        loopback_with([parse_ip("192.168.1.10"), parse_ip("10.0.0.80")], 1500)
        here = own_namespace()
        with datagrams(here) as a, datagrams(here) as b:
            a.bind(("192.168.1.10", 1))
            b.bind(("10.0.0.80", 2))
            a.sendto(b"?", ("10.0.0.80", 2))
            peer: str = b.recvfrom(10)[1][0]
            return peer

    assert do(talk) == "192.168.1.10"


def test_hosts_on_a_bridge(do: Do) -> None:
    def talk() -> str:
        enter_private()
        a, b, switch = new_namespace("a"), new_namespace("b"), new_namespace("switch")
        cable(a, switch, name_b="p1")
        cable(b, switch, name_b="p2")
        with switch.netlink() as netlink:
            netlink.add_bridge("bridge", 300 * SECOND)
            for port in ("p1", "p2"):
                netlink.plug_into_bridge(port, "bridge")
                netlink.set_up(port)
            netlink.stop_learning("p1")
            assert linux.switch_offloads_off("p1", "tx", "rx", "sg", "tso", "gso", "gro") == []
            netlink.set_up("bridge")
        configure(a, "10.0.0.1", LAN)
        configure(b, "10.0.0.2", LAN)
        with switch.netlink() as netlink:
            netlink.wait_until_running("p1")
            netlink.wait_until_running("p2")
        return ask(a, b, "10.0.0.2")

    assert do(talk) == "10.0.0.1"


@pytest.mark.parametrize(("rules", "seen_from"), [("", "10.0.0.1"), ("masquerade", "10.9.0.1")])
def test_a_router_forwards_and_a_gateway_translates(do: Do, rules: str, seen_from: str) -> None:
    def talk() -> str:
        enter_private()
        a, b, router = new_namespace("a"), new_namespace("b"), new_namespace("router")
        cable(a, router, name_b="inside")
        cable(b, router, name_b="outside")
        configure(a, "10.0.0.1", LAN, gateway="10.0.0.254")
        configure(b, "10.9.0.2", WAN, gateway="10.9.0.1")
        configure(router, "10.0.0.254", LAN, "inside")
        configure(router, "10.9.0.1", WAN, "outside")
        router.sysctl("net.ipv4.ip_forward", "1")
        if rules:
            chain = f'chain post {{\ntype nat hook postrouting priority srcnat;\noifname "outside" {rules}\n}}'
            router.nft(f"table ip nat {{\n{chain}\n}}\n")
        return ask(a, b, "10.9.0.2")

    assert do(talk) == seen_from


def test_namespaces_die_with_the_process_that_started_them() -> None:
    """kill -9 of a process ends its child and, with that, every namespace."""

    def start(channel: Channel) -> None:
        grandchild = Child(_hold_namespaces)
        channel.send("pid", grandchild.pid, grandchild.channel.receive())
        time.sleep(60)

    child = Child(start)
    message = child.channel.receive()
    assert message is not None
    _, pid, (_, inode) = message
    assert inode != os.readlink(OWN)
    os.kill(child.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while _is_alive(pid):
        assert time.monotonic() < deadline, "the holder of the namespaces is still there"
        time.sleep(0.005)
    child.end()
    assert not [link for link in Path("/proc").glob("[0-9]*/ns/net") if _points_to(link) == inode]


def _hold_namespaces(channel: Channel) -> None:
    enter_private()
    made = new_namespace("a")
    with made.entered():
        channel.send("inside", os.readlink(OWN))
    time.sleep(60)


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _points_to(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""


def test_entering_a_namespace_ends_with_the_block() -> None:
    def look() -> list[bool]:
        enter_private()
        here, other = os.readlink(OWN), new_namespace("other")
        places = [os.readlink(OWN) == here]
        with other.entered():
            places.append(os.readlink(OWN) != here)
        places.append(os.readlink(OWN) == here)
        own_namespace().close()
        return places

    assert in_child(look) == [True, True, True]


@pytest.mark.parametrize(
    ("settings", "number", "advice"),
    [
        ({"kernel/apparmor_restrict_unprivileged_userns": "1"}, errno.EPERM,
         "allow them: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"),
        ({"kernel/unprivileged_userns_clone": "0"}, errno.EPERM, "sudo sysctl -w kernel.unprivileged_userns_clone=1"),
        ({"user/max_user_namespaces": "0"}, errno.ENOSPC, "sudo sysctl -w user.max_user_namespaces=10000"),
        ({"user/max_user_namespaces": "900"}, errno.EPERM, "docker run --security-opt seccomp=unconfined"),
        ({}, errno.EINVAL, "built without user namespaces"),
    ],
)  # fmt: skip
def test_a_refusal_names_its_cause_and_the_way_out(settings: dict[str, str], number: int, advice: str) -> None:
    error = OSError(number, os.strerror(number))
    assert advice in why_refused(error, lambda file: settings.get(file, ""))
