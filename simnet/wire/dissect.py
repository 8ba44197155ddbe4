"""`dissect`: any bytes, however broken, to layers with fields as text; never raises.

The lenient counterpart of the parsers: they accept only what is right to the bit, this shows all that is there
and notes what is wrong.  Does not model: protocols above UDP and TCP, IPv6, reassembly; those bytes are shown as data.
"""

from __future__ import annotations

from typing import Final

from simnet.wire import arp, icmp, ipv4, layout, llc, names
from simnet.wire.checksum import checksum_of_sum, pseudo_header_sum, word_sum
from simnet.wire.frame import ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_VLAN, LONGEST_802_3
from simnet.wire.layers import Layer, data_layer, header_layer
from simnet.wire.layout import Field
from simnet.wire.option_fields import option_fields

PARTIAL: Final = "checksum partial (offload)"
"""The note on the checksum of a frame captured before the network card would have completed it."""


def dissect(data: bytes) -> list[Layer]:
    """The layers of a frame, outermost first; in order and without overlap they cover all of `data`."""
    dissection = _Dissection(data)
    dissection.ethernet()
    return dissection.layers


class _Dissection:
    """The layers found so far in `data`.

    Each protocol's method adds the layers of what lies in `data[at:end]`; below the transport, it returns where the
    protocol ends by its own account.
    """

    __slots__ = ("data", "layers", "suffix", "pseudo_header", "stated")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.layers: list[Layer] = []
        self.suffix = ""  # " (quoted)" in names within the packet that an ICMP error quotes
        self.pseudo_header = 0  # its word sum, for the transport in hand
        self.stated = 0  # bytes of transport that the IP header announces

    def ethernet(self) -> None:
        size = len(self.data)
        kind = self.number(12, 14)
        if size >= 14 and kind <= LONGEST_802_3:
            self.header("IEEE 802.3", layout.IEEE_802_3, 0, size)
        else:
            self.header("Ethernet II", layout.ETHERNET, 0, size)
        at = 14
        while kind == ETHERTYPE_VLAN and at < size:
            self.header("802.1Q VLAN", layout.VLAN, at, size)
            kind = self.number(at + 2, at + 4)
            at += 4
        if at < size:
            self.rest("Trailer", self.typed(kind, at, size), size)

    def typed(self, kind: int, at: int, end: int) -> int:
        """What the type or length field `kind` announces."""
        if kind == ETHERTYPE_IPV4:
            return self.ipv4(at, end)
        if kind == ETHERTYPE_ARP:
            return self.arp(at, end)
        if kind <= LONGEST_802_3:
            return self.llc(at, end, kind)
        return self.rest("IPv6" if kind == ETHERTYPE_IPV6 else "Data", at, end)

    def llc(self, at: int, end: int, stated: int) -> int:
        if stated > end - at:
            self.layers[-1].fields[-1].note = f"only {end - at} of {stated} bytes are here"
        else:
            end = at + stated
        if end - at >= 3 and self.data[at + 2] & llc.UNNUMBERED != llc.UNNUMBERED:
            return self.rest("Data", at, end)
        layer = self.header("LLC", layout.LLC, at, end)
        return self.rest("Data", at + layer.length, end)

    def arp(self, at: int, end: int) -> int:
        if end - at >= 6 and self.data[at : at + 6] != arp.ETHERNET_IPV4:
            return self.rest("ARP", at, end, "not about IPv4 over Ethernet")
        layer = self.header("ARP", layout.ARP, at, end)
        return at + layer.length

    def ipv4(self, at: int, end: int) -> int:
        layer = self.header("IPv4", layout.IPV4, at, end)
        if layer.length < 20:
            return end
        header = (self.data[at] & 15) * 4
        if self.data[at] >> 4 != 4:
            layer.annotate("ip.version", "version is not 4")
            return self.rest("Data", at + 20, end)
        if header < 20:
            layer.annotate("ip.ihl", "header length is below 5")
            return self.rest("Data", at + 20, end)
        length = self.number(at + 2, at + 4)
        if length < header:
            layer.annotate("ip.len", "length is below the header's")
        elif length > end - at:
            layer.annotate("ip.len", f"only {end - at} of {length} bytes are here")
        else:
            end = at + length
        self.options(layer, names.IP_OPTIONS, at + header, end)
        if layer.length < header:
            return end
        self.verify(layer, "ip.checksum", at + header, 0)
        self.packet_payload(self.data[at : at + header], at + header, end)
        return end

    def packet_payload(self, header: bytes, at: int, end: int) -> None:
        """What follows a complete IPv4 header."""
        protocol = header[9]
        self.stated = int.from_bytes(header[2:4], "big") - len(header)
        src = int.from_bytes(header[12:16], "big")
        dst = int.from_bytes(header[16:20], "big")
        self.pseudo_header = pseudo_header_sum(src, dst, protocol, 0)
        if int.from_bytes(header[6:8], "big") & ipv4.IS_FRAGMENT:
            self.rest(f"Fragment of {names.protocol_text(protocol)}", at, end)
        elif at == end:
            return
        elif protocol == ipv4.TCP:
            self.tcp(at, end)
        elif protocol == ipv4.UDP:
            self.udp(at, end)
        elif protocol == ipv4.ICMP:
            self.icmp(at, end)
        else:
            self.rest("Data", at, end)

    def icmp(self, at: int, end: int) -> None:
        kind, code = self.number(at, at + 1), self.number(at + 1, at + 2)
        layer = self.header("ICMP", layout.icmp_table(kind, code), at, end)
        if layer.length < 8:
            return
        if end - at == self.stated:
            self.verify(layer, "icmp.checksum", end, 0)
        at += 8
        if icmp.is_error(kind) and at < end and not self.suffix:
            self.suffix = " (quoted)"
            at = self.ipv4(at, end)
            self.suffix = ""
        self.rest("Data", at, end)

    def udp(self, at: int, end: int) -> None:
        layer = self.header("UDP", layout.UDP, at, end)
        if layer.length < 8:
            return
        length = self.number(at + 4, at + 6)
        datagram_end = min(at + length, end)
        if length < 8:
            layer.annotate("udp.length", "length is below the header's")
            datagram_end = end
        elif length > self.stated:
            layer.annotate("udp.length", f"only {self.stated} of {length} bytes are here")
        elif not self.number(at + 6, at + 8):
            layer.field("udp.checksum").value += " (none)"
        elif length <= end - at:
            self.verify(layer, "udp.checksum", at + length, self.pseudo_header + length)
        self.rest("Data", at + 8, datagram_end)
        self.rest("Data", datagram_end, end, "after the datagram")

    def tcp(self, at: int, end: int) -> None:
        layer = self.header("TCP", layout.TCP, at, end)
        if layer.length < 20:
            return
        if end - at == self.stated:
            self.verify(layer, "tcp.checksum", end, self.pseudo_header + self.stated)
        header = (self.data[at + 12] >> 4) * 4
        if header < 20:
            layer.annotate("tcp.hdr_len", "header length is below 5")
        else:
            self.options(layer, names.TCP_OPTIONS, at + header, end)
        self.rest("Data", at + layer.length, end)

    # --- what the protocols share ---

    def number(self, start: int, stop: int) -> int:
        """The big-endian number there; missing bytes are not counted."""
        return int.from_bytes(self.data[start:stop], "big")

    def header(self, name: str, table: tuple[Field, ...], at: int, end: int) -> Layer:
        layer = header_layer(name + self.suffix, table, self.data, at, end)
        self.layers.append(layer)
        return layer

    def rest(self, name: str, at: int, end: int, note: str = "") -> int:
        """The bytes up to `end`, if any, as data."""
        if at < end:
            self.layers.append(data_layer(name + self.suffix, self.data, at, end, note))
        return max(at, end)

    def options(self, layer: Layer, known: dict[int, tuple[str, str]], header_end: int, end: int) -> None:
        """Adds the options between the fixed header and `header_end` to its layer."""
        at = layer.offset + layer.length
        content = self.data[at : min(header_end, end)]
        layer.fields += option_fields(content, at, known)
        layer.length += len(content)
        if header_end > end:
            layer.note = f"cut: {layer.length} of {header_end - layer.offset} bytes"

    def verify(self, layer: Layer, name: str, end: int, pseudo_header: int) -> None:
        """Notes on the checksum of `layer`, which covers all up to `end`, if it is not right."""
        field = layer.field(name)
        at = field.offset // 8
        stated = self.number(at, at + 2)
        total = pseudo_header + word_sum(self.data[layer.offset : at] + b"\0\0" + self.data[at + 2 : end])
        right = checksum_of_sum(total)
        if right == 0 and name == "udp.checksum":
            right = 0xFFFF
        if stated == right or stated == 0xFFFF and right == 0:
            return
        if pseudo_header and stated == (pseudo_header % 0xFFFF or 0xFFFF):
            field.note = PARTIAL
        else:
            field.note = f"wrong checksum, should be 0x{right:04x}"
