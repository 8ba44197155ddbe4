"""Interfaces, addresses and routes by the kernel's own language, rtnetlink: no program needed.

Source: RFC 3549, rtnetlink(7), linux/if_link.h.  Everything acts on the namespace this thread is in.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from typing import Final

from simnet.units import MILLISECOND
from simnet.wire.addresses import Prefix

_NETLINK_ROUTE: Final = 0
_NLMSG_ERROR: Final = 2
_NLMSG_DONE: Final = 3
_REQUEST: Final = 0x01
_DUMP: Final = 0x300
_REQUEST_AND_ACK: Final = 0x05
_CREATE: Final = 0x600
_NESTED: Final = 0x8000

_NEWLINK: Final = 16
_GETLINK: Final = 18
_SETLINK: Final = 19
_NEWADDR: Final = 20
_NEWROUTE: Final = 24
_GETNEIGH: Final = 30

_IFLA_ADDRESS: Final = 1
_IFLA_IFNAME: Final = 3
_IFLA_MTU: Final = 4
_IFLA_MASTER: Final = 10
_IFLA_PROTINFO: Final = 12
_IFLA_LINKINFO: Final = 18
_IFLA_NET_NS_FD: Final = 28
_INFO_KIND: Final = 1
_INFO_DATA: Final = 2
_VETH_PEER: Final = 1
_BRIDGE_FORWARD_DELAY: Final = 1
_BRIDGE_AGEING: Final = 4
_BRIDGE_STP: Final = 5
_BRIDGE_MULTICAST_SNOOPING: Final = 23
_BRIDGE_PORT_LEARNING: Final = 8
_IFA_ADDRESS: Final = 1
_IFA_LOCAL: Final = 2
_IFA_BROADCAST: Final = 4
_RTA_DST: Final = 1
_RTA_OIF: Final = 4
_RTA_GATEWAY: Final = 5

_NDA_DST: Final = 1
_NDA_LLADDR: Final = 2
_NUD_PERMANENT: Final = 0x80
_NEIGHBOR_STATES: Final = {
    0x01: "INCOMPLETE", 0x02: "REACHABLE", 0x04: "STALE", 0x08: "DELAY", 0x10: "PROBE", 0x20: "FAILED",
}  # fmt: skip

_IFF_UP: Final = 1
_IFF_RUNNING: Final = 0x40
_AF_BRIDGE: Final = 7
_TABLE_MAIN: Final = 254
_PROTOCOL_STATIC: Final = 4
_UNICAST: Final = 1
_CLOCK_TICK: Final = 10 * MILLISECOND
_PATIENCE: Final = 5.0  # seconds


class Netlink:
    """A conversation with the kernel about the interfaces of one namespace.

    Every method raises `OSError` with the kernel's errno.
    """

    def __init__(self) -> None:
        self._socket: Final = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_ROUTE)
        self._socket.bind((0, 0))
        self._number = 0

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Netlink:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add_cable(self, here: CableEnd, there: CableEnd) -> None:
        """A veth pair: one end in this namespace, or in that of its `namespace`, the other likewise."""
        peer = _nested(_VETH_PEER, _link_message(0), *_end(there))
        info = _nested(_IFLA_LINKINFO, _text(_INFO_KIND, "veth"), _nested(_INFO_DATA, peer))
        self._ask(_NEWLINK, _CREATE, _link_message(0), *_end(here), info)

    def add_bridge(self, name: str, ageing: int) -> None:
        """A learning bridge that forwards at once, without spanning tree; it forgets after `ageing` ns."""
        data = _nested(
            _INFO_DATA,
            _u32(_BRIDGE_FORWARD_DELAY, 0),
            _u32(_BRIDGE_STP, 0),
            _u32(_BRIDGE_AGEING, ageing // _CLOCK_TICK),
            _u8(_BRIDGE_MULTICAST_SNOOPING, 0),
        )
        info = _nested(_IFLA_LINKINFO, _text(_INFO_KIND, "bridge"), data)
        self._ask(_NEWLINK, _CREATE, _link_message(0), _text(_IFLA_IFNAME, name), info)

    def plug_into_bridge(self, port: str, bridge: str) -> None:
        """Make `port` a port of `bridge`."""
        self._ask(_SETLINK, 0, _link_message(_index(port)), _u32(_IFLA_MASTER, _index(bridge)))

    def stop_learning(self, port: str) -> None:
        """The bridge learns nothing from what `port` receives."""
        protocol_info = _nested(_IFLA_PROTINFO | _NESTED, _u8(_BRIDGE_PORT_LEARNING, 0))
        self._ask(_SETLINK, 0, _link_message(_index(port), family=_AF_BRIDGE), protocol_info)

    def set_mtu(self, interface: str, mtu: int) -> None:
        """The largest packet that `interface` sends."""
        self._ask(_NEWLINK, 0, _link_message(_index(interface)), _u32(_IFLA_MTU, mtu))

    def set_up(self, interface: str) -> None:
        """Switch `interface` on."""
        self._ask(_NEWLINK, 0, _link_message(_index(interface), flags=_IFF_UP))

    def set_down(self, interface: str) -> None:
        """Switch `interface` off."""
        self._ask(_NEWLINK, 0, _link_message(_index(interface), flags=0))

    def wait_until_running(self, interface: str) -> None:
        """Wait until `interface`, which is up, really carries packets: its far end must be up as well.

        The kernel looks after that a little later than it says "done"; what is sent before is lost without a trace.
        """
        deadline = time.monotonic() + _PATIENCE
        while not self._flags(interface) & _IFF_RUNNING:
            if time.monotonic() > deadline:
                raise OSError(errno.ENETDOWN, f"{interface} is up but carries nothing")
            time.sleep(0.001)

    def _flags(self, interface: str) -> int:
        answer = self._ask(_GETLINK, 0, _link_message(_index(interface)))
        flags: int = struct.unpack_from("=I", answer, 16 + 8)[0]
        return flags

    def add_address(self, interface: str, address: int, prefix: Prefix) -> None:
        """Give `interface` an IPv4 address, with the broadcast address of its network."""
        octets = address.to_bytes(4, "big")
        attributes = [_attribute(_IFA_LOCAL, octets), _attribute(_IFA_ADDRESS, octets)]
        if prefix.length < 31:
            last = address | (1 << 32 - prefix.length) - 1
            attributes.append(_attribute(_IFA_BROADCAST, last.to_bytes(4, "big")))
        head = struct.pack("=BBBBI", socket.AF_INET, prefix.length, 0, 0, _index(interface))
        self._ask(_NEWADDR, _CREATE, head, *attributes)

    def add_route(self, prefix: Prefix, interface: str, gateway: int) -> None:
        """Packets for `prefix` go to the neighbor `gateway`, through `interface`."""
        head = struct.pack(
            "=BBBBBBBBI", socket.AF_INET, prefix.length, 0, 0, _TABLE_MAIN, _PROTOCOL_STATIC, 0, _UNICAST, 0
        )
        attributes = [_u32(_RTA_OIF, _index(interface)), _attribute(_RTA_GATEWAY, gateway.to_bytes(4, "big"))]
        if prefix.length:
            attributes.append(_attribute(_RTA_DST, prefix.network.to_bytes(4, "big")))
        self._ask(_NEWROUTE, _CREATE, head, *attributes)

    def neighbors(self) -> dict[str, str]:
        """The ARP table, as `ip neighbor` shows it: by IP, "dev eth0 lladdr 02:00:00:00:00:01 REACHABLE"."""
        found = {}
        for index, state, attributes in self._dump_neighbors(socket.AF_INET):
            if _NDA_DST not in attributes or state not in _NEIGHBOR_STATES:
                continue
            words = ["dev", socket.if_indextoname(index)]
            if _NDA_LLADDR in attributes:
                words += ["lladdr", attributes[_NDA_LLADDR].hex(":")]
            found[socket.inet_ntoa(attributes[_NDA_DST])] = " ".join([*words, _NEIGHBOR_STATES[state]])
        return found

    def learned_macs(self) -> dict[str, str]:
        """What the bridges have learned: by MAC, the port."""
        return {
            attributes[_NDA_LLADDR].hex(":"): socket.if_indextoname(index)
            for index, state, attributes in self._dump_neighbors(_AF_BRIDGE)
            if not state & _NUD_PERMANENT and _NDA_LLADDR in attributes
        }

    def _dump_neighbors(self, family: int) -> list[tuple[int, int, dict[int, bytes]]]:
        """Interface, state and attributes of every neighbor of a family."""
        self._number += 1
        head = struct.pack("=IHHII", 16 + 12, _GETNEIGH, _REQUEST | _DUMP, self._number, 0)
        self._socket.send(head + struct.pack("=BxHiHBB", family, 0, 0, 0, 0, 0))
        found: list[tuple[int, int, dict[int, bytes]]] = []
        while True:
            answer = self._socket.recv(1 << 16)
            at = 0
            while at < len(answer):
                size, kind = struct.unpack_from("=IH", answer, at)
                if kind in (_NLMSG_ERROR, _NLMSG_DONE):
                    return found
                index, state = struct.unpack_from("=iH", answer, at + 16 + 4)
                found.append((index, state, _attributes(answer[at + 16 + 12 : at + size])))
                at += size + -size % 4

    def _ask(self, kind: int, flags: int, *parts: bytes) -> bytes:
        """Send one request and wait for the kernel's verdict; what it says before that, if anything."""
        self._number += 1
        body = b"".join(parts)
        head = struct.pack("=IHHII", 16 + len(body), kind, _REQUEST_AND_ACK | flags, self._number, 0)
        self._socket.send(head + body)
        said = b""
        while True:
            answer = self._socket.recv(65536)
            _, answer_kind, _, number, _ = struct.unpack_from("=IHHII", answer)
            if answer_kind == _NLMSG_ERROR and number == self._number:
                break
            said = answer
        error = -struct.unpack_from("=i", answer, 16)[0]
        if error:
            raise OSError(error, os.strerror(error))
        return said


class CableEnd:
    """One end of a veth pair: its interface's name, and what it is born with.

    `namespace`: the descriptor of the namespace it belongs to; None is the one of whoever makes it.
    """

    __slots__ = ("name", "mac", "mtu", "namespace")

    def __init__(self, name: str, *, mac: int | None = None, mtu: int = 1500, namespace: int | None = None) -> None:
        self.name = name
        self.mac = mac
        self.mtu = mtu
        self.namespace = namespace


def _end(end: CableEnd) -> list[bytes]:
    attributes = [_text(_IFLA_IFNAME, end.name), _u32(_IFLA_MTU, end.mtu)]
    if end.mac is not None:
        attributes.append(_attribute(_IFLA_ADDRESS, end.mac.to_bytes(6, "big")))
    if end.namespace is not None:
        attributes.append(_u32(_IFLA_NET_NS_FD, end.namespace))
    return attributes


def _index(interface: str) -> int:
    return socket.if_nametoindex(interface)


def _link_message(index: int, *, family: int = 0, flags: int | None = None) -> bytes:
    """The header of a message about an interface; `flags` None leaves it up or down as it is."""
    return struct.pack("=BxHiII", family, 0, index, flags or 0, 0 if flags is None else _IFF_UP)


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def _attributes(data: bytes) -> dict[int, bytes]:
    """The attributes in `data`, by kind."""
    found = {}
    at = 0
    while at + 4 <= len(data):
        size, kind = struct.unpack_from("=HH", data, at)
        found[kind] = data[at + 4 : at + size]
        at += size + -size % 4
    return found


def _nested(kind: int, *parts: bytes) -> bytes:
    return _attribute(kind, b"".join(parts))


def _text(kind: int, value: str) -> bytes:
    return _attribute(kind, value.encode() + b"\0")


def _u8(kind: int, value: int) -> bytes:
    return _attribute(kind, bytes([value]))


def _u32(kind: int, value: int) -> bytes:
    return _attribute(kind, struct.pack("=I", value))
