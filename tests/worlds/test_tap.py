"""The joined world: real programs on a real kernel talk to simulated hosts, in real time, by both ways."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from simnet.errors import SimnetError
from simnet.scenario.content import numbered
from simnet.scenario.load import loads
from simnet.scenario.values import Scenario
from simnet.trace.events import FrameArrived, FrameDropped, FrameSent
from simnet.trace.network import Kind
from simnet.units import MILLISECOND, SECOND
from simnet.wire.addresses import ip_text, parse_interface, parse_ip
from simnet.wire.summary import summary
from simnet.worlds.simulated import Result
from simnet.worlds.tap import TIMED_OUT, TapReport, TapWorld
from simnet.worlds.tap_plan import Plan, plan
from tests.worlds.conftest import Do, in_child

ROOT = Path(__file__).parent.parent.parent
LIMIT = 60 * SECOND
PATIENCE = 240 * SECOND
SIZE = 10_000_000
NET = """
name: two-routers
hosts:
  far: {address: 10.0.2.80/24, gateway: 10.0.2.1}
switches: [s1]
routers:
  r1: {lan: 10.0.0.1/24, far: 10.0.1.1/24}
  r2: {near: 10.0.1.2/24, lan: 10.0.2.1/24}
links: ["s1 -- r1:lan", "r1:far -- r2:near", "r2:lan -- far"]
"""
SERVES = """
programs:
  far:
    - listen: 80
    - accept
    - receive: {up to: 4096}
    - send: "HTTP/1.0 200 OK\\r\\n\\r\\n"
    - send: {bytes: 10000000}
    - shutdown
    - receive: end
    - close
"""
FETCHES = """
programs:
  far: {main: {start: 1s, steps: [connect: "10.0.0.2:8000", send: GET, receive: end, close]}}
"""
LINES = """
def numbered(size):
    letters = b"abcdefghijklmnopqrstuvw"
    lines = (b"%07d %s\\n" % (at % 1000000, letters) for at in range(0, size, 32))
    return b"".join(lines)[:size]
"""
PROBES = """
import socket, struct, sys
def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
raw.settimeout(3)
found = []
for ttl in (1, 2, 3, 64):
    raw.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
    head = struct.pack("!BBHHH", 8, 0, 0, 7, ttl)
    raw.sendto(struct.pack("!BBHHH", 8, 0, checksum(head + b"ping"), 7, ttl) + b"ping", ("10.0.2.80", 0))
    data, (source, _) = raw.recvfrom(2000)
    found.append((data[20], source))
want = [(11, "10.0.0.1"), (11, "10.0.1.2"), (0, "10.0.2.80"), (0, "10.0.2.80")]
sys.exit(0 if found == want else f"found {found}")
"""
DOWNLOAD = """
import socket, sys
with socket.create_connection(("10.0.2.80", 80), 20) as sock:
    sock.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
    with sock.makefile("rb") as stream:
        data = stream.read()
head, _, body = data.partition(b"\\r\\n\\r\\n")
sys.exit(0 if head == b"HTTP/1.0 200 OK" and body == numbered(10000000) else f"{len(body)} bytes differ")
"""
UPLOAD = """
import socket
with socket.create_server(("10.0.0.2", 8000)) as door:
    door.settimeout(20)
    sock, peer = door.accept()
    assert peer[0] == "10.0.2.80" and sock.recv(3) == b"GET"
    sock.sendall(numbered(10000000))
    sock.shutdown(socket.SHUT_WR)
    assert sock.recv(1) == b""
"""

LOSSY = NET.replace('"s1 -- r1:lan"', '{"s1 -- r1:lan": {loss: 2%}}')
SERVES_BOTH = """
programs:
  far: [listen: 80, accept, receive: 10000000, send: {bytes: 10000000}, shutdown, receive: end, close]
"""
ASKS_BOTH = """
programs:
  far:
    main:
      start: 1s
      steps:
        - connect: "10.0.0.2:8000"
        - send: {bytes: 10000000}
        - receive: 10000000
        - shutdown
        - receive: end
        - close
"""
CLIENT = """
import socket, sys
mine = numbered(10000000)
with socket.create_connection(("10.0.2.80", 80), 15) as sock, sock.makefile("rb") as stream:
    sock.settimeout(None)
    sock.sendall(mine)
    sys.exit(0 if stream.read() == mine else "bytes differ")
"""
SERVER = """
import socket, sys
mine = numbered(10000000)
with socket.create_server(("10.0.0.2", 8000)) as door:
    door.settimeout(15)
    sock, _ = door.accept()
    with sock, sock.makefile("rb") as stream:
        sock.settimeout(None)
        found = stream.read(len(mine))
        sock.sendall(mine)
        sock.shutdown(socket.SHUT_WR)
        sys.exit(0 if found == mine and stream.read() == b"" else "bytes differ")
"""
TAGGED = """
import socket
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
    sock.bind(("eth0", 0))
    sock.send(bytes.fromhex("ffffffffffff 020000000009 8100 0007 88b5") + bytes(46))
"""

both_ways = pytest.mark.parametrize("way", ["tap", "veth"])
on_linux = pytest.mark.usefixtures("namespaces")


def python(code: str) -> list[str]:
    """A command line for `code`; nobody may not be able to read the virtual environment, so it is the system's."""
    return ["/usr/bin/python3", "-I", "-S", "-c", code]


def joined(
    text: str, command: Sequence[str], way: str, at: str = "s1:p9", limit: int = LIMIT
) -> tuple[Result, TapReport]:
    world = TapWorld(plan(loads(text), at))
    world.run(command, ways=[way], limit=limit)
    return world.result(), world.report()


@pytest.fixture(autouse=True)
def what_it_takes(request: pytest.FixtureRequest) -> None:
    """Skips what this machine cannot do, with the reason."""
    if "way" not in request.fixturenames:
        return
    if not os.access("/usr/bin/python3", os.X_OK):
        pytest.skip("needs /usr/bin/python3, which everybody may run")
    if request.getfixturevalue("way") == "tap":
        do = request.getfixturevalue("do") if "do" in request.fixturenames else in_child
        if not do(lambda: os.access("/dev/net/tun", os.R_OK | os.W_OK)):
            pytest.skip("/dev/net/tun is missing or not permitted to this user: sudo chmod 666 /dev/net/tun")


@on_linux
@both_ways
def test_ping_and_traceroute_of_the_kernel_cross_two_routers(do: Do, way: str) -> None:
    def work() -> tuple[int, str, int, int, list[str], list[tuple[str, str]]]:
        result, report = joined(NET, python(PROBES), way)
        seen = [
            f"{'->' if isinstance(event, FrameSent) else '<-'} {summary(event.frame)}"
            for event in result.trace.at_port("kernel:eth0").matching("icmp")
            if isinstance(event, FrameSent | FrameArrived)
        ]
        failures = [(verdict.text, verdict.why) for verdict in result.verdicts if "expectations" not in verdict.text]
        return report.code, report.way, report.lost, report.refused, seen, failures

    code, used, lost, refused, seen, failures = do(work)
    assert (code, used, lost, refused, failures) == (0, way, 0, 0, [])
    assert [line[:2] for line in seen] == ["->", "<-"] * 4


@on_linux
@both_ways
def test_a_real_client_fetches_ten_megabytes_from_a_simulated_server(do: Do, way: str) -> None:
    def work() -> tuple[int, int]:
        result, report = joined(NET + SERVES, python(LINES + DOWNLOAD), way)
        carried = sum(
            isinstance(event, FrameArrived) and event.port == "kernel:eth0" for event in result.trace
        )
        return report.code, carried - report.to_kernel

    assert do(work) == (0, 0)


@on_linux
@both_ways
def test_a_simulated_client_fetches_ten_megabytes_from_a_real_server(do: Do, way: str) -> None:
    def work() -> tuple[int, bool, list[str]]:
        result, report = joined(NET + FETCHES, python(LINES + UPLOAD), way)
        failures = [verdict.text for verdict in result.verdicts if "program" in verdict.text]
        return report.code, result.output["far"].encode() == numbered(SIZE), failures

    assert do(work) == (0, True, [])


@pytest.mark.slow
@on_linux
@both_ways
@pytest.mark.parametrize(("programs", "peer"), [(SERVES_BOTH, CLIENT), (ASKS_BOTH, SERVER)], ids=["server", "client"])
def test_ten_megabytes_each_way_over_a_link_that_loses_frames(way: str, programs: str, peer: str) -> None:
    """2 % of them in both directions; the simulated host is the server, then the client."""

    def work() -> tuple[int, bool, bool]:
        result, report = joined(LOSSY + programs, python(LINES + peer), way, limit=PATIENCE)
        lost = sum(isinstance(event, FrameDropped) for event in result.trace)
        return report.code, result.output["far"].encode() == numbered(SIZE), lost > 300

    assert in_child(work) == (0, True, True)


@on_linux
@both_ways
def test_the_kernels_vlan_tags_are_kept(do: Do, way: str) -> None:
    def work() -> list[int]:
        result, _ = joined(NET, python(TAGGED), way)
        sent = result.trace.at_port("kernel:eth0").frames()
        return [event.frame.tag for event in sent if event.frame.ethertype == 0x88B5]

    assert do(work) == [7]


@on_linux
@both_ways
def test_curl_fetches_ten_megabytes(do: Do, way: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    fetch = 'test "$(curl -s --max-time 50 http://10.0.2.80/ | wc -c)" = 10000000'

    assert do(lambda: joined(NET + SERVES, ["sh", "-c", fetch], way)[1].code) == 0


@on_linux
def test_a_new_port_of_a_router_is_reached_by_all(do: Do) -> None:
    def work() -> int:
        connect = "import socket; socket.create_connection(('10.0.2.80', 80), 3).sendall(b'!')"
        text = NET + "programs: {far: [listen: 80, accept, receive: 1, close]}\n"
        result, report = joined(text, python(connect), "veth", at="r1")
        return report.code if result.output["far"] == "!" else -1

    assert do(work) == 0


@on_linux
def test_the_kernel_feels_the_delay_of_simulated_links(do: Do) -> None:
    """A round trip takes what the links say, and not much more; on a busy machine the report says how much more."""
    ask = """
import socket, sys, time
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.settimeout(3)
took = []
for _ in range(6):  # the first waits for ARP, and any may wait for a processor
    start = time.monotonic()
    sock.sendto(b"x", ("10.0.2.80", 7))
    sock.recv(10)
    took.append(time.monotonic() - start)
sys.exit(round(min(took) * 1000))
"""
    echo = "programs: {far: [open udp: 7, {repeat: 6, steps: [receive from, reply]}, close]}\n"
    text = NET.replace('"r1:far -- r2:near"', '{"r1:far -- r2:near": {delay: 20ms}}')

    def work() -> tuple[int, int]:
        _, report = joined(text + echo, python(ask), "veth")
        return report.code, report.latest // MILLISECOND

    took, latest = do(work)
    assert 40 <= took <= 45 + 4 * latest


@on_linux
@pytest.mark.parametrize(
    ("script", "code"), [("exit 7", 7), ("kill -TERM $$", 143), ("exec sleep 30", TIMED_OUT)]
)
def test_the_code_of_the_program_is_passed_on(script: str, code: int) -> None:
    def work() -> int:
        return TapWorld(plan(loads(NET), "s1")).run(["sh", "-c", script], ways=["veth"], limit=SECOND // 2)

    assert in_child(work) == code


@on_linux
def test_programs_know_the_names_of_simulated_hosts_and_see_only_themselves(do: Do) -> None:
    """By files that exist in their sight alone."""
    script = "grep -q '^10.0.2.80 far$' /etc/hosts || exit 77; ps=$(echo /proc/[0-9]*); test ${#ps} -lt 99 || exit 78"
    before = Path("/etc/hosts").read_text()
    code = do(lambda: joined(NET, ["sh", "-c", script], "veth")[1].code)
    if code in (77, 78):
        pytest.skip("this kernel lets us mount nothing over /etc/hosts or /proc")
    assert code == 0
    assert Path("/etc/hosts").read_text() == before


# --- the whole command


def start(tmp_path: Path, *words: str) -> subprocess.Popen[str]:
    file = tmp_path / "net.yaml"
    file.write_text(NET)
    command = [sys.executable, "-m", "simnet", "tap", str(file), "--at", "s1", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, text=True, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe)


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@on_linux
def test_ctrl_c_keeps_the_trace(tmp_path: Path) -> None:
    trace = tmp_path / "kept.jsonl"
    send = "import socket; socket.socket(2, 2).sendto(b'x', ('10.0.2.80', 9))"
    script = f'{sys.executable} -c "{send}"; sleep 0.1; echo ready; exec sleep 60'
    process = start(tmp_path, "--trace", str(trace), "--", "sh", "-c", script)
    assert first_line(process) == "ready"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "lateness" in errors and "UDP" in errors
    assert '"kernel:eth0"' in trace.read_text()


@on_linux
@pytest.mark.parametrize("way", ["tap", "veth"])
def test_kill_9_leaves_nothing_behind(tmp_path: Path, way: str) -> None:
    """Not even what the program has put in the background: process and network namespace are gone."""
    mark = f"31{os.getpid() % 100000:05}"
    script = f"sleep {mark} & setsid sleep {mark} & readlink /proc/thread-self/ns/net; wait"
    process = start(tmp_path, "--by", way, "--", "sh", "-c", script)
    namespace = first_line(process)
    assert namespace.startswith("net:") and namespace in holders()
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        assert stream is not None
        stream.close()
    deadline = time.monotonic() + 5
    while left := [line for line in running() if mark in line] or [each for each in holders() if each == namespace]:
        assert time.monotonic() < deadline, left
        time.sleep(0.01)


def running() -> list[str]:
    return [_read(path) for path in Path("/proc").glob("[0-9]*/cmdline")]


def holders() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/ns/net"):
        try:
            found.append(os.readlink(path))
        except OSError:
            pass
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


@on_linux
@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "expected a program to run, after --"),
        (["--pcap", "-", "--", "true"], "standard output is the program's"),
        (["--gateway", "10.0.0", "--", "true"], "10.0.0"),
        (["--", "no-such-program-here"], "no-such-program-here is not installed"),
    ],
)
def test_wrong_use_is_explained(tmp_path: Path, words: list[str], why: str) -> None:
    process = start(tmp_path, *words)
    _, errors = process.communicate("", timeout=20)
    assert process.returncode == 2 and why in errors


# --- the plan


def planned(at: str, address: str = "", gateway: str = "", scenario: Scenario | None = None) -> Plan:
    return plan(
        loads(NET) if scenario is None else scenario,
        at,
        address=parse_interface(address) if address else None,
        gateway=parse_ip(gateway) if gateway else None,
    )


def words(plan: Plan) -> str:
    own, via = plan.interface, plan.host.gateway
    assert own.address is not None and own.prefix is not None
    return f"{plan.link.b} {ip_text(own.address)}/{own.prefix.length} via {'-' if via is None else ip_text(via)}"


@pytest.mark.parametrize(
    ("at", "address", "gateway", "outcome"),
    [
        ("s1", "", "", "s1:p2 10.0.0.2/24 via 10.0.0.1"),
        ("s1:p9", "", "", "s1:p9 10.0.0.2/24 via 10.0.0.1"),
        ("s1:p9", "10.0.0.77/24", "", "s1:p9 10.0.0.77/24 via 10.0.0.1"),
        ("s1:p9", "10.7.0.77/24", "", "s1:p9 10.7.0.77/24 via -"),
        ("s1:p9", "10.7.0.77/24", "10.7.0.1", "s1:p9 10.7.0.77/24 via 10.7.0.1"),
        ("r1", "", "", "r1:tap 10.254.0.2/24 via 10.254.0.1"),
        ("r2:dmz", "172.16.0.9/16", "", "r2:dmz 172.16.0.9/16 via 172.16.0.1"),
        ("r2:dmz", "172.16.0.9/16", "172.16.0.4", "r2:dmz 172.16.0.9/16 via 172.16.0.4"),
        ("far", "", "", "far:tap 10.254.0.2/24 via -"),
    ],
)
def test_port_address_and_gateway_are_chosen(at: str, address: str, gateway: str, outcome: str) -> None:
    assert words(planned(at, address, gateway)) == outcome


def test_a_port_without_a_cable_is_used_before_a_new_one() -> None:
    text = "name: n\nhosts: {a: 10.0.0.1/24, b: 10.0.0.2/24}\nrouters: {r: {in: 10.0.0.3/24, out: 10.9.0.1/24}}\n"
    scenario = loads(text + "links: [a -- r:in]\n")
    assert words(planned("r", scenario=scenario)) == "r:out 10.9.0.2/24 via 10.9.0.1"
    assert words(planned("b", scenario=scenario)) == "b:eth0 10.0.0.4/24 via -"


def test_the_kernel_is_a_host_for_viewers_and_its_name_is_free() -> None:
    chosen = planned("s1")
    assert chosen.host.name == "kernel" and chosen.host in chosen.whole.hosts
    assert chosen.host not in chosen.network.hosts
    taken = planned("s1", scenario=loads(NET.replace("  far:", "  kernel:").replace("-- far", "-- kernel")))
    assert taken.host.name == "kernel2"
    entries = TapWorld(chosen).result().trace.network.devices
    assert [entry.kind for entry in entries if entry.name == "kernel"] == [Kind.HOST]


@pytest.mark.parametrize(
    ("at", "address", "gateway", "why"),
    [
        ("s11", "", "", 'did you mean "s1"'),
        ("s1:p1", "", "", "already has a cable"),
        ("s1", "10.0.0.1/24", "", "address of r1:lan"),
        ("s1", "10.0.0.9/24", "10.0.9.1", "a neighbor in 10.0.0.0/24"),
        ("r1", "", "10.0.9.1", "--gateway needs --address"),
    ],
)
def test_what_cannot_be_joined_is_said(at: str, address: str, gateway: str, why: str) -> None:
    with pytest.raises(SimnetError, match=why):
        planned(at, address, gateway)
