"""Names for what is random, so that two runs compare: ephemeral ports, ping identifiers, beginnings of flows."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any, Final

from tests.golden.captures import Capture, Fields
from tests.golden.pairs import Stream

_EPHEMERAL: Final = 32_768
_ASKING: Final = re.compile(r"(?:bind|connect)\(\('[^']*', (\d+)\)\)")
_SENDING: Final = re.compile(r"sendto\(.*, \('[^']*', (\d+)\)\)")
_NUMBER: Final = re.compile(r"\d+")


class Labels:
    """Names for what is random, in the order of appearance: ephemeral ports, ping identifiers, beginnings of flows."""

    def __init__(self, capture: Capture) -> None:
        self._known = asked_ports(capture)
        self._translated = _addresses(capture, "nat")
        self._names: dict[tuple[str, int], str] = {}
        self._counts: dict[tuple[str, str], int] = defaultdict(int)
        self._begins: dict[Stream, tuple[int, int]] = {}

    def port(self, protocol: str, address: str, port: int) -> object:
        """A port that a program asked for as it is; any other by the address that used it first."""
        if port in self._known:
            return port
        is_drawn = protocol == "udp" or address in self._translated
        return self._name(protocol if is_drawn else f"{protocol} {'odd' if port & 1 else 'even'}", address, port)

    def identifier(self, address: str, identifier: int) -> object:
        """The identifier of a ping."""
        return self._name("ping", address, identifier)

    def text(self, payload: str) -> str:
        """A payload that speaks of ports."""
        return _NUMBER.sub(lambda found: self._names.get(("tcp", int(found[0])), found[0]), payload)

    def begin(self, ip: Fields, tcp: Fields) -> None:
        """A SYN: where its flow's numbers begin."""
        if "isn_raw" in tcp:
            self._begins[_ends(ip, tcp)] = tcp["isn_raw"], tcp.get("ts_raw") or 0

    def relative(self, ip: Fields, tcp: Fields) -> Fields:
        """A quoted TCP header, whose numbers are as on the wire, with relative ones."""
        isn, first = self._begins.get(_ends(ip, tcp), (0, 0))
        back, echoed = self._begins.get(_ends(ip, tcp, (1, 0)), (0, 0))
        changed = dict(tcp)
        changed["seq"] = tcp["seq"] - isn & 0xFFFFFFFF
        changed["ack"] = tcp["ack"] - back & 0xFFFFFFFF if tcp["ack"] else 0
        changed["opts"] = [_option_from(option, first, echoed) for option in tcp["opts"]]
        return changed

    def _name(self, kind: str, address: str, value: int) -> str:
        protocol = kind.split()[0]
        name = self._names.get((protocol, value))
        if name is None:
            number = self._counts[protocol, address]
            self._counts[protocol, address] += 1
            name = self._names[protocol, value] = f"{kind} {number} of {address}"
        return name


def _ends(ip: Fields, tcp: Fields, order: tuple[int, int] = (0, 1)) -> Stream:
    ends = (ip["src"], tcp["sport"]), (ip["dst"], tcp["dport"])
    return ends[order[0]], ends[order[1]]


def _option_from(option: list[Any], first: int, echoed: int) -> list[Any]:
    if option[0] != "ts":
        return option
    return ["ts", option[1] - first & 0xFFFFFFFF, option[2] - echoed & 0xFFFFFFFF if option[2] else 0]


def labeled(frame: Fields, labels: Labels, is_quote: bool = False) -> Fields:
    """`frame` with labels for what is random; quoted packets too."""
    ip = frame.get("ip")
    if ip is None:
        return frame
    named = dict(frame)
    for protocol in ("tcp", "udp"):
        if protocol in frame:
            header = frame[protocol]
            if protocol == "tcp" and is_quote:
                header = labels.relative(ip, header)
            elif protocol == "tcp":
                labels.begin(ip, header)
            named[protocol] = header = dict(header)
            header["sport"] = labels.port(protocol, ip["src"], header["sport"])
            header["dport"] = labels.port(protocol, ip["dst"], header["dport"])
    icmp = frame.get("icmp")
    if icmp is not None:
        named["icmp"] = icmp = dict(icmp)
        if "id" in icmp:
            icmp["id"] = labels.identifier(ip["src"] if icmp["type"] == 8 else ip["dst"], icmp["id"])
        if icmp.get("quote"):
            icmp["quote"] = labeled(icmp["quote"], labels, is_quote=True)
    if "payload" in frame:
        named["payload"] = labels.text(frame["payload"])
    return named


def asked_ports(capture: Capture) -> frozenset[int]:
    """The ports that programs asked for: well-known ones and those in their calls.

    A datagram sent to an ephemeral port is an answer.
    """
    asked = set(range(1, 1025))
    for event in capture.events:
        if found := _ASKING.search(event.call):
            asked.add(int(found[1]))
        elif (found := _SENDING.search(event.call)) and int(found[1]) < _EPHEMERAL:
            asked.add(int(found[1]))
    return frozenset(asked - {0})


def _addresses(capture: Capture, kind: str) -> frozenset[str]:
    return frozenset(
        address.split("/")[0]
        for name, interface in capture.interfaces.items()
        if capture.nodes.get(name.split(":")[0]) == kind
        for address in interface["ip"]
    )
