"""What the pages say to type exists, and what they link to is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from simnet.cli.main import COMMANDS
from tests.architecture.examples import FENCE, PAGES, with_todays_output
from tests.architecture.sources import ROOT
from tests.conftest import Command

LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
PICTURES = ROOT / "docs" / "contributing.md"


def shell_lines(page: Path) -> Iterator[str]:
    """The commands in a page's blocks."""
    for language, text in FENCE.findall(page.read_text("utf-8")):
        if language == "sh":
            yield from (line for line in text.splitlines() if line and not line.startswith("#"))
        elif language == "console":
            yield from (line[2:] for line in text.splitlines() if line.startswith("$ "))


def simnet_calls(page: Path) -> Iterator[list[str]]:
    """The arguments of every `simnet …` in a page, in blocks and in running text."""
    for line in shell_lines(page):
        for part in re.split(r"&&|\|\||[|;>]", line):
            words = shlex.split(part, comments=True)
            if words and Path(words[0]).name == "simnet":
                yield words[1:]
    prose = FENCE.sub("", page.read_text("utf-8"))
    for code in re.findall(r"`simnet ([^`]*)`", prose):
        yield re.split(r"[\s|>]+", code)


def test_the_readme_has_its_two_commands_first() -> None:
    blocks = [text for language, text in FENCE.findall((ROOT / "README.md").read_text("utf-8")) if language == "sh"]
    assert "install" in blocks[0] and blocks[0].strip().endswith("simnet run scenarios/handshake.yaml")
    assert "[test]" in blocks[1] and "pytest" in blocks[1]
    assert all(len(block.strip().splitlines()) == 1 for block in blocks[:2])


def test_commands_and_options_in_the_pages_exist() -> None:
    calls = [(page, call) for page in PAGES for call in simnet_calls(page)]
    assert len(calls) > 10
    for page, (name, *rest) in calls:
        if name.startswith("-"):
            assert name in ("--help", "--version"), f"{page.name}: simnet {name}"
            continue
        assert name in COMMANDS, f"{page.name}: simnet {name}"
        command: click.Command = import_module(f"simnet.cli.{name}").command
        known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
        used = {word.split("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
        assert used <= known, f"{page.name}: simnet {name}"


def test_scenarios_named_in_the_pages_exist() -> None:
    named = {(page, name) for page in PAGES for name in re.findall(r"scenarios/[\w-]+\.yaml", page.read_text("utf-8"))}
    assert named
    assert not [(page.name, name) for page, name in named if not (ROOT / name).exists()]


def test_links_between_pages_lead_somewhere() -> None:
    dead = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in PAGES
        for target, _anchor in LINK.findall(page.read_text("utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not dead


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in PAGES if "```console" in page.read_text("utf-8")], ids=lambda p: p.name
)
def test_examples_show_what_appears_today(page: Path, tmp_path: Path) -> None:
    today = with_todays_output(page, tmp_path)
    assert page.read_text("utf-8") == today, "look at the change; python -m tests.architecture.examples writes it down"


def picture_commands() -> list[list[str]]:
    """The commands of contributing.md that made `docs/pictures/`."""
    return [shlex.split(line)[1:] for line in shell_lines(PICTURES) if " -o docs/pictures/" in line]


def test_every_picture_has_a_command() -> None:
    made = {(ROOT / words[words.index("-o") + 1]).name for words in picture_commands()}
    assert made == {file.name for file in (ROOT / "docs" / "pictures").iterdir()}
    shown = {Path(target).name for page in PAGES for target, _ in LINK.findall(page.read_text("utf-8"))}
    assert made <= shown, "a picture that no page shows"


@pytest.mark.parametrize("words", picture_commands(), ids=lambda words: Path(words[words.index("-o") + 1]).name)
def test_pictures_are_what_their_command_draws_today(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, simnet_command: Command
) -> None:
    monkeypatch.chdir(ROOT)
    place = words.index("-o") + 1
    kept = ROOT / words[place]
    drawn = tmp_path / kept.name
    assert simnet_command(*words[:place], drawn, *words[place + 1 :]).code == 0
    assert drawn.read_bytes() == kept.read_bytes(), f"draw it again: simnet {' '.join(words)}"
