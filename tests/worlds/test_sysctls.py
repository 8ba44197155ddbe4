"""Tunables against this machine's kernel: defaults and ranges are its own, and a scenario's values arrive."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.errors import SimnetError
from simnet.scenario.load import loads
from simnet.scenario.sysctls import NAMES
from simnet.scenario.tunables import TUNABLES, Kind, Tunable
from simnet.scenario.unmodeled import UNMODELED
from simnet.stack.profile import linux
from simnet.trace.events import FrameSent
from simnet.wire.ipv4 import Ipv4
from simnet.worlds.namespaces import enter_private, own_namespace, write_sysctl
from simnet.worlds.replay import world_of
from simnet.worlds.sysctls import apply_defaults, apply_sysctls, unknown_sysctls
from tests.worlds.conftest import in_child, needs_namespaces

pytestmark = needs_namespaces

IN_FILES = [each for each in TUNABLES.values() if each.path]
CHOSEN = [each for each in IN_FILES if not unknown_sysctls({each.name: 0}) and each.kind is not Kind.WORD]
OF_THE_MACHINE = ("tcp_max_syn_backlog",)
"""Defaults that grow with memory."""
NEGATIVE_TOO = (
    "ipfrag_time icmp_ratemask tcp_fin_timeout tcp_keepalive_time tcp_keepalive_intvl tcp_base_mss tcp_max_syn_backlog "
    "route_mtu_expires neigh_mcast_solicit neigh_ucast_solicit neigh_delay_first_probe_time neigh_locktime somaxconn "
    "tcp_fastopen"
).split()
"""For which the kernel takes negative numbers, which mean nothing."""
HIGHER_TOO = (
    "neigh_retrans_time neigh_base_reachable_time neigh_locktime tcp_comp_sack_delay tcp_mtu_probing ipfrag_high_thresh"
).split()
"""For which it takes larger numbers than anybody needs, or than are modeled."""


def shown(tunable: Tunable) -> str:
    """What the kernel has in the place of `tunable`."""
    name = tunable.path.replace("neigh.default", "neigh.lo")
    numbers = Path("/proc/sys", *name.split(".")).read_text().split()
    return numbers[tunable.place] if tunable.place >= 0 else " ".join(numbers)


def written(tunable: Tunable, value: object) -> str:
    if isinstance(value, tuple):
        return f"{value[0]} {value[1]}"
    return value if isinstance(value, str) else str(int(str(value)) // tunable.unit)


def test_defaults_are_those_of_a_fresh_namespace() -> None:
    def work() -> dict[str, tuple[str, str]]:
        enter_private()
        profile = linux()
        both = {each.name: (shown(each), written(each, getattr(profile, each.name))) for each in IN_FILES}
        return {name: pair for name, pair in both.items() if pair[0] != pair[1]}

    found = in_child(work)
    inherited = {"tcp_congestion_control", *OF_THE_MACHINE}
    assert {name: pair for name, pair in found.items() if name not in inherited} == {}


def test_a_namespace_gets_the_defaults_back() -> None:
    def work() -> tuple[list[str], list[str]]:
        enter_private()
        write_sysctl("net.ipv4.tcp_sack", "0")
        write_sysctl("net.ipv4.neigh.lo.retrans_time_ms", "8")
        names = [TUNABLES[name] for name in ("tcp_sack", "neigh_retrans_time")]
        before = [shown(each) for each in names]
        apply_defaults(own_namespace())
        return before, [shown(each) for each in names]

    assert in_child(work) == (["0", "8"], ["1", "1000"])


@pytest.mark.parametrize("tunable", [each for each in CHOSEN if each.place < 0], ids=lambda each: each.name)
def test_the_range_is_the_kernels(tunable: Tunable) -> None:
    """The ends are taken, what lies beyond is refused."""
    if tunable.kind is Kind.PORTS:
        pytest.skip("a pair of ports")
    outside = []
    if tunable.name not in NEGATIVE_TOO:
        outside.append(tunable.low - 1)
    if tunable.name not in HIGHER_TOO:
        outside.append(tunable.high + 1)

    def work() -> list[bool]:
        enter_private()
        here = own_namespace()
        return [taken(here, tunable, number) for number in (tunable.low, tunable.high, *outside)]

    assert in_child(work) == [True, True] + [False] * len(outside)


def taken(here: object, tunable: Tunable, number: int) -> bool:
    try:
        apply_sysctls(here, {tunable.name: number * tunable.unit})  # type: ignore[arg-type]
    except SimnetError:
        return False
    return shown(tunable) == str(number)


def test_the_timeline_sets_what_the_next_socket_is_told() -> None:
    """The second connection offers no timestamps, in both worlds."""
    scenario = loads(
        """
hosts: {a: 10.0.0.1/24, b: 10.0.0.2/24}
links: [a -- b]
programs:
  b: [listen: 80, accept, receive: end, close, accept, receive: end, close]
  a: [connect: b:80, close, wait: 500ms, connect: b:80, close]
timeline: [{at: 300ms, sysctl: {net.ipv4.tcp_timestamps: 0, tcp_congestion_control: reno}, host: a}]
expect: [{count: 2, matching: tcp.flags == 0x002, seen: "a:eth0"}]
"""
    )

    def work() -> list[int]:
        world = world_of(scenario, "lab")
        world.run()
        frames = [event.frame.payload for event in world.result().trace if isinstance(event, FrameSent)]
        return [packet.length for packet in frames if isinstance(packet, Ipv4) and packet.payload.flags == 2]

    assert in_child(work) == [60, 52]


def test_what_is_not_modeled_is_a_sysctl_of_this_kernel_and_of_no_scenario() -> None:
    assert [name for name in UNMODELED if not Path("/proc/sys/net/ipv4", name).exists()] == []
    assert set(UNMODELED).isdisjoint(NAMES)
