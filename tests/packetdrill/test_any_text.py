"""Whatever a script says, the runner answers with a verdict."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.testing.packetdrill.outcome import Verdict
from simnet.testing.packetdrill.runner import run

OWN = [script.read_text("utf-8") for script in sorted((Path(__file__).parent.parent / "conformance").glob("*.pkt"))]
PIECES = st.sampled_from([
    "...", "+0", "+.1", "*", "<", ">", "(", ")", "[", "]", "{", "}", "=", "-1", "99999999999", "0x", "`", '"', "%{",
    "}%", "NULL", "ack", "win", "<...>", "<sack 1:2,nop,nop>", "icmp unreachable frag_needed mtu 0", "--mtu=60", "// ",
    "/*", "S.", "R", "F.", "close(4) = 0", "read(4, ..., 99999999999) = 1", "%{ assert tcpi_lost == 0 }%", "`sleep 1`",
])  # fmt: skip


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(OWN), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES), min_size=1, max_size=4))
def test_damaged_scripts_get_a_verdict(text: str, edits: list[tuple[float, int, str]]) -> None:
    for place, cut, piece in edits:
        at = int(place * len(text))
        text = f"{text[:at]} {piece} {text[at + cut :]}"
    outcome = run(text)
    assert outcome.ok or outcome.why


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(max_size=200))
def test_any_text_gets_a_verdict(text: str) -> None:
    assert run(text).verdict in (Verdict.INVALID, Verdict.UNSUPPORTED, Verdict.FAILED)


def test_deep_nesting_is_refused() -> None:
    assert run("0 f(" + "[" * 100_000).verdict is Verdict.INVALID
    assert run("0 socket(..., SOCK_STREAM, 0) = 3 +0 %{ " + "(" * 5_000 + " }%").verdict is Verdict.INVALID
