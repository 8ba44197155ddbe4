"""`simnet compare`: exit codes, reports, pictures, and what cannot be compared."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from simnet.trace.compare_rules import NORMALIZATIONS
from tests.cli.conftest import HELLO
from tests.conftest import Command
from tests.worlds.conftest import namespaces, needs_namespaces

__all__ = ["namespaces"]


@pytest.fixture
def shouting(tmp_path: Path) -> Path:
    """The scenario of `hello`, but anna says something else."""
    file = tmp_path / "shouting.yaml"
    file.write_text(HELLO.replace("send: hello", "send: HELLO").replace("output: hello", "output: HELLO"))
    return file


@pytest.fixture
def capture(simnet_command: Command, hello: Path, tmp_path: Path) -> Path:
    """What was captured of `hello`."""
    file = tmp_path / "hello.pcapng"
    assert simnet_command("run", hello, "--pcap", file).code == 0
    return file


def test_equal(simnet_command: Command, hello: Path, capture: Path) -> None:
    ended = simnet_command("compare", hello, capture)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("equal: ") and " 0 different, 0 only in A, 0 only in B\n" in ended.out


def test_different(simnet_command: Command, shouting: Path, capture: Path) -> None:
    ended = simnet_command("compare", capture, shouting)
    assert (ended.code, ended.err) == (1, "")
    assert "first difference: Frame 6, PSH+ACK 5 from " in ended.out
    assert "data is 5 bytes: 'hello' in A, 5 bytes: 'HELLO' in B." in ended.out
    assert "\x1b" not in ended.out


def test_json(simnet_command: Command, shouting: Path, capture: Path) -> None:
    ended = simnet_command("compare", capture, shouting, "--json", "--at", "anna:eth0")
    told = json.loads(ended.out)
    assert ended.code == 1
    assert list(told) == ["version", "equal", "frames", "first_difference", "normalized"]
    assert told["version"] == 1 and told["equal"] is False
    assert list(told["frames"]) == ["equal", "different", "only_a", "only_b"]
    assert told["frames"]["different"] == 1 and told["frames"]["only_a"] == told["frames"]["only_b"] == 0
    first = told["first_difference"]
    assert first["fields"] == [{"name": "data", "a": "5 bytes: 'hello'", "b": "5 bytes: 'HELLO'"}]
    assert first["a"]["port"] == first["b"]["port"] == "anna:eth0" and first["kind"] == "different"
    assert told["normalized"] == list(NORMALIZATIONS)


def test_json_of_what_is_equal(simnet_command: Command, hello: Path) -> None:
    ended = simnet_command("compare", hello, hello, "--json", "--strict", "isn")
    told = json.loads(ended.out)
    assert ended.code == 0 and told["equal"] is True and told["first_difference"] is None
    assert "isn" not in told["normalized"]


def test_a_picture(simnet_command: Command, hello: Path, shouting: Path, tmp_path: Path) -> None:
    ended = simnet_command("compare", hello, shouting, "-o", tmp_path / "both.svg")
    assert ended.code == 1 and ended.out.startswith("different: ") and len(ended.out.splitlines()) == 2
    assert ElementTree.fromstring((tmp_path / "both.svg").read_bytes()).tag.endswith("svg")
    simnet_command("compare", hello, shouting, "-o", tmp_path / "both.txt")
    assert "first difference" in (tmp_path / "both.txt").read_text("utf-8")


def test_only_some_frames(simnet_command: Command, hello: Path, shouting: Path) -> None:
    assert simnet_command("compare", hello, shouting, "--filter", "arp").code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--strict", "mak"], 'did you mean "mac"?'),
        (["--at", "ana:eth0"], 'did you mean "anna:eth0"?'),
        (["--filter", "udp"], "nothing to compare"),
        (["--filter", "tpc"], 'did you mean "tcp"'),
        (["-o", "both.doc"], "expected a name that ends in .svg"),
    ],
)
def test_mistakes(simnet_command: Command, hello: Path, options: list[str], message: str) -> None:
    ended = simnet_command("compare", hello, hello, *options)
    assert ended.code == 2 and ended.out == "" and message in ended.err


def test_what_cannot_be_read_is_no_difference(simnet_command: Command, hello: Path, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear all,\n")
    assert simnet_command("compare", hello, letter).code == 2
    ended = simnet_command("compare", "-", "-")
    assert ended.code == 2 and "only one of A and B" in ended.err


def test_the_help_names_all_normalizations(simnet_command: Command) -> None:
    out = simnet_command("compare", "--help").out
    assert all(f"    {name} " in out for name in NORMALIZATIONS)


@needs_namespaces
def test_a_scenario_and_the_kernel(simnet_command: Command, hello: Path) -> None:
    ended = simnet_command("compare", hello, "--with", "loopback")
    assert ended.code == 0, ended.out
    assert "hello.yaml, simulated" in ended.out and "hello.yaml, replayed on loopback" in ended.out


def test_there_must_be_one_thing_to_compare_with(simnet_command: Command, hello: Path) -> None:
    for arguments in ([hello], [hello, hello, "--with", "lab"]):
        ended = simnet_command("compare", *arguments)
        assert ended.code == 2 and "name what to compare A with" in ended.err
