"""Family 13e: traceroute by UDP, ICMP and TCP, one probe at a time.

Probes leave at the recorded times; nothing but their answers hangs on the stack.  Those of TCP are made by hand.
"""

from __future__ import annotations

from collections.abc import Iterator

from simnet import reasons
from simnet.apps.protocol import Call
from simnet.stack.linux_socket import IP_MTU_DISCOVER, IP_PMTUDISC_DONT, IP_TTL, IPPROTO_IP
from simnet.wire.addresses import parse_ip
from simnet.wire.ipv4 import TCP
from simnet.wire.tcp import SYN, Tcp
from simnet.wire.tcp_options import TcpOptions
from tests.golden.application import Application, Steps
from tests.golden.captures import Event, Fields, nanoseconds
from tests.golden.families.ping import request
from tests.golden.families.tcp_program import Families
from tests.golden.laboratory import Laboratory

_COMMAND = "$ traceroute "
_DATA = bytes(range(0x40, 0x60))
_WINDOW = 5840


def routes(lab: Laboratory) -> None:
    """The client runs traceroute, as often and with what arguments the recording shows."""

    def program(app: Application) -> Steps:
        while app.next_call().startswith(_COMMAND):
            event = app.take(app.next_call())
            assert event is not None
            probes = _probes(lab, app.node, event)
            if " -T " in event.call:
                yield from _by_tcp(lab, app, probes)
            elif " -I " in event.call:
                yield from _by_icmp(app, probes)
            else:
                yield from _by_udp(app, probes)

    lab.run(lab.client, "traceroute", program)


def _probes(lab: Laboratory, node: str, event: Event) -> list[Fields]:
    """The recorded probes of one command: what the client sent to where it asks."""
    target = event.call.split()[-1]
    return [
        frame
        for frame in lab.capture.frames
        if event.start <= nanoseconds(frame["t"]) <= event.end
        and (frame["if"].split(":")[0], frame["dir"]) == (node, "out")
        and frame.get("ip", {}).get("dst") == target
    ]


def _in_time(app: Application, probes: list[Fields]) -> Iterator[tuple[Fields, Steps]]:
    for probe in probes:
        yield probe, app.until(app.origin + nanoseconds(probe["t"]))


def _by_udp(app: Application, probes: list[Fields]) -> Steps:
    """Each from a socket of its own, to one port after the other."""
    for probe, wait in _in_time(app, probes):
        yield from wait
        fd = yield Call("socket", "udp")
        _prepare(app, fd, probe)
        yield Call("connect", fd, parse_ip(probe["ip"]["dst"]), probe["udp"]["dport"])
        yield Call("send", fd, _DATA)


def _by_icmp(app: Application, probes: list[Fields]) -> Steps:
    fd = yield Call("socket", "icmp")
    identifier = app.next_process()
    for number, (probe, wait) in enumerate(_in_time(app, probes), 1):
        yield from wait
        _prepare(app, fd, probe)
        yield Call("sendto", fd, request(identifier, number, len(_DATA)), parse_ip(probe["ip"]["dst"]), 0)


def _prepare(app: Application, fd: int, probe: Fields) -> None:
    app.sockets.setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT, app.now)
    app.sockets.setsockopt(fd, IPPROTO_IP, IP_TTL, probe["ip"]["ttl"], app.now)


def _by_tcp(lab: Laboratory, app: Application, probes: list[Fields]) -> Steps:
    options = TcpOptions(mss=1460, window_scale=2, sack_permitted=True, ts_val=1, ts_ecr=0)
    for probe, wait in _in_time(app, probes):
        yield from wait
        ip, tcp = probe["ip"], probe["tcp"]
        segment = Tcp(tcp["sport"], tcp["dport"], tcp["isn_raw"], 0, SYN, _WINDOW, b"", options)
        lab.stack(app.node).send_ip(
            parse_ip(ip["src"]), parse_ip(ip["dst"]), TCP, segment, ip["id"], reasons.NONE, 0, app.now,
            ttl=ip["ttl"], fragment=0,
        )  # fmt: skip


FAMILIES: Families = {"13e_traceroute": routes}
