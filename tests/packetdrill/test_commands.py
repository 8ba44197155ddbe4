from __future__ import annotations

import pytest

from simnet.stack.profile import Profile
from simnet.testing.packetdrill.commands import run_command
from simnet.testing.packetdrill.machine import Machine
from simnet.testing.packetdrill.problems import InvalidScript, ScriptProblem, Unsupported
from simnet.testing.packetdrill.sysctls import PRODUCTION, stock
from simnet.units import MILLISECOND, SECOND
from simnet.wire.addresses import parse_ip


@pytest.fixture
def machine() -> Machine:
    return Machine(stock(), parse_ip("192.168.0.1"), parse_ip("192.0.2.1"), 1500)


def values(profile: Profile) -> dict[str, object]:
    return {name: getattr(profile, name) for name in Profile.__slots__}


def changed(command: str, machine: Machine) -> dict[str, object]:
    before = values(machine.profile)
    run_command(command, machine)
    return {name: value for name, value in values(machine.profile).items() if before[name] != value}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("sysctl -q net.ipv4.tcp_sack=0", {"tcp_sack": 0}),
        ("sysctl -w net.ipv4.tcp_sack=0 net.ipv4.tcp_timestamps=0", {"tcp_sack": 0, "tcp_timestamps": 0}),
        ('sysctl -q net.ipv4.tcp_rmem="4096 10000 2097152"', {"tcp_rmem_default": 10_000, "tcp_rmem_max": 2_097_152}),
        ("sysctl -q net.ipv4.tcp_wmem='4096\t1 2'", {"tcp_wmem_default": 1, "tcp_wmem_max": 2}),
        ('sysctl -q net.ipv4.tcp_rmem="4096 $((1+2*3)) $((32*1024*1024))"', {"tcp_rmem_default": 7}),
        ("echo 0 > /proc/sys/net/ipv4/tcp_sack", {"tcp_sack": 0}),
        (
            "../common/set_sysctls.py /proc/sys/net/ipv4/tcp_sack=0 \\\n /proc/sys/net/ipv4/tcp_ecn=1",
            {"tcp_sack": 0, "tcp_ecn": 1},
        ),
        ("sysctl -q net.ipv4.tcp_fin_timeout=3", {"tcp_fin_timeout": 3 * SECOND}),
        ("sysctl -q net.ipv4.tcp_invalid_ratelimit=100", {"tcp_invalid_ratelimit": 100 * MILLISECOND}),
        ("sysctl -q net.ipv4.ip_local_port_range='1000 2000'", {"ip_local_port_range": (1000, 2000)}),
        ("sysctl -q net.core.rmem_max=1000", {"rmem_max": 1000}),
        ("sysctl -q net.ipv4.tcp_congestion_control=reno", {"tcp_congestion_control": "reno"}),
        ("true; sysctl -q net.ipv4.tcp_sack=0 && true", {"tcp_sack": 0}),
        ("ethtool -K tun0 tso off >/dev/null 2>&1 || sysctl -q net.ipv4.tcp_sack=0", {}),
        ("# sysctl -q net.ipv4.tcp_sack=0", {}),
        ("sysctl -q net.ipv4.tcp_syncookies=0", {"tcp_syncookies": 0}),
        ("/tmp/sysctl_restore_${PPID}.sh", {}),
        ("ip tcp_metrics flush all > /dev/null 2>&1", {}),
        ("tc qdisc replace dev tun0 root pfifo", {}),
        ("echo 3 > /sys/module/tcp_cubic/parameters/hystart_detect", {}),
    ],
)
def test_commands_set_the_profile(command: str, expected: dict[str, object], machine: Machine) -> None:
    assert changed(command, machine) == expected


def test_defaults_are_the_values_of_production(machine: Machine) -> None:
    found = changed("../common/defaults.sh\n./set_sysctls.py /proc/sys/net/ipv4/tcp_min_tso_segs=10", machine)
    assert found["tcp_rmem_max"] == 15_728_640 and found["tcp_slow_start_after_idle"] == 0
    assert found["tcp_min_tso_segs"] == 10
    assert len(PRODUCTION) > 10


@pytest.mark.parametrize(
    "name",
    [
        "tcp_retries2", "tcp_frto", "tcp_autocorking", "tcp_retrans_collapse", "tcp_rto_min_us", "tcp_rto_max_ms",
        "tcp_comp_sack_delay_ns", "tcp_keepalive_time", "tcp_keepalive_intvl", "tcp_keepalive_probes",
        "tcp_no_metrics_save", "icmp_ratelimit", "ipfrag_time", "tcp_early_retrans", "tcp_recovery", "tcp_mtu_probing",
    ],
)  # fmt: skip
def test_what_scripts_tune_is_known(name: str, machine: Machine) -> None:
    run_command(f"sysctl -q net.ipv4.{name}=7", machine)


def test_time_and_mtu(machine: Machine) -> None:
    run_command("sleep 1.5", machine)
    assert machine.now == 1_500 * MILLISECOND
    run_command("ip link set dev tun0 mtu 1000", machine)
    assert machine.stack.path_mtu(parse_ip("192.0.2.1")) == 1000


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("rm -rf x", Unsupported),
        ("rm x", Unsupported),
        ("dd if=/dev/urandom of=x bs=1 count=5", Unsupported),
        ("sysctl -q net.ipv4.tcp_nonsense=1", Unsupported),
        ("sysctl -q net.ipv4.tcp_congestion_control=bbr", Unsupported),
        ("sysctl net.ipv4.tcp_sack", Unsupported),
        ("ip route change 192.0.2.1 via 192.168.0.2 dev tun0", Unsupported),
        ("tc qdisc replace dev tun0 root fq", Unsupported),
        ("tc qdisc replace dev tun0 root pfifo limit 0", Unsupported),
        ("echo 2 > /sys/module/tcp_cubic/parameters/hystart_detect", Unsupported),
        ("true | true", Unsupported),
        ("sysctl -q net.ipv4.tcp_sack=many", InvalidScript),
        ("sysctl -q net.ipv4.tcp_rmem=1", InvalidScript),
        ("sleep long", InvalidScript),
        ("echo 'never closed", InvalidScript),
    ],
)
def test_everything_else_is_refused(command: str, kind: type[ScriptProblem], machine: Machine) -> None:
    with pytest.raises(kind):
        run_command(command, machine)
