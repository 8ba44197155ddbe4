"""Dissect: every layer and field of good frames, every fault of broken ones by name."""

from __future__ import annotations

import pytest

from simnet.wire import ethernet, icmp, ipv4
from simnet.wire.dissect import PARTIAL, dissect
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import Ipv4
from simnet.wire.layers import Layer
from simnet.wire.udp import Udp
from tests.wire.corpus import FRAMES, A, B, ip_frame
from tests.wire.linux_frames import FROM_LINUX


def layers(name: str) -> list[Layer]:
    return dissect(ethernet.pack(FRAMES[name]))


def values(layer: Layer) -> dict[str, str]:
    return {field.name: field.value for field in layer.fields}


def notes(data: bytes) -> list[str]:
    return [f"{layer.name}: {note}" for layer in dissect(data) for note in layer.notes()]


def changed(name: str, at: int, text: str) -> bytes:
    """The bytes of a frame of the corpus with some overwritten."""
    data = ethernet.pack(FRAMES[name])
    new = bytes.fromhex(text)
    return data[:at] + new + data[at + len(new) :]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("arp request", "Ethernet II, ARP"),
        ("arp reply", "Ethernet II, ARP, Trailer"),
        ("spanning tree", "IEEE 802.3, LLC, Data, Trailer"),
        ("tagged", "Ethernet II, 802.1Q VLAN, IPv4, UDP, Data"),
        ("tagged arp", "Ethernet II, 802.1Q VLAN, ARP"),
        ("udp empty", "Ethernet II, IPv4, UDP"),
        ("syn", "Ethernet II, IPv4, TCP"),
        ("push", "Ethernet II, IPv4, TCP, Data"),
        ("echo request", "Ethernet II, IPv4, ICMP, Data"),
        ("unreachable", "Ethernet II, IPv4, ICMP, IPv4 (quoted), UDP (quoted), Data (quoted)"),
        ("time exceeded", "Ethernet II, IPv4, ICMP, IPv4 (quoted), UDP (quoted)"),
        ("first fragment", "Ethernet II, IPv4, Fragment of UDP"),
        ("last fragment", "Ethernet II, IPv4, Fragment of UDP"),
        ("unknown protocol", "Ethernet II, IPv4, Data"),
        ("unknown type", "Ethernet II, Data"),
        ("IPv6", "Ethernet II, IPv6"),
        ("runt", "Ethernet II"),
    ],
)
def test_layers(name: str, expected: str) -> None:
    assert ", ".join(layer.name for layer in layers(name)) == expected


@pytest.mark.parametrize("name", sorted(set(FRAMES) - {"time exceeded", "runt"}))
def test_there_is_nothing_to_note_about_good_frames(name: str) -> None:
    assert notes(ethernet.pack(FRAMES[name])) == []


@pytest.mark.parametrize("name", sorted(FROM_LINUX))
def test_there_is_nothing_to_note_about_what_linux_sends(name: str) -> None:
    assert notes(FROM_LINUX[name]) == []


def test_values_of_a_syn() -> None:
    ether, ip, tcp = dissect(FROM_LINUX["SYN"])
    assert values(ether) == {
        "eth.dst": "02:00:00:00:00:03",
        "eth.src": "02:00:00:00:00:01",
        "eth.type": "0x0800 (IPv4)",
    }
    assert values(ip)["ip.src"] == "10.0.0.1"
    assert values(ip)["ip.ihl"] == "5 (20 bytes)"
    assert values(ip)["ip.proto"] == "6 (TCP)"
    assert values(ip)["ip.flags.df"] == "1"
    assert values(ip)["ip.checksum"] == "0x30c4"
    assert values(tcp)["tcp.dstport"] == "5000"
    assert values(tcp)["tcp.flags.syn"] == "1"
    assert values(tcp)["tcp.flags.ack"] == "0"
    options = [(field.name, field.value) for field in tcp.fields if field.name.startswith("tcp.options")]
    assert options == [
        ("tcp.options.mss", "1460"),
        ("tcp.options.sack_permitted", ""),
        ("tcp.options.timestamps", "value 2116526607, echo 0"),
        ("tcp.options.nop", ""),
        ("tcp.options.window_scale", "10 (times 1024)"),
    ]


def test_a_tag_in_its_parts() -> None:
    assert values(layers("tagged")[1]) == {
        "vlan.priority": "3",
        "vlan.dei": "0",
        "vlan.id": "5",
        "vlan.type": "0x0800 (IPv4)",
    }


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("echo request", "icmp.ident", "7"),
        ("echo reply", "icmp.seq", "1"),
        ("too big", "icmp.mtu", "1400"),
        ("redirect", "icmp.gateway", "10.0.0.2"),
        ("parameter problem", "icmp.pointer", "9"),
        ("unreachable", "icmp.rest", "0x00000000"),
    ],
)
def test_the_rest_of_an_icmp_header_by_its_type(name: str, field: str, value: str) -> None:
    assert values(layers(name)[2])[field] == value


def test_text_line_by_line() -> None:
    data = layers("push odd")[-1]
    assert [(field.label, field.value) for field in data.fields] == [
        ("Text", r"'GET / HTTP/1.1\r\n'"),
        ("Text", r"'Host: b\r\n'"),
        ("Text", r"'\r\n'"),
        ("Text", "'!'"),
    ]


def test_a_quoted_packet_may_be_cut() -> None:
    quoted_ip, quoted_udp = layers("time exceeded")[3:]
    assert values(quoted_ip)["ip.src"] == "10.0.0.2"
    assert quoted_ip.notes() == ["only 28 of 33 bytes are here"]
    assert values(quoted_udp)["udp.dstport"] == "40002"
    assert quoted_udp.notes() == []


def test_a_quote_in_a_quote_is_data() -> None:
    inner = ipv4.pack(Ipv4(A, B, ipv4.ICMP, Icmp(icmp.UNREACHABLE, 1, 0, ipv4.pack(Ipv4(A, B, 17, Udp(1, 2, b""))))))
    frame = ip_frame(Icmp(icmp.TIME_EXCEEDED, 0, 0, inner), ipv4.ICMP)
    names = [layer.name for layer in dissect(ethernet.pack(frame))]
    assert names[2:] == ["ICMP", "IPv4 (quoted)", "ICMP (quoted)", "Data (quoted)"]


@pytest.mark.parametrize(
    ("name", "at", "text", "expected"),
    [
        ("udp", 24, "0000", "IPv4: wrong checksum, should be 0x"),
        ("udp", 14, "65", "IPv4: version is not 4"),
        ("udp", 14, "44", "IPv4: header length is below 5"),
        ("udp", 16, "0013", "IPv4: length is below the header's"),
        ("udp", 16, "0063", "IPv4: only 33 of 99 bytes are here"),
        ("udp", 38, "0007", "UDP: length is below the header's"),
        ("udp", 38, "0063", "UDP: only 13 of 99 bytes are here"),
        ("udp without checksum", 38, "000c", "Data: after the datagram"),
        ("udp", 46, "00", "UDP: wrong checksum, should be 0x"),
        ("push", 46, "40", "TCP: header length is below 5"),
        ("push", 46, "f0", "TCP: cut: 37 of 60 bytes"),
        ("push", 70, "00", "TCP: wrong checksum, should be 0x"),
        ("echo request", 70, "00", "ICMP: wrong checksum, should be 0x"),
        ("echo reply all zero", 36, "0000", "ICMP: wrong checksum, should be 0xffff"),
        ("arp request", 14, "0006", "ARP: not about IPv4 over Ethernet"),
        ("spanning tree", 12, "002f", "IEEE 802.3: only 46 of 47 bytes are here"),
        ("sack alone", 57, "ff", "TCP: option length is wrong"),
        ("syn", 55, "02", "TCP: option length is 2 instead of 4"),
    ],
)
def test_faults_are_named(name: str, at: int, text: str, expected: str) -> None:
    assert any(note.startswith(expected) for note in notes(changed(name, at, text)))


def test_all_checksums_that_are_named_are_right() -> None:
    """Whatever checksum it says should be there makes the note go away."""
    for name, at in (
        ("udp", 40),
        ("push", 50),
        ("echo request", 36),
        ("record route", 48),
        ("echo reply all zero", 36),
    ):
        (note,) = notes(changed(name, at, "1234"))
        right = note.partition("should be 0x")[2]
        assert notes(changed(name, at, right)) == []


def test_a_datagram_whose_checksum_comes_to_zero_should_have_the_other_zero() -> None:
    right = ipv4.pack(Ipv4(A, B, 17, Udp(1, 2, b"\0\0")))[26:28]
    data = bytearray(ethernet.pack(ip_frame(Udp(1, 2, right), 17)))
    assert notes(bytes(data)) == []
    data[41] ^= 1
    assert notes(bytes(data)) == ["UDP: wrong checksum, should be 0xffff"]


@pytest.mark.parametrize("name", ["udp", "push", "syn"])
def test_a_checksum_left_to_the_network_card(name: str) -> None:
    packet = FRAMES[name].payload
    assert isinstance(packet, Ipv4)
    pseudo_header = A + B + packet.protocol + packet.payload.length
    at = 40 if packet.protocol == ipv4.UDP else 50
    assert notes(changed(name, at, f"{pseudo_header % 0xFFFF:04x}"))[0].endswith(f": {PARTIAL}")


def test_no_checksum_is_no_fault() -> None:
    layer = layers("udp without checksum")[2]
    assert values(layer)["udp.checksum"] == "0x0000 (none)"


def test_checksums_of_cut_frames_are_not_judged() -> None:
    data = ethernet.pack(FRAMES["udp large"])[:100]
    assert notes(data) == ["IPv4: only 86 of 1308 bytes are here"]
    data = ethernet.pack(FRAMES["push"])[:-1]
    assert notes(data) == ["IPv4: only 56 of 57 bytes are here"]


@pytest.mark.parametrize("size", [0, 5, 13])
def test_a_runt_says_how_much_is_there(size: int) -> None:
    (layer,) = dissect(bytes(size))
    assert layer.notes() == [f"cut: {size} of 14 bytes"]
    assert len(layer.fields) == size // 6
