"""Bytes of Ethernet frames as the fields of frames.json: numbers relative to where each flow began, MACs by role.

It reads the bytes by itself, with nothing of simnet, in the way the captures were written (their goldenlib), so that
a mistake in simnet's own parsers cannot hide.  IPv4 and ARP only.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

from tests.golden.captures import Fields, without_right_checksums

_FLAGS = "FSRPAUEC"
_ICMP = {
    0: "echo-reply", 3: "unreach", 4: "source-quench", 5: "redirect", 8: "echo", 11: "time-exceeded", 12: "param",
}  # fmt: skip
_UNREACHABLE = {
    0: "net", 1: "host", 2: "proto", 3: "port", 4: "frag-needed", 5: "sr-failed", 9: "net-prohib", 10: "host-prohib",
    13: "admin-prohib",
}  # fmt: skip
_SERVICES = {53, 67, 68, 69}
_BROADCAST = "ff:ff:ff:ff:ff:ff"
_NO_MAC = "00:00:00:00:00:00"
_MASK = 0xFFFFFFFF


def _dotted(data: bytes) -> str:
    return ".".join(map(str, data))


def _sum(data: bytes) -> int:
    if len(data) & 1:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def _parse_options(data: bytes) -> list[Fields | list[object]]:
    found: list[Fields | list[object]] = []
    at = 0
    while at < len(data):
        kind = data[at]
        if kind == 0:
            found.append(["eol"])
            break
        if kind == 1:
            found.append(["nop"])
            at += 1
            continue
        size = data[at + 1] if at + 1 < len(data) else 0
        if size < 2 or at + size > len(data):
            found.append(["broken", data[at:].hex()])
            break
        found.append(_option(kind, data[at + 2 : at + size]))
        at += size
    return found


def _option(kind: int, value: bytes) -> list[object]:
    if kind == 2 and len(value) == 2:
        return ["mss", int.from_bytes(value, "big")]
    if kind == 3 and len(value) == 1:
        return ["wscale", value[0]]
    if kind == 4 and not value:
        return ["sackok"]
    if kind == 5 and len(value) % 8 == 0:
        return ["sack", *(list(struct.unpack("!II", value[at : at + 8])) for at in range(0, len(value), 8))]
    if kind == 8 and len(value) == 8:
        return ["ts", *struct.unpack("!II", value)]
    return [f"opt{kind}", value.hex()]


def _parse_tcp(data: bytes, pseudo: bytes | None) -> Fields:
    sport, dport, seq, ack, offset, bits, window, _, urgent = struct.unpack("!HHIIBBHHH", data[:20])
    header = (offset >> 4) * 4
    flags = "".join(flag for bit, flag in enumerate(_FLAGS) if bits >> bit & 1) + ("N" if offset & 1 else "")
    tcp: Fields = {
        "sport": sport, "dport": dport, "seq": seq, "ack": ack, "flags": flags, "win": window,
        "hlen": header, "opts": _parse_options(data[20:header]), "len": len(data) - header,
    }  # fmt: skip
    if urgent:
        tcp["urg"] = urgent
    if pseudo is not None:
        tcp["csum_ok"] = _sum(pseudo + data) == 0xFFFF
    tcp["_pay"] = data[header:]
    return {"tcp": tcp}


def _parse_udp(data: bytes, pseudo: bytes | None) -> Fields:
    sport, dport, length, checksum = struct.unpack("!HHHH", data[:8])
    udp: Fields = {"sport": sport, "dport": dport, "len": length - 8}
    if len(data) >= length and pseudo is not None:
        udp["csum_ok"] = checksum == 0 or _sum(pseudo + data[:length]) == 0xFFFF
    udp["_pay"] = data[8:length]
    return {"udp": udp}


def _parse_icmp(data: bytes) -> Fields:
    kind, code, _, first, second = struct.unpack("!BBHHH", data[:8])
    name = _ICMP.get(kind, str(kind))
    icmp: Fields = {"type": kind, "code": code, "name": name, "csum_ok": _sum(data) == 0xFFFF, "len": len(data) - 8}
    if kind in (0, 8):
        icmp.update(id=first, seq=second)
    elif kind in (3, 5, 11, 12):
        if kind == 3:
            icmp["name"] = f"{name}-{_UNREACHABLE.get(code, str(code))}"
            if code == 4:
                icmp["mtu"] = second
        if kind == 5:
            icmp["gateway"] = _dotted(data[4:8])
        quote = _parse_ip(data[8:], is_quoted=True)
        icmp["quote"] = without_right_checksums(quote) if quote else None
        icmp["quote_len"] = len(data) - 8
    return {"icmp": icmp}


def _parse_transport(protocol: int, data: bytes, pseudo: bytes | None, is_later_fragment: bool) -> Fields:
    if is_later_fragment:
        return {"data_len": len(data)}
    if protocol == 6 and len(data) >= 20:
        return _parse_tcp(data, pseudo)
    if protocol == 17 and len(data) >= 8:
        return _parse_udp(data, pseudo)
    if protocol == 1 and len(data) >= 8:
        return _parse_icmp(data)
    return {"proto_data_len": len(data)}


def _parse_ip(data: bytes, is_quoted: bool = False) -> Fields | None:
    if len(data) < 20 or data[0] >> 4 != 4:
        return None
    version, tos, length, identification, fragment, ttl, protocol, _ = struct.unpack("!BBHHHBBH", data[:12])
    header = (version & 15) * 4
    offset = (fragment & 0x1FFF) * 8
    ip: Fields = {
        "src": _dotted(data[12:16]), "dst": _dotted(data[16:20]), "tos": tos, "len": length, "id": identification,
        "ttl": ttl, "proto": protocol, "df": bool(fragment & 0x4000),
    }  # fmt: skip
    if fragment & 0x2000 or offset:
        ip.update(mf=bool(fragment & 0x2000), frag_off=offset)
    if header > 20:
        ip["ip_opts"] = data[20:header].hex()
    if is_quoted:
        ip["captured"] = len(data)
    else:
        ip["hcsum_ok"] = _sum(data[:header]) == 0xFFFF
    payload = data[header:] if is_quoted else data[header:length]
    whole = not is_quoted and "frag_off" not in ip
    pseudo = data[12:20] + struct.pack("!BBH", 0, protocol, len(payload)) if whole else None
    return {"ip": ip} | _parse_transport(protocol, payload, pseudo, offset > 0)


def _parse(data: bytes) -> Fields:
    ethertype = int.from_bytes(data[12:14], "big")
    eth: Fields = {"src": data[6:12].hex(":"), "dst": data[:6].hex(":"), "type": ethertype}
    found: Fields = {"eth": eth}
    payload = data[14:]
    if ethertype == 0x8100:
        tag, ethertype = struct.unpack("!HH", payload[:4])
        eth.update(vlan=tag & 0xFFF, type=ethertype)
        payload = payload[4:]
    if ethertype == 0x0806 and len(payload) >= 28:
        operation = int.from_bytes(payload[6:8], "big")
        found["arp"] = {
            "op": {1: "request", 2: "reply"}.get(operation, operation), "sha": payload[8:14].hex(":"),
            "spa": _dotted(payload[14:18]), "tha": payload[18:24].hex(":"), "tpa": _dotted(payload[24:28]),
        }  # fmt: skip
    elif ethertype == 0x0800:
        found.update(_parse_ip(payload) or {})
    return found


class Dissector:
    """Turns frames, given in the order of their time, into fields.  `macs`: role by MAC."""

    def __init__(self, macs: Mapping[str, str], no_mac: str) -> None:
        self._macs = macs
        self._no_mac = no_mac
        self._isn: dict[tuple[object, ...], int] = {}
        self._first_ts: dict[tuple[object, ...], int] = {}
        self._scales: dict[tuple[object, ...], int | None] = {}

    def fields(self, number: int, time: int, interface: str, way: str, data: bytes) -> Fields:
        """One frame; `time` in nanoseconds since the first, `way` is "in" or "out"."""
        parsed = _parse(data)
        eth = parsed["eth"]
        shown: Fields = {"n": number, "t": time / 1e9, "if": interface, "dir": way, "caplen": len(data)}
        shown["eth"] = {"src": self._mac(eth["src"]), "dst": self._mac(eth["dst"]), "type": f"0x{eth['type']:04x}"}
        if "vlan" in eth:
            shown["eth"]["vlan"] = eth["vlan"]
        if "arp" in parsed:
            arp = dict(parsed["arp"])
            arp["sha"], arp["tha"] = self._mac(arp["sha"]), self._mac(arp["tha"])
            shown["arp"] = arp
            return shown
        for key in ("ip", "icmp", "udp", "data_len", "proto_data_len"):
            if key in parsed:
                shown[key] = without_right_checksums(parsed[key])
        if "tcp" in parsed:
            self._learn(parsed)
            shown["tcp"] = self._tcp(parsed)
            _show_payload(shown, parsed["tcp"]["_pay"], 64, bytes.decode)
        elif "udp" in parsed:
            is_service = bool({parsed["udp"]["sport"], parsed["udp"]["dport"]} & _SERVICES)
            limit, decode = (600, _refuse) if is_service else (64, bytes.decode)
            _show_payload(shown, parsed["udp"]["_pay"], limit, decode)
        return shown

    def _mac(self, mac: str) -> str:
        if mac == _BROADCAST:
            return "*"
        return self._no_mac if mac == _NO_MAC else self._macs.get(mac, mac)

    def _learn(self, parsed: Fields) -> None:
        """Initial sequence numbers and first timestamps of each flow."""
        tcp = parsed["tcp"]
        flow = _flow(parsed)
        if "S" in tcp["flags"] and (tcp["opts"] or flow not in self._isn):
            if self._isn.get(flow) != tcp["seq"]:
                self._first_ts.pop(flow, None)
            self._isn[flow] = tcp["seq"]
        elif flow not in self._isn:
            self._isn[flow] = tcp["seq"]
        for option in tcp["opts"]:
            if option[0] == "ts":
                self._first_ts.setdefault(flow, option[1])

    def _tcp(self, parsed: Fields) -> Fields:
        tcp = parsed["tcp"]
        flow = _flow(parsed)
        back = flow[2:] + flow[:2]
        shown: Fields = {"sport": tcp["sport"], "dport": tcp["dport"], "flags": tcp["flags"]}
        shown["seq"] = tcp["seq"] - self._isn[flow] & _MASK
        if "A" in tcp["flags"]:
            shown["ack"] = tcp["ack"] - self._isn[back] & _MASK if back in self._isn else tcp["ack"]
        elif tcp["ack"]:
            shown["ack_raw"] = tcp["ack"]
        shown["len"], shown["win"] = tcp["len"], tcp["win"]
        if "urg" in tcp:
            shown["urg"] = tcp["urg"]
        if "S" in tcp["flags"]:
            self._note_scale(flow, tcp)
            shown["isn_raw"] = tcp["seq"]
            shown["ts_raw"] = next((option[1] for option in tcp["opts"] if option[0] == "ts"), None)
        elif self._scales.get(flow) is not None and self._scales.get(back) is not None:
            shown["win_scaled"] = tcp["win"] << (self._scales[flow] or 0)
        shown["opts"] = [self._relative(option, flow, back) for option in tcp["opts"]]
        if not tcp.get("csum_ok", True):
            shown["csum"] = "BAD"
        return shown

    def _note_scale(self, flow: tuple[object, ...], tcp: Fields) -> None:
        for option in tcp["opts"]:
            if option[0] == "wscale":
                self._scales[flow] = option[1]
        if "A" not in tcp["flags"]:
            self._scales.setdefault(flow, None)

    def _relative(self, option: list[object], flow: tuple[object, ...], back: tuple[object, ...]) -> list[object]:
        if option[0] == "ts":
            value, echo = option[1:]
            assert isinstance(value, int) and isinstance(echo, int)
            if echo and back in self._first_ts:
                echo = echo - self._first_ts[back] & _MASK
            return ["ts", value - self._first_ts[flow] & _MASK, echo]
        if option[0] == "sack":
            start = self._isn.get(back, 0)
            blocks = [[edge - start & _MASK for edge in block] for block in option[1:] if isinstance(block, list)]
            return ["sack", *blocks]
        return option


def _flow(parsed: Fields) -> tuple[object, ...]:
    ip, tcp = parsed["ip"], parsed["tcp"]
    return ip["src"], tcp["sport"], ip["dst"], tcp["dport"]


def _show_payload(shown: Fields, payload: bytes, limit: int, decode: Callable[[bytes, str], str]) -> None:
    if 0 < len(payload) <= limit:
        try:
            shown["payload"] = decode(payload, "ascii")
        except UnicodeDecodeError:
            shown["payload_hex"] = payload.hex()


def _refuse(payload: bytes, encoding: str) -> str:
    """Services speak binary: always shown as hex."""
    raise UnicodeDecodeError(encoding, b"", 0, 1, "")
