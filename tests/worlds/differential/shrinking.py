"""Makes a scenario that differs smaller: leaves out what it differs without."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from random import Random

from simnet.errors import SimnetError
from tests.worlds.differential.drafts import Draft
from tests.worlds.differential.trial import Unfit, check_steady, draft_against_kernel, settled

_TRIES = 60


def shrunk(draft: Draft, random: Random) -> Draft:
    """The smallest of the scenarios that a part less still leaves different from the kernel."""
    tries = _TRIES
    progress = True
    while progress and tries > 0:
        progress = False
        for smaller in _smaller(draft):
            tries -= 1
            if tries < 0:
                break
            found = _still_differs(smaller, random)
            if found is not None:
                draft, progress = found, True
                break
    return draft


def _still_differs(draft: Draft, random: Random) -> Draft | None:
    try:
        made = settled(_without_wishes(draft))
        check_steady(made, random)
        return made if draft_against_kernel(made) and draft_against_kernel(made) else None
    except (Unfit, SimnetError):
        return None


def _without_wishes(draft: Draft) -> Draft:
    """What failed may not fail any more."""
    made = copy.deepcopy(draft)
    for steps in made["programs"].values():
        for step in steps:
            for given in step.values() if isinstance(step, dict) else ():
                if isinstance(given, dict):
                    given.pop("fails", None)
    return made


def _smaller(draft: Draft) -> Iterator[Draft]:
    for number in range(len(draft.get("faults", []))):
        made = copy.deepcopy(draft)
        del made["faults"][number]
        if not made["faults"]:
            del made["faults"]
        yield made
    for name, host in draft["hosts"].items():
        for sysctl in host.get("sysctl", {}):
            made = copy.deepcopy(draft)
            del made["hosts"][name]["sysctl"][sysctl]
            yield made
    for name, steps in draft["programs"].items():
        for number in reversed(range(len(steps))):
            made = copy.deepcopy(draft)
            del made["programs"][name][number]
            if made["programs"][name]:
                yield made
    yield from _simpler_links(draft)


def _simpler_links(draft: Draft) -> Iterator[Draft]:
    for number, link in enumerate(draft["links"]):
        for name, properties in link.items():
            for key in properties:
                made = copy.deepcopy(draft)
                del made["links"][number][name][key]
                yield made
