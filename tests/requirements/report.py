"""Prints the page of RFC 9293's requirements.

    python -m tests.requirements.report > docs/rfc9293.md
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.architecture.sources import ROOT
from tests.requirements.evidence import Evidence, collected
from tests.requirements.rfc9293 import EXCEPTIONS, REQUIREMENTS, Requirement, Standing
from tests.requirements.simplifications import simplifications

FOLDER = ROOT / "docs"

_INTRODUCTION = """# RFC 9293, requirement by requirement

RFC 9293 numbers what it asks of TCP (its Appendix B). This page says for each number, in our own words, what is asked,
how the `linux` profile stands to it, and which tests show it. It is made by
`python -m tests.requirements.report > docs/rfc9293.md`; a test fails when it is out of date, and when a requirement
that is said to hold has no test. Links to `.pkt` files are [packetdrill scripts](packetdrill.md); all of them were run
on Linux 6.18, too. What the `rfc` profile does otherwise stands under [profiles](profiles.md); what TCP does not
model at all, beyond this RFC, at the end.

"Linux differs": Linux does not do what is asked, and simnet follows Linux. "simnet differs" and "not modeled": the gap
is ours. "Option not used": a MAY that Linux and simnet leave. "For programs": it asks something of whoever uses TCP.
"""


def page() -> str:
    """The page as Markdown."""
    evidence = collected()
    rows = [_row(requirement, evidence.get(requirement.number, ())) for requirement in REQUIREMENTS]
    head = ["| requirement | level | § | what is asked | simnet | shown by |", "|---|---|---|---|---|---|"]
    return "\n".join([_INTRODUCTION, _score(), "", *head, *rows, "", *_not_modeled()]) + "\n"


def _not_modeled() -> list[str]:
    """What the files of TCP say of themselves."""
    says = "Each file says in its first lines what it leaves out; here all of it is together."
    parts = ["## What TCP does not model", "", says, "", "| file | does not model |", "|---|---|"]
    return parts + [f"| `{place}` | {text} |" for place, text in simplifications("simnet/stack/tcp")]


def _score() -> str:
    parts = []
    for letter, levels in (("MUST", ("MUST", "MUST NOT")), ("SHOULD", ("SHOULD", "SHOULD NOT", "RECOMMENDED"))):
        asked = [requirement for requirement in REQUIREMENTS if requirement.level in levels]
        held = [requirement for requirement in asked if requirement.number not in EXCEPTIONS]
        parts.append(f"{len(held)} of {len(asked)} {letter}")
    counts = {standing: sum(standing is found for found, _ in EXCEPTIONS.values()) for standing in Standing}
    others = ", ".join(f"{count} {standing.value}" for standing, count in counts.items() if count)
    return f"**{' and '.join(parts)} requirements hold**, each with a test; of all the others: {others}."


def _row(requirement: Requirement, shown: Iterable[Evidence]) -> str:
    standing = "holds"
    if requirement.number in EXCEPTIONS:
        kind, why = EXCEPTIONS[requirement.number]
        standing = f"**{kind.value}**: {why}"
    links = ", ".join(evidence.link(FOLDER) for evidence in shown)
    return (
        f"| {requirement.number} | {requirement.level} | {requirement.section} | {requirement.text} | {standing} "
        f"| {links} |"
    )


if __name__ == "__main__":
    print(page(), end="")
