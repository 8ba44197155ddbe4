"""The Python API: the same words, the same values, the same problems as YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from simnet.errors import ScenarioError
from simnet.scenario.load import load
from simnet.scenario.network import Network
from simnet.scenario.position import NOWHERE, Position
from simnet.scenario.values import Scenario
from simnet.units import kbps, mbps, ms, seconds, us
from simnet.wire.addresses import Prefix


def _comparable(value: Any) -> Any:
    """`value` without positions, texts and file names, which differ by their nature."""
    if isinstance(value, Position):
        return NOWHERE
    if isinstance(value, Prefix):
        return str(value)
    if isinstance(value, msgspec.Struct):
        left_out = {"text", "file"}
        names = [name for name in value.__struct_fields__ if name not in left_out]
        return type(value).__name__, {name: _comparable(getattr(value, name)) for name in names}
    if isinstance(value, (tuple, list)):
        return [_comparable(item) for item in value]
    return value


def _handshake() -> Network:
    about = "A client behind a router opens a connection, asks once, and closes."
    net = Network(name="handshake", about=about, seed=7)
    client = net.host("client", "192.168.1.10/24", gateway="192.168.1.1")
    server = net.host("server", "10.0.0.80/24", gateway="10.0.0.1")
    s1 = net.switch("s1")
    r1 = net.router("r1", {"lan": "192.168.1.1/24", "wan": "10.0.0.1/24"})
    net.link(client, s1)
    net.link(s1, r1.port("lan"))
    net.link(r1.port("wan"), server, rate=mbps(100), delay=ms(5))
    server.program(
        [
            {"listen": 8080}, "accept", {"receive": 5}, {"send": "world"}, {"receive": "end"}, {"wait": ms(100)},
            "close",
        ]
    )  # fmt: skip
    net.program(
        client,
        [{"connect": "server:8080"}, {"send": "hello"}, {"receive": 5}, "shutdown", {"receive": "end"}, "close"],
    )
    net.expect(
        frames=[
            "SYN", "SYN+ACK", "ACK", "PSH+ACK 5", "ACK", "PSH+ACK 5", "ACK", "FIN+ACK", "ACK", "FIN+ACK", "ACK",
        ],
        seen="client:eth0",
        matching="tcp.port == 8080",
    )  # fmt: skip
    net.expect(
        hop=r1,
        rewritten=["eth.src", "eth.dst", "ip.checksum"],
        kept=["ip.src", "ip.dst", "tcp.seq", "tcp.checksum"],
        changed={"ip.ttl": -1},
    )
    net.expect(
        states=["CLOSED", "SYN-SENT", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT"], host=client
    )
    net.expect(output="hello", host=server)
    net.expect(output="world", host=client)
    return net


def test_says_the_same_as_the_shipped_handshake(project: Path) -> None:
    from_yaml = load(project / "scenarios" / "handshake.yaml")
    assert _comparable(_handshake().scenario()) == _comparable(from_yaml)


def test_a_network_may_be_read_again_after_more_calls() -> None:
    net = _handshake()
    first = net.scenario()
    net.expect(never="udp")
    assert len(net.scenario().expect) == len(first.expect) + 1


def _scenario() -> Scenario:
    net = Network(until=seconds(10))
    pc = net.host("pc", ports={"eth0": {"address": "192.168.1.2/24", "mtu": 1400}}, profile="rfc", position=(1, 2.5))
    far = net.host("far", "203.0.113.9/24", mac="02:00:00:00:00:09", sysctl={"tcp_fin_timeout": seconds(5)})
    home = net.gateway(
        "home",
        inside="192.168.1.1/24",
        outside={"address": "203.0.113.1/24"},
        forwards={"tcp 8080": "192.168.1.2:80"},
    )
    hub = net.hub("h", position=(0, 0))
    switch = net.switch("s", ageing=seconds(10))
    net.link(pc, home.port("inside"), loss=0.05, jitter=us(10), burst_loss={"enter": 0.01, "leave": 0.5})
    net.link(home.port("outside"), hub, there={"rate": kbps(64)}, back={"queue": 3})
    net.link(hub, switch, reorder={"share": 0.1, "by": ms(2)}, mtu=1400)
    net.link(switch, far, corrupt="1%", duplicate=0, delay="3ms")
    net.program(pc, [{"send to": {"to": "far:53", "text": "x"}}], name="ask")
    net.program(pc, [{"repeat": 2, "steps": [{"open udp": {"options": {"broadcast": True}}}]}], name="more")
    far.program([{"listen": 80}, "accept", {"send": b"\xff\x00"}], start={"after": "pc/ask ends", "wait": ms(1)})
    net.fault(drop="udp", nth=[1, 2], link=f"{pc} -> {home}")
    net.timeline(at=seconds(1), change="s -- far", to={"delay": ms(9)})
    net.timeline(at=seconds(2), cut=f"{pc} -- {home}")
    net.expect(dropped={"at least": 1}, because="fault")
    return net.scenario()


def test_numbers_are_nanoseconds_bits_per_second_and_shares() -> None:
    scenario = _scenario()
    first, second, third, fourth = scenario.links
    assert (first.there.loss, first.there.jitter) == (0.05, 10_000)
    assert first.there.burst_loss is not None and first.there.burst_loss.leave == 0.5
    assert (second.there.rate, second.back.rate, second.back.queue) == (64_000, 1_000_000_000, 3)
    assert (third.there.reorder, third.there.reorder_by, third.there.mtu) == (0.1, 2_000_000, 1400)
    assert (fourth.there.corrupt, fourth.there.duplicate, fourth.there.delay) == (0.01, 0.0, 3_000_000)
    assert scenario.until == 10_000_000_000
    assert scenario.hosts[1].sysctl == {"tcp_fin_timeout": 5_000_000_000}
    assert scenario.hosts[0].drawn_at == (1.0, 2.5)


def test_programs_faults_and_timeline() -> None:
    scenario = _scenario()
    assert [(program.host, program.name) for program in scenario.programs] == [
        ("pc", "ask"), ("pc", "more"), ("far", "main"),
    ]  # fmt: skip
    start = scenario.programs[2].start
    assert (start.host, start.program, start.event, start.delay) == ("pc", "ask", "ends", 1_000_000)
    assert msgspec.structs.asdict(scenario.programs[2].steps[2])["data"] == b"\xff\x00"
    assert scenario.faults[0].senders == ("pc:eth0",)
    assert [entry.time for entry in scenario.timeline] == [1_000_000_000, 1_000_000_000, 2_000_000_000]


def test_a_problem_names_the_line_of_the_call() -> None:
    net = Network()
    net.host("a", "10.0.0.1/24")
    net.link("a", "b")
    line = _line_of('net.link("a", "b")')
    with pytest.raises(ScenarioError) as caught:
        net.scenario()
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == (__file__, line)
    assert problem.text == 'no device is called "b"'


def _line_of(text: str) -> int:
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.strip() == text)


def test_two_devices_of_one_name_are_refused_at_the_call() -> None:
    net = Network()
    net.host("a")
    with pytest.raises(ScenarioError, match='"a" is declared already'):
        net.host("a")


def test_a_second_program_needs_a_name() -> None:
    net = Network()
    net.program("a", ["accept"])
    with pytest.raises(ScenarioError, match="a has a program already; give each of them a name"):
        net.program("a", ["accept"])


def test_what_cannot_stand_in_a_scenario_is_refused_at_the_call() -> None:
    net = Network()
    with pytest.raises(TypeError, match="a scenario is made of text, numbers, lists and dicts; found object"):
        net.expect(output=object())


def test_functions_on_hosts_come_later() -> None:
    host = Network().host("a")
    with pytest.raises(ScenarioError) as caught:
        host.run(print)
    (problem,) = caught.value.problems
    assert problem.line == _line_of("host.run(print)")
    text = "running Python functions on a host comes later; for now write print as steps: a.program([...])"
    assert problem.text == text
