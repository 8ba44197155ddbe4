"""Addresses mean what the standard library says they mean."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network
from random import Random

import pytest

from simnet.wire import addresses
from simnet.wire.addresses import IPV6, AddressError, Prefix


def any_addresses() -> list[int]:
    random = Random(1)
    return [random.getrandbits(32) for _ in range(50)] + [IPV6 | random.getrandbits(128) for _ in range(50)]


def test_ip_text_and_back() -> None:
    for address in any_addresses():
        bits = address & ~IPV6
        standard = ip_address(bits.to_bytes(16 if addresses.is_ipv6(address) else 4, "big"))
        assert addresses.ip_text(address) == str(standard)
        assert addresses.parse_ip(str(standard)) == address
        assert addresses.bits(address) == standard.max_prefixlen


def test_the_families_do_not_meet() -> None:
    assert addresses.parse_ip("0.0.0.1") != addresses.parse_ip("::1")
    assert not Prefix(0, 0).contains(addresses.parse_ip("::1"))
    assert not Prefix(IPV6, 0).contains(addresses.parse_ip("10.0.0.1"))


@pytest.mark.parametrize("text", ["10.0.0.9/8", "192.168.1.255/24", "10.1.2.3/32", "1.2.3.4/0", "fe80::1/64", "::/0"])
def test_prefixes(text: str) -> None:
    address, prefix = addresses.parse_interface(text)
    standard = ip_interface(text)
    network = ip_network(text, strict=False)
    assert address & ~IPV6 == int(standard.ip)
    assert str(prefix) == str(network)
    assert prefix.broadcast & ~IPV6 == int(network.broadcast_address)
    assert prefix.contains(address) and prefix.contains(prefix.network) and prefix.contains(prefix.broadcast)
    assert prefix.length == 0 or not prefix.contains(prefix.broadcast + 1)
    assert prefix == addresses.parse_prefix(text) and hash(prefix) == hash(addresses.parse_prefix(text))


def test_the_default_prefix_holds_all_of_ipv4() -> None:
    assert addresses.parse_prefix("default") == Prefix(0, 0)
    assert all(Prefix(0, 0).contains(address) is not addresses.is_ipv6(address) for address in any_addresses())


@pytest.mark.parametrize(
    "text",
    ["", "10.0.0", "10.0.0.256", "010.0.0.1", "1.2.3.4.5", "a.b.c.d", ":::", "fe80::1::2", "10.0.0.1/24", "٣.1.1.1"],
)
def test_what_is_no_ip_address(text: str) -> None:
    with pytest.raises(AddressError, match="is not an IP address; write one such as"):
        addresses.parse_ip(text)


@pytest.mark.parametrize("length", ["33", "-1", "", "x", "٣", "1.5"])
def test_what_is_no_prefix_length(length: str) -> None:
    with pytest.raises(AddressError, match="prefix length"):
        addresses.parse_interface(f"10.0.0.1/{length}")


def test_a_missing_prefix_length_is_asked_for() -> None:
    with pytest.raises(AddressError, match="write 10.0.0.1/24"):
        addresses.parse_interface("10.0.0.1")


def test_mac_text_and_back() -> None:
    assert addresses.mac_text(0x0200_00AB_CD01) == "02:00:00:ab:cd:01"
    assert addresses.parse_mac("02:00:00:AB:cd:01") == addresses.parse_mac("02-00-00-ab-cd-01") == 0x0200_00AB_CD01


@pytest.mark.parametrize(
    "text", ["", "02:00:00:00:00", "2:0:0:0:0:1", "02:00:00:00:00:0g", "+2:00:00:00:00:01", "0_:00:00:00:00:01"]
)
def test_what_is_no_mac(text: str) -> None:
    with pytest.raises(AddressError, match="six hexadecimal pairs"):
        addresses.parse_mac(text)


@pytest.mark.parametrize("text", ["224.0.0.1", "239.255.255.255", "223.255.255.255", "240.0.0.1", "ff02::1", "fe80::1"])
def test_multicast(text: str) -> None:
    assert addresses.is_multicast(addresses.parse_ip(text)) == ip_address(text).is_multicast


@pytest.mark.parametrize("text", ["127.0.0.1", "127.255.0.1", "128.0.0.1", "126.0.0.1", "::1", "::2", "::127.0.0.1"])
def test_loopback(text: str) -> None:
    assert addresses.is_loopback(addresses.parse_ip(text)) == ip_address(text).is_loopback


def test_group_macs() -> None:
    assert addresses.is_group_mac(addresses.BROADCAST_MAC)
    assert addresses.is_group_mac(addresses.parse_mac("01:80:c2:00:00:00"))
    assert not addresses.is_group_mac(addresses.parse_mac("02:00:00:00:00:01"))
