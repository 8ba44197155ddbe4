"""`simnet draw` and `simnet ladder`: every kind of file they promise."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.conftest import Command

BEGINNINGS = {
    ".svg": rb"(<\?xml[^>]*>\s*)?<svg ",
    ".png": rb"\x89PNG\r\n\x1a\n",
    ".pdf": rb"%PDF-",
    ".dot": rb"(strict )?graph ",
    ".txt": rb"\s*(ms|s) ",
}
MERMAID = {"draw": rb"(---\n.*?---\n)?(flowchart|graph) ", "ladder": rb"(---\n.*?---\n)?sequenceDiagram"}


@pytest.mark.parametrize(
    ("command", "suffix"),
    [("draw", suffix) for suffix in (".svg", ".png", ".pdf", ".dot", ".mmd")]
    + [("ladder", suffix) for suffix in (".svg", ".png", ".mmd", ".txt")],
)
def test_each_kind_of_file(simnet_command: Command, hello: Path, tmp_path: Path, command: str, suffix: str) -> None:
    files = [tmp_path / f"{name}{suffix}" for name in ("one", "two")]
    for file in files:
        assert simnet_command(command, hello, "-o", file) == (0, "", "")
    one, two = (file.read_bytes() for file in files)
    beginning = MERMAID[command] if suffix == ".mmd" else BEGINNINGS[suffix]
    assert re.match(beginning, one, re.DOTALL), one[:60]
    assert one == two, "the same bytes every time"


@pytest.mark.parametrize("command", ["draw", "ladder"])
def test_pictures_name_the_devices(simnet_command: Command, hello: Path, tmp_path: Path, command: str) -> None:
    file = tmp_path / "picture.svg"
    simnet_command(command, hello, "-o", file)
    words = {text for element in ElementTree.parse(file).iter() if (text := (element.text or "").strip())}
    assert {"anna", "ben"} <= words


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["draw"], "-o"),
        (["draw", "-o", "x.gif"], "ends in .svg or .png or .pdf or .dot or .mmd"),
        (["ladder", "-o", "x.pdf"], "ends in .svg"),
        (["ladder", "-o", "nowhere/x.svg"], "does not exist"),
        (["ladder", "--filter", "tcp &&"], "filter"),
    ],
)
def test_mistakes(simnet_command: Command, hello: Path, arguments: list[str], message: str) -> None:
    ended = simnet_command(arguments[0], hello, *arguments[1:])
    assert ended.code == 2 and ended.out == "" and message in ended.err


def test_the_ladder_of_a_run_and_of_its_capture(simnet_command: Command, hello: Path, tmp_path: Path) -> None:
    file = tmp_path / "hello.pcapng"
    simnet_command("run", hello, "--pcap", file)
    for source in (hello, file):
        ended = simnet_command("ladder", source)
        assert ended.code == 0 and "SYN+ACK" in ended.out


def test_only_what_the_filter_keeps(simnet_command: Command, hello: Path) -> None:
    assert "ARP" in simnet_command("ladder", hello).out
    kept = simnet_command("ladder", hello, "--filter", "tcp").out
    assert "ARP" not in kept and "SYN+ACK" in kept
    assert "no frames" in simnet_command("ladder", hello, "--filter", "udp").out


def test_a_wrong_scenario_is_not_drawn(simnet_command: Command, wrong: Path, tmp_path: Path) -> None:
    for command in ("draw", "ladder"):
        file = tmp_path / f"{command}.svg"
        ended = simnet_command(command, wrong, "-o", file)
        assert ended.code == 2 and ended.err.startswith(f"{wrong}:") and not file.exists()
