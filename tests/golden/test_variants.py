"""What a variant changes is taken from its recording: bytes and numbers of calls, sysctls."""

from __future__ import annotations

import json

import pytest

from tests.golden.archive import FRAMES, unpack
from tests.golden.calls import as_recorded
from tests.golden.captures import Capture, read
from tests.golden.laboratory import Laboratory


def test_calls_have_the_bytes_and_numbers_of_the_recorded_ones() -> None:
    here = ("10.0.0.2", 5000)
    assert as_recorded("sendall(b'longer')", "sendall", (b"hello",)) == (b"longer",)
    assert as_recorded("sendall(<12 bytes>)", "sendall", (b"hello",)) == (b"hellohellohe",)
    assert as_recorded("recv(7)", "recv", (100,)) == (7,)
    assert as_recorded("sendto(b'yy', ('10.0.0.2', 41234))", "sendto", (b"x", here)) == (b"yy", here)
    assert as_recorded("sendall(b'port 41234')", "sendall", (b"port 50000",)) == (b"port 50000",)
    assert as_recorded("close()", "close", ()) == ()


def test_another_call_than_the_recorded_one_stays_as_it_is() -> None:
    assert as_recorded("recv(7)", "sendall", (b"hello",)) == (b"hello",)
    assert as_recorded("sendall(b'x')", "send", (b"hello",)) == (b"hello",)
    assert as_recorded("", "recv", (100,)) == (100,)


def _with_sysctls(sysctls: dict[str, object]) -> Capture:
    raw = json.loads(unpack(FRAMES)["01_hello/lan/frames.json"])
    return read("01_hello/lan", json.dumps({**raw, "sysctl_changed": sysctls}).encode())


def test_sysctls_of_every_unit_are_set() -> None:
    capture = _with_sysctls(
        {
            "net.ipv4.tcp_rmem": "4096 8192 16384",
            "net.ipv4.tcp_rto_min_us": 50_000,
            "net.ipv4.tcp_keepalive_time": "2",
            "net.ipv4.neigh.eth0.base_reachable_time_ms": 2000,
            "net.ipv4.ip_local_port_range": "40000 40100",
            "net.ipv4.tcp_sack": 0,
        }
    )
    profile = Laboratory(capture, {}).stack("B").profile
    assert (profile.tcp_rmem_default, profile.tcp_rmem_max) == (8192, 16_384)
    assert (profile.tcp_rto_min, profile.tcp_keepalive_time) == (50_000_000, 2_000_000_000)
    assert (profile.neigh_base_reachable_time, profile.tcp_sack) == (2_000_000_000, 0)
    assert profile.ip_local_port_range == (40_000, 40_100)


def test_a_sysctl_that_is_not_modeled_is_no_pass() -> None:
    with pytest.raises(ValueError, match="tcp_plb_enabled"):
        Laboratory(_with_sysctls({"net.ipv4.tcp_plb_enabled": 1}), {})
