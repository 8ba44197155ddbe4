"""Any bytes are a scenario or a `ScenarioError`: mutations of the shipped scenarios, and hostile YAML."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.errors import ScenarioError
from simnet.scenario import tree
from simnet.scenario.load import load, loads
from simnet.scenario.values import Scenario

_PIECES = [
    "", " ", "  ", "\t", "\n", ":", "-", ", ", "[", "]", "{", "}", "#", "'", '"', "&a ", "*a", "!!int ",
    "!!python/object ", "|", ">", "?", "%", "@", "`", "<<: ", "null", "~", "true", "on", "010", "0x10", "-1",
    "0", "99999999999999999999", "1e309", ".inf", ".nan", "5ms", "5%", "1gbps", "10.0.0.1/24", "::1/64",
    "255.255.255.255", "ff:ff:ff:ff:ff:ff", "a:b:c", " -- ", " -> ", "s1:p1", "localhost:0",
    "tcp.port == 80", "!!!", "((((", "\x00", "\x07", "\ufeff", "\u2028", "中", "😀", "...", "---", "--- x\n",
    "repeat", "steps", "python", "dhcp", "start", "ports", "fails", "hosts",
]  # fmt: skip


def _delete(text: str, chance: random.Random) -> str:
    start = chance.randrange(len(text) + 1)
    return text[:start] + text[start + chance.choice([1, 1, 2, 5, 20]) :]


def _insert(text: str, chance: random.Random) -> str:
    start = chance.randrange(len(text) + 1)
    return text[:start] + chance.choice(_PIECES) + text[start:]


def _replace_word(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    words[chance.randrange(len(words))] = chance.choice([*_PIECES, *chance.sample(words, 1)])
    return " ".join(words)


def _move_line(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    line = lines.pop(chance.randrange(len(lines)))
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(["", "  ", "- "]) + line)
    return "\n".join(lines)


def _repeat_line(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    index = chance.randrange(len(lines))
    return "\n".join([*lines[:index], lines[index], *lines[index:]])


def _cut_short(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(len(text) + 1)]


MUTATIONS: list[Callable[[str, random.Random], str]] = [
    _delete, _insert, _replace_word, _replace_word, _move_line, _repeat_line, _cut_short,
]  # fmt: skip


def _mutated(text: str, chance: random.Random) -> str:
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        text = chance.choice(MUTATIONS)(text, chance)
    return text


def _is_answered(text: str) -> bool:
    """Loads `text`; True if it is a scenario, False if it is refused with a position in each problem."""
    try:
        loads(text, "m.yaml")
    except ScenarioError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.file == "m.yaml" and problem.text and "\n" not in problem.text
            assert 0 <= problem.line <= len(text.splitlines()) + 2  # YAML breaks lines at more than "\n"
        return False
    return True


def _mutate_all(project: Path, share: int) -> int:
    files = sorted((project / "scenarios").glob("*.yaml"))
    answered = 0
    for file in files:
        original = file.read_text(encoding="utf-8")
        chance = random.Random(file.name)
        for number in range(share):
            text = _mutated(original, chance)
            try:
                _is_answered(text)
            except Exception as error:
                raise AssertionError(f"mutation {number} of {file.name}:\n{text}") from error
            answered += 1
    return answered


def test_a_mutated_scenario_is_read_or_refused(project: Path) -> None:
    assert _mutate_all(project, 40) >= 600


@pytest.mark.slow
def test_ten_thousand_mutated_scenarios_are_read_or_refused(project: Path) -> None:
    assert _mutate_all(project, 650) >= 10_000


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    _is_answered(text)


@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(data)
    with pytest.raises(ScenarioError):
        load(file)


_scalars = st.sampled_from(_PIECES) | st.text(max_size=8)


@given(st.recursive(_scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_scalars, inner, max_size=4)))
def test_any_tree_below_a_known_key_is_read_or_refused(value: object) -> None:
    import json

    for section in ("hosts", "links", "routers", "gateways", "programs", "faults", "timeline", "expect"):
        _is_answered(f"hosts: [a, b]\n{section}: {json.dumps(value, ensure_ascii=False)}\n")


# --- files


def _refusal(data: bytes, tmp_path: Path) -> str:
    file = tmp_path / "f.yaml"
    file.write_bytes(data)
    with pytest.raises(ScenarioError) as caught:
        load(file)
    return str(caught.value).removeprefix(str(file))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\r", ": this is a binary file, not a scenario; a scenario is text in YAML"),
        (b"name: x\nabout: caf\xe9\n", ":2:11: the byte 0xe9 is not UTF-8; save the file in UTF-8"),
        (b"x" * (tree.MAX_BYTES + 1), ": the file is larger than 2 MB; this is not a scenario"),
        (b"[" * 100_000, ":1:41: more than 40 lists or maps inside each other; this is not a scenario"),
        (
            b"a: &a " + b"[x,x,x,x,x,x,x,x,x,x]\n"
            + b"".join(b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 10)) for i in range(9)),
            ":5:20: the file has more than 200000 values, aliases counted; this is not a scenario",
        ),
        (
            b"a0: &a0 [x]\n" + b"".join(b"a%d: &a%d [*a%d]\n" % (i, i, i - 1) for i in range(1, 60)),
            ":39:12: more than 40 lists or maps inside each other; this is not a scenario",
        ),
    ],
)  # fmt: skip
def test_a_file_that_is_no_scenario_is_refused_at_once(data: bytes, expected: str, tmp_path: Path) -> None:
    assert _refusal(data, tmp_path) == expected


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="this is a directory; name a scenario file"):
        load(tmp_path)


def test_a_missing_file_is_refused_with_a_near_miss(tmp_path: Path) -> None:
    (tmp_path / "handshake.yaml").touch()
    with pytest.raises(ScenarioError, match='no such file; did you mean "handshake.yaml"?'):
        load(tmp_path / "handshke.yaml")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes("about: 中文\nhosts: {a: 10.0.0.1/24}\n".encode(encoding))
    assert load(file).about == "中文"


def test_windows_line_ends_and_a_byte_order_mark_are_read() -> None:
    assert loads("\ufeffhosts: [a]\r\nseed: 3\r\n").seed == 3


def test_aliases_stand_for_what_they_name() -> None:
    scenario: Scenario = loads("hosts: {a: &x {sysctl: {tcp_sack: 0}}, b: *x}\n")
    assert [host.sysctl for host in scenario.hosts] == [{"tcp_sack": 0}, {"tcp_sack": 0}]
