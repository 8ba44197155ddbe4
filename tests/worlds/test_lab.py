"""The lab world: whole networks of the real kernel, seen at every port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from simnet.scenario.load import loads
from simnet.trace.conservation import Conservation
from simnet.trace.events import FaultFired, FrameArrived, FrameDropped, FrameDuplicated, FrameSent, LinkChanged, Note
from simnet.units import MILLISECOND
from simnet.wire.summary import summary
from simnet.worlds.real_world import Replay
from simnet.worlds.replay import world_of
from tests.worlds.conftest import Do, needs_namespaces

pytestmark = needs_namespaces

ROOT = Path(__file__).parent.parent.parent
PAIR = """
name: pair
hosts: {a: 10.0.0.1/24, b: 10.0.0.2/24}
links: [LINK]
programs: {a: [ping: {to: b, count: 2, interval: 50ms, timeout: 200ms}]}
expect: [{output: {contains: 2 received}, host: a}]
"""


def replayed(text: str) -> Replay:
    world = world_of(loads(text), "lab")
    world.run()
    return world.result()


def pair(link: str, rest: str = "") -> Replay:
    return replayed(PAIR.replace("LINK", link) + rest)


def verdicts(replay: Replay) -> list[tuple[str, str]]:
    return [(verdict.text, verdict.why) for verdict in replay.verdicts if not verdict.ok]


def at(replay: Replay, port: str) -> list[str]:
    """What a port sent and received."""
    marks = {FrameSent: "->", FrameArrived: "<-"}
    return [
        f"{marks[type(event)]} {summary(event.frame)}"
        for event in replay.trace
        if isinstance(event, FrameSent | FrameArrived) and event.port == port
    ]


def test_a_router_between_a_switch_and_a_hub(do: Do) -> None:
    """ARP, flooding, MAC rewriting and TTL of the real kernel, as expectations of the scenario."""
    text = """
name: mixed
hosts:
  a: {address: 10.0.1.1/24, gateway: 10.0.1.254}
  b: {address: 10.0.2.1/24, gateway: 10.0.2.254}
  idle: 10.0.2.9/24
switches: [s]
hubs: [h]
routers: {r: {left: 10.0.1.254/24, right: 10.0.2.254/24}}
links: [a -- s, s -- r:left, r:right -- h, h -- b, h -- idle]
programs:
  b: [listen: 80, accept, receive: 2, send: ho, receive: end, wait: 60ms, close]
  a: [connect: b:80, send: hi, receive: 2, wait: 60ms, shutdown, receive: end, close]
expect:
  - {output: hi, host: b}
  - {hop: r, rewritten: [eth.src, eth.dst, ip.checksum], kept: [ip.src, tcp.seq, tcp.checksum], changed: {ip.ttl: -1}}
  - {hop: s, kept: [eth.src, eth.dst, ip.ttl]}
  - {hop: h, kept: [eth.src, eth.dst, ip.ttl]}
  - {always: ip.ttl == 63, matching: tcp.dstport == 80, seen: r -> h}
  - {count: {at least: 11}, matching: tcp, seen: "idle:eth0"}
  - frames: [SYN, SYN+ACK, ACK, PSH+ACK 2, ACK, PSH+ACK 2, ACK, FIN+ACK, ACK, FIN+ACK, ACK]
    seen: "a:eth0"
    matching: tcp
"""

    def work() -> tuple[list[tuple[str, str]], list[str], int, list[str]]:
        replay = replayed(text)
        counts = Conservation()
        for event in replay.trace:
            counts.put(event)
        return verdicts(replay), list(replay.unjudged), replay.lost, counts.violations

    failures, unjudged, lost, violations = do(work)
    assert failures == [] and unjudged == [] and lost == 0 and violations == []


def test_a_gateway_translates_and_forwards(do: Do) -> None:
    text = """
name: nat
hosts:
  inside: {address: 192.168.1.2/24, gateway: 192.168.1.1}
  outside: 203.0.113.80/24
gateways: {g: {inside: 192.168.1.1/24, outside: 203.0.113.1/24, forwards: {tcp 8080: "192.168.1.2:80"}}}
links: [inside -- g:inside, g:outside -- outside]
programs:
  outside:
    web: [listen: 80, accept, send: out, close]
    visitor: {start: {after: inside/diary listens}, steps: [connect: "g:8080", receive: end, close]}
  inside:
    browser: [connect: {to: "outside:80", local: 40000}, receive: end, close]
    diary: [listen: 80, accept, send: in, close]
expect:
  - {output: out, host: inside, program: browser}
  - {output: in, host: outside, program: visitor}
  - {never: ip.addr in 192.168.0.0/16, seen: g:outside -- outside}
  - {hop: g, matching: tcp.srcport == 40000, rewritten: [ip.src, tcp.checksum], kept: [tcp.seq], changed: {ip.ttl: -1}}
"""
    assert do(lambda: verdicts(replayed(text))) == []


def test_a_long_cable_delays(do: Do) -> None:
    """The relay's own delay comes on top, and how late a busy machine is, which is measured."""

    def work() -> tuple[bool, list[int], int]:
        replay = pair("'a -- b': {delay: 20ms}")
        sent = {event.frame.id: event.time for event in replay.trace.frames()}
        took = [event.time - sent[event.frame.id] for event in replay.trace if isinstance(event, FrameArrived)]
        return replay.ok, took, replay.late

    ok, took, late = do(work)
    assert ok and len(took) >= 6 and min(took) >= 20 * MILLISECOND
    assert max(took) < 25 * MILLISECOND + 4 * late


def test_faults_hit_what_they_are_meant_for() -> None:
    replay = pair("a -- b", "faults: [{drop: icmp.type == 8, nth: 1}, {duplicate: icmp.type == 0, nth: 1}]\n")
    assert [text for text, _ in verdicts(replay)] == ["output: {contains: 2 received}, host: a"]
    events = list(replay.trace)
    dropped = [summary(event.frame) for event in events if isinstance(event, FrameDropped)]
    assert dropped == ["ICMP echo request id 1 seq 1"]
    (copy,) = [event.frame for event in events if isinstance(event, FrameDuplicated)]
    assert copy.parent in {event.frame.id for event in events if isinstance(event, FrameSent)}
    assert sum(isinstance(event, FaultFired) for event in events) == 2
    assert at(replay, "a:eth0").count("<- ICMP echo reply id 1 seq 2") == 2


def test_a_fault_that_never_fires_fails_the_replay() -> None:
    replay = pair("a -- b", "faults: [{drop: tcp, nth: 1}]\n")
    assert ("fault drop: tcp, nth: 1 fires", "it never fired; look at its filter, or remove it") in verdicts(replay)


def test_corruption_changes_the_frame_but_not_which_it_is() -> None:
    replay = pair("a -- b", "faults: [{corrupt: icmp.type == 8, nth: 1, byte: 50}]\n")
    sent = {event.frame.id: event.frame for event in replay.trace.frames()}
    arrived = [event.frame for event in replay.trace if isinstance(event, FrameArrived)]
    changed = [frame for frame in arrived if frame != sent[frame.id]]
    assert len(changed) == 1 and changed[0].length == sent[changed[0].id].length


def test_a_cable_is_cut_and_mended() -> None:
    replay = replayed(
        """
name: cut
hosts: {a: 10.0.0.1/24, b: 10.0.0.2/24}
links: [a -- b]
programs:
  a: [ping: b, wait: 200ms, ping: {to: b, timeout: 100ms, fails: ETIMEDOUT}, wait: 1s, ping: b]
timeline: [{at: 100ms, cut: a -- b}, {at: 600ms, mend: a -- b}]
expect: [{output: {contains: no answer}, host: a}]
"""
    )
    assert verdicts(replay) == []
    changes = [event for event in replay.trace if isinstance(event, LinkChanged)]
    assert [event.change for event in changes] == ["cut", "mended"]
    cut, mended = changes
    arrived = [event.time for event in replay.trace if isinstance(event, FrameArrived) and event.port == "b:eth0"]
    assert min(arrived) < cut.time and max(arrived) > mended.time
    assert not any(cut.time < time < mended.time for time in arrived)
    # The kernel hears of a lost carrier up to a second later (net/core/link_watch.c).  If it has when the second ping
    # begins, it has forgotten b, and the request waits for ARP's answer: then it too arrives, after the repair.
    assert at(replay, "b:eth0").count("<- ICMP echo request id 1 seq 1") in (2, 3)


def test_a_cable_is_moved_and_the_switch_learns_anew() -> None:
    replay = replayed(
        """
name: move
hosts: {a: 10.0.0.1/24, b: 10.0.0.2/24}
switches: [s]
links: [a -- s, b -- s]
programs: {a: [ping: b, wait: 1200ms, ping: b]}
timeline: [{at: 100ms, move: a, to: s:p3}]
expect: [{output: {contains: 1 received}, host: a}]
"""
    )
    assert verdicts(replay) == []
    assert at(replay, "s:p1")[-1] == "-> ICMP echo reply id 1 seq 1"
    assert at(replay, "s:p3")[0] == "<- ICMP echo request id 1 seq 1"
    came_to = {event.frame.id: event.port for event in replay.trace if isinstance(event, FrameArrived)}
    forwarded = [event.frame.parent for event in replay.trace.frames() if event.port == "s:p2"]
    assert came_to[forwarded[0]] == "s:p1" and came_to[forwarded[-1]] == "s:p3"


def test_loss_is_seen_and_tcp_repairs_it() -> None:
    replay = replayed(
        """
name: lossy
seed: 3
hosts: {a: 10.0.0.1/24, b: 10.0.0.2/24}
links: ['a -- b': {rate: 50mbps, delay: 2ms, loss: 3%}]
programs:
  b: [listen: 80, accept, receive: end, close]
  a: [connect: b:80, send: {bytes: 200kB}, shutdown, receive: end, close]
expect:
  - {output: {bytes: 200kB}, host: b}
  - {dropped: {at least: 1}, because: loss, seen: a -- b}
"""
    )
    assert verdicts(replay) == []


def test_names_that_the_kernel_would_not_take() -> None:
    replay = replayed(
        """
name: names
hosts: {a: {address: 10.0.0.1/24, gateway: 10.0.0.254}, b: {address: 10.0.1.1/24, gateway: 10.0.1.254}}
routers: {r: {a-port-with-a-very-long-name: 10.0.0.254/24, lo: 10.0.1.254/24}}
links: [a -- r:a-port-with-a-very-long-name, r:lo -- b]
programs: {a: [ping: b]}
expect: [{output: {contains: 1 received}, host: a}]
"""
    )
    assert verdicts(replay) == []


@pytest.mark.parametrize("world", ["loopback", "lab"])
def test_kill_9_leaves_nothing(tmp_path: Path, world: str) -> None:
    """No process, no namespace, no interface of this machine."""
    file = tmp_path / "long.yaml"
    link = "'a -- b': {delay: 10ms}" if world == "lab" else "a -- b"
    file.write_text(PAIR.replace("LINK", link).replace("interval: 50ms", "interval: 30s"))
    interfaces = sorted(os.listdir("/sys/class/net"))
    outside = os.readlink("/proc/self/ns/net")
    made: set[str] = set()
    command = [sys.executable, "-m", "simnet", "replay", str(file), "--on", world]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 10
        while len(made) < (3 if world == "lab" else 1):
            assert time.monotonic() < deadline, "it has made no namespaces"
            time.sleep(0.05)
            made |= _namespaces(_family(process.pid)) - {outside}
        time.sleep(0.3)
        made |= _namespaces(_family(process.pid)) - {outside}
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while made & _namespaces(["[0-9]*"]):
        assert time.monotonic() < deadline, "namespaces are left"
        time.sleep(0.02)
    assert sorted(os.listdir("/sys/class/net")) == interfaces


def _family(pid: int) -> list[str]:
    """The process and its descendants."""
    family = [str(pid)]
    for member in family:
        with suppress(OSError):  # it may end meanwhile
            for children in Path(f"/proc/{member}/task").glob("*/children"):
                family += children.read_text("ascii").split()
    return family


def _links(process: str) -> Iterator[Path]:
    yield from Path("/proc").glob(f"{process}/ns/net")
    yield from Path("/proc").glob(f"{process}/fd/*")


def _namespaces(processes: Sequence[str]) -> set[str]:
    """The network namespaces that `processes`, numbers or patterns in /proc, are in or have open."""
    found = set()
    for link in (link for process in processes for link in _links(process)):
        try:
            target = os.readlink(link)
        except OSError:
            continue
        if target.startswith("net:"):
            found.add(target)
    return found


def test_the_timeline_changes_cables_and_hosts() -> None:
    replay = replayed(
        """
name: timeline
hosts: {a: 10.0.0.1/24, b: 10.0.0.2/24}
links: [a -- b]
programs: {a: [ping: b, wait: 300ms, ping: b]}
timeline:
  - {at: 100ms, change: a -- b, to: {delay: 30ms}}
  - {at: 100ms, sysctl: {ip_default_ttl: 7}, host: a}
  - {at: 150ms, note: now it takes longer}
expect:
  - {count: 1, matching: icmp.type == 8 && ip.ttl == 7}
  - {output: {contains: 1 received}, host: a}
"""
    )
    assert verdicts(replay) == []
    notes = [event.text for event in replay.trace if isinstance(event, Note)]
    assert notes == ["ip_default_ttl is now 7", "now it takes longer"]
    replies = [event.time for event in replay.trace if isinstance(event, FrameSent) and event.port == "b:eth0"]
    requests = [event.time for event in replay.trace if isinstance(event, FrameSent) and event.port == "a:eth0"]
    assert replies[-1] - requests[-1] >= 30 * MILLISECOND


def test_the_kernels_tables_are_looked_up_when_asked_for() -> None:
    """What the bridge learned and forgot, and how far ARP has come, at set times and at the end."""
    replay = replayed(
        """
name: tables
hosts: {a: 10.0.0.1/24, b: 10.0.0.2/24}
switches: {s: {ageing: 1s}}
links: [a -- s, b -- s]
programs:
  a: [wait: 100ms, ping: b, wait: 200ms, connect: b:80, wait: 300ms, close]
  b: [listen: 80, accept, receive: end, wait: 100ms, close]
expect:
  - {sockets: {ESTABLISHED: 1, TIME-WAIT: 0}, host: a, at: 450ms}
  - {sockets: {ESTABLISHED: 0, TIME-WAIT: 1}, host: a}
  - {table: mac, device: s, at: 50ms, rows: []}
  - {table: mac, device: s, at: 200ms, rows: [{mac: a, port: p1}, {mac: b, port: p2}]}
  - {table: arp, device: a, at: 200ms, rows: [{ip: b, mac: b, port: eth0, state: REACHABLE}]}
  - {table: arp, device: b, at: 200ms, rows: [{ip: a, mac: a, state: DELAY}]}
  - {table: mac, device: s, after: {nth: 1}, rows: []}
"""
    )
    assert verdicts(replay) == [] and len(replay.verdicts) == 6 and len(replay.unjudged) == 1
