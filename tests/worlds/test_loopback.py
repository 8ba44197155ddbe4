"""The loopback world: a scenario's own programs on the real kernel, on one `lo`."""

from __future__ import annotations

import os

import pytest

from simnet.errors import SimnetError
from simnet.scenario.load import loads
from simnet.trace.events import FrameArrived, Note, SocketCall
from simnet.units import MILLISECOND
from simnet.wire.addresses import ip_text
from simnet.wire.ipv4 import Ipv4
from simnet.wire.summary import summary
from simnet.wire.tcp import Tcp
from simnet.worlds.loopback import LoopbackReader
from simnet.worlds.namespaces import NamespacesRefused
from simnet.worlds.performance import Stage
from simnet.worlds.plain_loopback import PlainReader, PlainStage
from simnet.worlds.real_world import RealWorld, Replay, Way
from simnet.worlds.replay import world_of
from tests.worlds.conftest import Do, needs_namespaces

pytestmark = needs_namespaces

TWO_HOSTS = """
name: two
hosts: {client: 192.168.1.10/24, server: 192.168.1.80/24}
links: [client -- server]
"""
TALK = (
    TWO_HOSTS
    + """
programs:
  server: [listen: 80, accept, receive: 5, send: world, receive: end, wait: 60ms, close]
  client: [connect: server:80, send: hello, receive: 5, wait: 60ms, shutdown, receive: end, close]
expect:
  - {output: hello, host: server}
  - {output: world, host: client}
  - {frames: [SYN], seen: "client:eth0"}
"""
)
CONVERSATION = ["SYN", "SYN+ACK", "ACK", "PSH+ACK 5", "ACK", "PSH+ACK 5", "ACK", "FIN+ACK", "ACK", "FIN+ACK", "ACK"]


def replayed(text: str, limit: int | None = None) -> Replay:
    world = world_of(loads(text), "loopback")
    world.run(limit)
    return world.result()


def sent(replay: Replay) -> list[tuple[str, str]]:
    """What was sent, by whom."""
    return [(event.port, summary(event.frame)) for event in replay.trace.frames()]


def test_the_kernel_opens_talks_and_closes(do: Do) -> None:
    """The trace has the scenario's addresses and ports, each frame once, and the same shape as a simulated one."""

    def work() -> tuple[list[tuple[str, str]], list[str], list[bool], list[str], int, list[str]]:
        replay = replayed(TALK)
        arrived = [event.port for event in replay.trace if isinstance(event, FrameArrived)]
        judged = [verdict.ok for verdict in replay.verdicts]
        packets = [event.frame.payload for event in replay.trace.frames()]
        addresses = {ip_text(packet.src) for packet in packets if isinstance(packet, Ipv4)}
        return sent(replay), arrived, judged, list(replay.unjudged), replay.lost, sorted(addresses)

    frames, arrived, judged, unjudged, lost, addresses = do(work)
    assert [what for _, what in frames] == CONVERSATION
    assert frames[:3] == [("client:eth0", "SYN"), ("server:eth0", "SYN+ACK"), ("client:eth0", "ACK")]
    assert arrived[:3] == ["server:eth0", "client:eth0", "server:eth0"] and len(arrived) == len(frames)
    assert judged == [True, True] and len(unjudged) == 1 and lost == 0
    assert addresses == ["192.168.1.10", "192.168.1.80"]


def test_segments_are_as_on_ethernet() -> None:
    """MTU 1500 and no segmentation offload: no segment is longer than 1448 bytes."""
    replay = replayed(
        TWO_HOSTS
        + """
programs:
  server: [listen: 80, accept, receive: end, close]
  client: [connect: server:80, send: {bytes: 20000}, shutdown, receive: end, close]
expect: [{output: {bytes: 20000}, host: server}]
"""
    )
    packets = [event.frame.payload for event in replay.trace.frames()]
    segments = [packet.payload for packet in packets if isinstance(packet, Ipv4)]
    lengths = [len(segment.data) for segment in segments if isinstance(segment, Tcp)]
    assert replay.ok and max(lengths) == 1448 and sum(lengths) == 20_000


def test_several_clients_come_each_from_its_own_address() -> None:
    replay = replayed(
        """
name: many
hosts: {a: 10.0.0.1/24, b: 10.0.0.2/24, c: 10.0.0.3/24}
switches: [s]
links: [a -- s, b -- s, c -- s]
programs:
  a: [listen: 80, {repeat: 2, steps: [accept, receive: end, close]}]
  b: [connect: {to: "a:80", local: 4000}, send: from b, close]
  c:
    start: {after: b ends}
    steps: [connect: {to: "a:80", local: 4000}, send: from c, close]
expect: [{output: from bfrom c, host: a}]
"""
    )
    assert replay.ok
    assert [port for port, what in sent(replay) if what == "SYN"] == ["b:eth0", "c:eth0"]


def test_two_hosts_may_open_the_same_port() -> None:
    replay = replayed(
        TWO_HOSTS
        + """
programs:
  server: [open udp: 53, receive from, reply: I am the server]
  client:
    resolver: [open udp: 53, receive from, reply: I am the client]
    asker: [send to: {to: "server:53", text: a}, receive from, send to: {to: "client:53", text: b}, receive from]
expect: [{output: I am the serverI am the client, host: client, program: asker}]
"""
    )
    assert replay.ok, replay.verdicts
    assert [port for port, _ in sent(replay)] == ["client:eth0", "server:eth0", "client:lo", "client:lo"]


def test_a_refusal_is_the_kernels_own() -> None:
    replay = replayed(
        TWO_HOSTS
        + """
programs: {client: [connect: {to: "server:5000", fails: ECONNREFUSED}, print: nobody there]}
expect: [{output: nobody there, host: client}]
"""
    )
    assert replay.ok and sent(replay) == [("client:eth0", "SYN"), ("server:eth0", "RST+ACK")]
    calls = [(event.call, event.result) for event in replay.trace if isinstance(event, SocketCall)]
    assert calls == [("socket", "3"), ("connect", "in progress"), ("connect", "ECONNREFUSED"), ("close", "ok")]


def test_pings_are_told_apart_by_their_programs() -> None:
    replay = replayed(
        TWO_HOSTS
        + """
programs: {client: [ping: localhost], server: [ping: client]}
expect: [{output: {contains: 1 received}, host: client}, {output: {contains: 1 received}, host: server}]
"""
    )
    assert replay.ok
    ports = {port for port, _ in sent(replay)}
    assert ports == {"client:lo", "client:eth0", "server:eth0"}


def test_a_hung_scenario_ends_at_its_limit() -> None:
    replay = replayed(
        TWO_HOSTS + "programs: {client: [wait: 20s]}\nexpect: [{output: '', host: client}]", 100 * MILLISECOND
    )
    assert any("ended at its limit of 100ms" in remark for remark in replay.remarks)
    assert any(isinstance(event, Note) and "still waits for the end of a wait" in event.text for event in replay.trace)


def test_who_waits_for_ever_is_not_waited_for() -> None:
    """A server that nobody calls: the run ends when nothing can happen any more, as a simulated one does."""
    replay = replayed(TWO_HOSTS + "programs: {server: [listen: 80, accept]}\nexpect: [{output: '', host: server}]")
    assert replay.end_ns < 100 * MILLISECOND
    assert not any("limit" in remark for remark in replay.remarks)


def test_a_program_that_fails_fails_the_replay() -> None:
    replay = replayed(
        TWO_HOSTS + "programs: {client: [connect: 'server:80', send: x]}\nexpect: [{output: '', host: client}]"
    )
    assert not replay.ok and "ECONNREFUSED" in replay.verdicts[-1].why


def test_a_sysctl_is_set() -> None:
    text = TALK
    for host in ("client: 192.168.1.10/24", "server: 192.168.1.80/24"):
        name, address = host.split(": ")
        text = text.replace(host, f"{name}: {{address: {address}, sysctl: {{tcp_timestamps: 0}}}}")
    replay = replayed(text)
    syn = next(replay.trace.frames()).frame.payload
    assert isinstance(syn, Ipv4) and syn.payload.length == 32  # 20 + MSS 4 + SACK permitted 2 + window scale 3 + 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("[client -- server]", "['client -- server': {loss: 5%}]"), "the link client:eth0 -- server:eth0 loses"),
        (("expect:", "faults: [{drop: tcp, nth: 1}]\nexpect:"), "it has the fault"),
        (("expect:", "timeline: [{at: 1s, cut: client -- server}]\nexpect:"), "its timeline changes the network"),
        (("send: hello", "send to: {to: '192.168.1.255:9', text: x}"), "client speaks to 192.168.1.255"),
        (("server: 192.168.1.80/24", "server: {address: 192.168.1.80/24, sysctl: {tcp_sack: 0}}"), "different sysctls"),
    ],
)
def test_what_one_lo_cannot_carry_is_refused_with_a_way_out(change: tuple[str, str], reason: str) -> None:
    scenario = loads(TALK.replace(*change))
    with pytest.raises(SimnetError) as refusal:
        world_of(scenario, "loopback")
    assert reason in str(refusal.value) and "--on lab" in str(refusal.value)


@pytest.mark.parametrize(
    ("host", "reason"),
    [("profile: rfc", 'the profile "rfc"'), ("sysctl: {tcp_time_wait: 5s}", "sets tcp_time_wait, which no kernel")],
)
def test_hosts_that_no_kernel_can_be_are_refused(host: str, reason: str) -> None:
    text = TALK.replace("server: 192.168.1.80/24", f"server: {{address: 192.168.1.80/24, {host}}}")
    with pytest.raises(SimnetError, match=reason):
        world_of(loads(text), "loopback")


# --- where namespaces are refused


def refused(_: str) -> Stage:
    raise NamespacesRefused("this machine forbids private namespaces; allow them")


def plain(text: str) -> RealWorld:
    scenario = loads(text)
    reader = LoopbackReader(scenario)
    ways = [Way(refused, reader), Way(lambda refusal: PlainStage(scenario, refusal), PlainReader())]
    return RealWorld(scenario, ways=ways, network=reader.network, judged=lambda each: each.kind == "output")


def test_without_namespaces_the_ports_of_this_machine_serve(do: Do) -> None:
    """Programs are told their own addresses; who may not capture gets the socket calls."""

    def work() -> tuple[bool, list[str], list[tuple[str, str]], list[tuple[str, str]]]:
        world = plain(TALK)
        world.run()
        replay = world.result()
        calls = [(event.call, event.result) for event in replay.trace if isinstance(event, SocketCall)]
        return replay.ok, list(replay.remarks), sent(replay), calls

    ok, remarks, frames, calls = do(work)
    assert ok and "for this machine forbids private namespaces; allow them" in remarks[0]
    assert next(result for call, result in calls if call == "accept").startswith("4, 192.168.1.10:")
    if frames:
        assert [what for _, what in frames] == CONVERSATION
        assert frames[:2] == [("client:eth0", "SYN"), ("server:eth0", "SYN+ACK")]
    else:
        assert "only socket calls were recorded" in remarks[1] and "run as root" in remarks[1]


@pytest.mark.skipif(os.geteuid() != 0, reason="capturing this machine's own lo needs root")
def test_without_namespaces_errors_find_their_host_too() -> None:
    """The kernel's ICMP error quotes the datagram that nobody wanted."""
    world = plain(
        TWO_HOSTS
        + """
programs: {client: [connect udp: "server:9", send: x, receive: {fails: ECONNREFUSED}]}
expect: [{output: '', host: client}]
"""
    )
    world.run()
    replay = world.result()
    assert replay.ok and sent(replay) == [("client:eth0", "UDP 1 byte"), ("lo:lo", "ICMP port unreachable")]


def test_without_namespaces_nobody_can_ping() -> None:
    world = plain(TWO_HOSTS + "programs: {client: [ping: server]}\nexpect: [{output: '', host: client}]")
    with pytest.raises(SimnetError, match="pings, which needs addresses of its own, but this machine forbids"):
        world.run()


def test_without_any_way_the_reason_remains() -> None:
    scenario = loads(TALK)
    reader = LoopbackReader(scenario)
    world = RealWorld(scenario, ways=[Way(refused, reader)], network=reader.network, judged=bool)
    with pytest.raises(NamespacesRefused, match="this machine forbids"):
        world.run()


