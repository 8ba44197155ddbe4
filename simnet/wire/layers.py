"""What `dissect` gives: the layers of some bytes, each with its fields as text; and how values become text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from simnet.wire import names
from simnet.wire.addresses import ip_text, mac_text
from simnet.wire.frame import LONGEST_802_3
from simnet.wire.layout import Field, header_size

_MOST_LINES: Final = 40
_LONGEST_LINE: Final = 200
_MOST_BYTES: Final = 64


class FieldValue:
    """One field as found.  `offset` counts bits from the first bit of the frame; `note` says what is wrong or odd.

    `name`: as in filters, such as ip.ttl.  `label`, `value`: text for people.
    """

    __slots__ = ("name", "label", "value", "offset", "width", "note")

    def __init__(self, name: str, label: str, value: str, offset: int, width: int, note: str = "") -> None:
        self.name = name
        self.label = label
        self.value = value
        self.offset = offset
        self.width = width
        self.note = note

    def __repr__(self) -> str:
        note = f" [{self.note}]" if self.note else ""
        return f"{self.name}={self.value}{note}"


class Layer:
    """One header, or data: `offset` and `length` in bytes from the start of the frame; `note`: what is wrong or odd."""

    __slots__ = ("name", "offset", "length", "fields", "note")

    def __init__(self, name: str, offset: int, length: int, fields: list[FieldValue], note: str = "") -> None:
        self.name = name
        self.offset = offset
        self.length = length
        self.fields = fields
        self.note = note

    def field(self, name: str) -> FieldValue:
        """The first field of this name; KeyError if there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    def annotate(self, name: str, note: str) -> None:
        """Puts `note` on the field of this name."""
        self.field(name).note = note

    def notes(self) -> list[str]:
        """Everything odd about this layer."""
        own = [self.note] if self.note else []
        return own + [field.note for field in self.fields if field.note]

    def __repr__(self) -> str:
        note = f" [{self.note}]" if self.note else ""
        return f"Layer({self.name}{note}: {', '.join(repr(field) for field in self.fields)})"


def header_layer(name: str, table: tuple[Field, ...], data: bytes, at: int, end: int) -> Layer:
    """The header at `at`, its fields as in `table`; if it is cut at `end`, those that are complete."""
    size = header_size(table)
    header = data[at : min(at + size, end)]
    layer = Layer(name, at, len(header), [])
    if len(header) < size:
        layer.note = f"cut: {len(header)} of {size} bytes"
    for field in table:
        if field.offset + field.width > len(header) * 8:
            break
        value = value_text(field.name, field.read(header))
        layer.fields.append(FieldValue(field.name, field.label, value, at * 8 + field.offset, field.width))
    return layer


def data_layer(name: str, data: bytes, at: int, end: int, note: str = "") -> Layer:
    """Bytes that are no header: line by line if they are text, else in hexadecimal."""
    content = data[at:end]
    return Layer(name, at, len(content), _text_fields(content, at) or [_hex_field(content, at)], note)


def value_text(name: str, value: int) -> str:
    """The value of the field of this name, for people."""
    write = _TEXTS.get(name)
    return str(value) if write is None else write(value)


def _text_fields(content: bytes, at: int) -> list[FieldValue]:
    """One field per line, or none if this is not text."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return []
    if not text.translate({9: None, 10: None, 13: None}).isprintable():
        return []
    fields = []
    lines = content.splitlines(keepends=True)
    offset = at * 8
    for line in lines[:_MOST_LINES]:
        words = line.decode()
        shown = repr(words if len(words) <= _LONGEST_LINE else words[:_LONGEST_LINE] + "…")
        fields.append(FieldValue("data", "Text", shown, offset, len(line) * 8))
        offset += len(line) * 8
    if len(lines) > _MOST_LINES:
        rest = (at + len(content)) * 8 - offset
        fields.append(FieldValue("data", "Text", f"… {len(lines) - _MOST_LINES} more lines", offset, rest))
    return fields


def _hex_field(content: bytes, at: int) -> FieldValue:
    shown = content[:_MOST_BYTES].hex(" ")
    if len(content) > _MOST_BYTES:
        shown += f" … {len(content) - _MOST_BYTES} more bytes"
    return FieldValue("data", "Bytes", shown, at * 8, len(content) * 8)


def _hexadecimal(value: int) -> str:
    return f"0x{value:04x}"


def _long_hexadecimal(value: int) -> str:
    return f"0x{value:08x}"


def _short_hexadecimal(value: int) -> str:
    return f"0x{value:02x}"


def _ethertype(value: int) -> str:
    if value <= LONGEST_802_3:
        return f"{value} (length)"
    name = names.ETHERTYPES.get(value)
    return f"0x{value:04x} ({name})" if name else f"0x{value:04x}"


def _protocol(value: int) -> str:
    name = names.PROTOCOLS.get(value)
    return f"{value} ({name})" if name else str(value)


def _arp_operation(value: int) -> str:
    name = names.ARP_OPERATIONS.get(value)
    return f"{value} ({name})" if name else str(value)


def _icmp_type(value: int) -> str:
    name = names.ICMP_TYPES.get(value)
    return f"{value} ({name})" if name else str(value)


def _service(value: int) -> str:
    name = names.LLC_SERVICES.get(value)
    return f"0x{value:02x} ({name})" if name else f"0x{value:02x}"


def _words_of_32_bits(value: int) -> str:
    return f"{value} ({value * 4} bytes)"


def _units_of_8_bytes(value: int) -> str:
    return f"{value} (byte {value * 8})"


_TEXTS: Final[dict[str, Callable[[int], str]]] = {
    "eth.dst": mac_text,
    "eth.src": mac_text,
    "eth.type": _ethertype,
    "vlan.type": _ethertype,
    "llc.dsap": _service,
    "llc.ssap": _service,
    "llc.control": _short_hexadecimal,
    "arp.protocol": _ethertype,
    "arp.op": _arp_operation,
    "arp.sha": mac_text,
    "arp.spa": ip_text,
    "arp.tha": mac_text,
    "arp.tpa": ip_text,
    "ip.ihl": _words_of_32_bits,
    "ip.frag_offset": _units_of_8_bytes,
    "ip.proto": _protocol,
    "ip.checksum": _hexadecimal,
    "ip.src": ip_text,
    "ip.dst": ip_text,
    "icmp.type": _icmp_type,
    "icmp.checksum": _hexadecimal,
    "icmp.rest": _long_hexadecimal,
    "icmp.gateway": ip_text,
    "udp.checksum": _hexadecimal,
    "tcp.hdr_len": _words_of_32_bits,
    "tcp.checksum": _hexadecimal,
}
