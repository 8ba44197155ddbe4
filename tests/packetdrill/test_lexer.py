from __future__ import annotations

import pytest

from simnet.testing.packetdrill.lexer import Kind, tokens
from simnet.testing.packetdrill.problems import InvalidScript


def read(text: str, **symbols: str) -> list[tuple[Kind, str]]:
    return [(token.kind, token.text) for token in tokens(text, symbols)][:-1]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("--tolerance_usecs=10000", Kind.OPTION, "--tolerance_usecs=10000"),
        ('--define=X="a b"', Kind.OPTION, '--define=X="a b"'),
        ("%{ assert a == 1\nassert b }%", Kind.CODE, " assert a == 1\nassert b "),
        ("`one\ntwo`", Kind.COMMAND, "one\ntwo"),
        (r'"say \"hi\""', Kind.STRING, 'say "hi"'),
        ("...", Kind.ELLIPSIS, "..."),
        ("192.0.2.1", Kind.ADDRESS, "192.0.2.1"),
        ("0.100", Kind.FLOAT, "0.100"),
        (".001", Kind.FLOAT, ".001"),
        ("0x1F", Kind.INTEGER, "31"),
        ("-1", Kind.INTEGER, "-1"),
        ("SO_REUSEADDR", Kind.WORD, "SO_REUSEADDR"),
        ("3021b9d8", Kind.WORD, "3021b9d8"),
        ("<", Kind.MARK, "<"),
    ],
)
def test_kinds_of_tokens(text: str, kind: Kind, value: str) -> None:
    assert read(text) == [(kind, value)]


def test_dots_are_flags_fractions_or_an_ellipsis_by_what_stands_around_them() -> None:
    assert [text for _, text in read("+.1...0.200 S. 0:0(0) F. .")] == [
        "+", ".1", "...", "0.200", "S", ".", "0", ":", "0", "(", "0", ")", "F", ".", ".",
    ]  # fmt: skip


def test_comments_vanish_and_lines_are_counted() -> None:
    found = tokens("// one\n/* two\nthree */ a\n`x\ny` b", {})
    assert [(token.text, token.line) for token in found] == [("a", 3), ("x\ny", 4), ("b", 5), ("", 5)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7", (Kind.INTEGER, "7")),
        ("0x10", (Kind.INTEGER, "16")),
        ('"text"', (Kind.STRING, "text")),
        ("`ls`", (Kind.COMMAND, "ls")),
        ("SOL_IP", (Kind.WORD, "SOL_IP")),
    ],
)
def test_a_defined_word_becomes_what_its_value_reads_as(value: str, expected: tuple[Kind, str]) -> None:
    assert read("LEVEL", LEVEL=value) == [expected]
    assert read(f"--define=LEVEL={value} LEVEL")[1] == expected


@pytest.mark.parametrize("text", ["`never closed", '"never closed'])
def test_what_is_opened_must_be_closed(text: str) -> None:
    with pytest.raises(InvalidScript, match="never closed"):
        tokens(text, {})
