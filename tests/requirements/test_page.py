"""The page of requirements is complete, true to its tests, and up to date."""

from __future__ import annotations

from tests.requirements.evidence import collected
from tests.requirements.report import FOLDER, page
from tests.requirements.rfc9293 import EXCEPTIONS, REQUIREMENTS, Standing

COUNTS = {"MUST": 69, "SHLD": 31, "MAY": 18, "REC": 1}
"""How many numbers of each kind Appendix B of RFC 9293 has; each kind counts from 1."""


def test_every_number_of_the_rfc_is_there_once() -> None:
    numbers = [requirement.number for requirement in REQUIREMENTS]
    assert numbers == [f"{kind}-{number}" for kind, count in COUNTS.items() for number in range(1, count + 1)]


def test_what_holds_is_shown_by_a_test() -> None:
    shown = collected()
    assert not [each.number for each in REQUIREMENTS if each.number not in EXCEPTIONS and each.number not in shown]


def test_tests_name_requirements_that_exist() -> None:
    assert collected().keys() | EXCEPTIONS.keys() <= {requirement.number for requirement in REQUIREMENTS}


def test_options_not_used_are_options() -> None:
    levels = {requirement.number: requirement.level for requirement in REQUIREMENTS}
    assert {levels[number] for number, (standing, _) in EXCEPTIONS.items() if standing is Standing.NOT_USED} == {"MAY"}


def test_the_page_is_up_to_date() -> None:
    kept = (FOLDER / "rfc9293.md").read_text("utf-8")
    assert kept == page(), "python -m tests.requirements.report > docs/rfc9293.md"
