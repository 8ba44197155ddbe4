from __future__ import annotations

import pytest

from simnet.testing.packetdrill.problems import InvalidScript, Mismatch, Unsupported
from simnet.testing.packetdrill.snippets import Snippets

INFO = {"tcpi_snd_cwnd": 10, "tcpi_state": 1, "tcpi_rtt": 100_250}


def run(text: str) -> None:
    Snippets().run(text, INFO, 7)


@pytest.mark.parametrize(
    "text",
    [
        "assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd",
        "assert tcpi_snd_cwnd == 10, 'cwnd=%d' % tcpi_snd_cwnd",
        "assert tcpi_state == TCP_ESTABLISHED",
        "assert 95*1000 <= tcpi_rtt <= 105*1000 and not tcpi_state == TCP_CLOSE",
        "\n    assert tcpi_snd_cwnd > 9\n    assert tcpi_snd_cwnd < 11\n",
        "assert abs(tcpi_rtt - 100000) < 1000; assert max(1, tcpi_snd_cwnd // 3) == 3",
        "a = tcpi_snd_cwnd\na += 5\nassert a == 15 and a in (14, 15) and -a == ~14",
        "if tcpi_state == 2:\n    assert False\nelse:\n    pass",
        "assert (1 if tcpi_state else 0) or False",
        "print('no effect')",
    ],
)
def test_what_holds(text: str) -> None:
    run(text)


def test_variables_last_from_snippet_to_snippet() -> None:
    snippets = Snippets()
    snippets.run("before = tcpi_snd_cwnd", INFO, 1)
    snippets.run("assert tcpi_snd_cwnd == before + 2", {"tcpi_snd_cwnd": 12}, 2)


def test_a_failed_assertion_shows_what_it_saw() -> None:
    with pytest.raises(Mismatch, match="tcpi_snd_cwnd == 12") as caught:
        run("assert tcpi_snd_cwnd == 12, 'cwnd %d' % tcpi_snd_cwnd")
    assert caught.value.actual == "tcpi_snd_cwnd = 10, cwnd 10"
    assert caught.value.line == 7


@pytest.mark.parametrize(
    "text",
    [
        "import os",
        "__import__('os')",
        "open('x')",
        "assert tcpi_state.real",
        "[x for x in (1, 2)]",
        "(lambda: 1)()",
        "f'{tcpi_state}'",
        "def f(): pass",
        "while True: pass",
        "for x in (1,): pass",
        "'a' * 1000000000",
        "'%1000000000d' % 1",
        "2 ** 1000",
        "1 << 100000",
        "b = tcpi_state[0]",
        "max(1, 2, key=abs)",
        "tcpi_nonsense",
    ],
)
def test_nothing_else_is_ever_run(text: str) -> None:
    with pytest.raises(Unsupported):
        run(text)


@pytest.mark.parametrize(
    "text", ["assert", "nonsense", "1 / 0", "'a' + 1", "a = 999999999999999999999 * 999999999999999999999"]
)
def test_code_that_cannot_be_computed_is_invalid(text: str) -> None:
    with pytest.raises(InvalidScript):
        run(text)


def test_numbers_cannot_grow_without_bound() -> None:
    with pytest.raises(InvalidScript, match="too large"):
        run("a = 340282366920938463463\n" + "a = a * a\n" * 20)
