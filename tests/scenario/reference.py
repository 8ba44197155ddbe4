"""The tables of docs/scenario.md, docs/languages.md and docs/sysctls.md, written from the vocabulary.

`python -m tests.scenario.reference` writes them anew into the pages; a test compares.  A table stands between
`<!-- table: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from simnet.filter.fields import ALIASES, FIELDS
from simnet.scenario import vocabulary
from simnet.scenario.error_names import ERROR_NAMES
from simnet.scenario.frame_expectations import DISCARD_REASONS, DROP_REASONS
from simnet.scenario.frame_patterns import ICMP_KINDS
from simnet.scenario.tunables import TUNABLES, WORDS, Kind, Tunable
from simnet.scenario.unmodeled import UNMODELED
from simnet.stack.profile import linux
from simnet.units import format_time

PAGES = ("scenario.md", "languages.md", "sysctls.md")
_TABLE = re.compile(r"<!-- table: (?P<name>[^\n]+) -->\n.*?<!-- end -->", re.DOTALL)


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _keys(words: dict[str, str]) -> str:
    return _rows(("key", "meaning"), ((f"`{key}`", meaning) for key, meaning in words.items()))


def _verbs() -> str:
    rows = []
    for verb, keys in vocabulary.VERBS.items():
        listed = ", ".join(f"`{key}`" for key in keys) if verb not in ("set", "repeat") else ""
        rows.append((f"`{verb}`", vocabulary.VERB_MEANINGS[verb], listed or "–"))
    return _rows(("verb", "meaning", "keys of its map"), rows)


def _verb_keys() -> str:
    rows: dict[tuple[str, str], list[str]] = {}
    for verb, keys in vocabulary.VERBS.items():
        if verb not in ("set", "repeat"):
            for key, meaning in keys.items():
                rows.setdefault((key, meaning), []).append(verb)
    table = ((f"`{key}`", meaning, ", ".join(verbs)) for (key, meaning), verbs in rows.items())
    return _rows(("key", "meaning", "in"), table)


def _kinds(kinds: dict[str, dict[str, str]]) -> str:
    rows = []
    for kind, keys in kinds.items():
        others = "; ".join(f"`{key}`: {meaning}" for key, meaning in keys.items() if key != kind)
        rows.append((f"`{kind}`", keys[kind], others))
    return _rows(("kind", "meaning", "further keys"), rows)


def _columns() -> str:
    rows = []
    for table, columns in vocabulary.COLUMNS.items():
        rows.append((f"`{table}`", "; ".join(f"`{column}`: {meaning}" for column, meaning in columns.items())))
    return _rows(("table", "columns"), rows)


def _fields() -> str:
    aliases = {field.name: alias for alias, field in ALIASES.items()}
    rows = []
    for field in FIELDS.values():
        also = f" Also `{aliases[field.name]}`." if field.name in aliases else ""
        rows.append((f"`{field.name}`", field.kind.value, field.meaning + "." + also))
    return _rows(("field", "kind", "meaning"), rows)


def _unmodeled() -> str:
    """What Linux has besides, and what a simulated host does."""
    return _rows(("sysctl", "why"), ((f"`net.ipv4.{name}`", f"{why}.") for name, why in UNMODELED.items()))


def _sysctls() -> str:
    """Every tunable, with the default of Linux 6.18."""
    profile = linux()
    head = ("name", "sysctl", "default", "values", "meaning")
    return _rows(head, (_sysctl(each, getattr(profile, each.name)) for each in TUNABLES.values()))


def _sysctl(tunable: Tunable, default: object) -> tuple[str, ...]:
    bounds = (tunable.low, tunable.high)
    if tunable.kind is Kind.TIME:
        shown, values = format_time(int(str(default))), " to ".join(format_time(each * tunable.unit) for each in bounds)
        if tunable.path:
            values += f", in steps of {format_time(tunable.unit)}"
    elif tunable.kind is Kind.WORD:
        shown, values = str(default), " or ".join(WORDS[tunable.name])
    elif tunable.kind is Kind.PORTS:
        shown, values = str(list(default) if isinstance(default, tuple) else default), "two ports"
    else:
        shown, values = str(default), f"{bounds[0]} to {bounds[1]}" + (" bytes" if tunable.kind is Kind.SIZE else "")
    place = "" if tunable.place < 0 else f", number {tunable.place + 1}"
    return f"`{tunable.name}`", f"`{tunable.path}`{place}" if tunable.path else "–", shown, values, tunable.meaning


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words) + "."


TABLES = {
    "scenario": _keys(vocabulary.SCENARIO),
    "host": _keys(vocabulary.HOST),
    "port": _keys(vocabulary.PORT),
    "switch": _keys(vocabulary.SWITCH),
    "hub": _keys(vocabulary.HUB),
    "router": _keys(vocabulary.ROUTER),
    "gateway": _keys(vocabulary.GATEWAY),
    "link": _keys(vocabulary.LINK),
    "burst loss": _keys(vocabulary.BURST_LOSS),
    "reorder": _keys(vocabulary.REORDER),
    "program": _keys(vocabulary.PROGRAM),
    "start": _keys(vocabulary.START),
    "verbs": _verbs(),
    "verb keys": _verb_keys(),
    "options": _keys(vocabulary.OPTIONS),
    "errors": _words(ERROR_NAMES),
    "faults": _kinds(vocabulary.FAULTS),
    "timeline": _kinds(vocabulary.TIMELINE),
    "expectations": _kinds(vocabulary.EXPECTATIONS),
    "columns": _columns(),
    "drop reasons": _words(DROP_REASONS),
    "discard reasons": _words(DISCARD_REASONS),
    "states": _words(vocabulary.STATES),
    "icmp": _words(f"ICMP {kind}" for kind in ICMP_KINDS),
    "sysctls": _sysctls(),
    "sysctls that are not modeled": _unmodeled(),
    "fields": _fields(),
}


def with_tables(page: str) -> str:
    """The text of a page with its tables written anew."""
    return _TABLE.sub(lambda found: f"<!-- table: {found['name']} -->\n{TABLES[found['name']]}\n<!-- end -->", page)


def named_tables(page: str) -> list[str]:
    """The names of the tables in a page."""
    return [found["name"] for found in _TABLE.finditer(page)]


def main() -> None:
    """Write the tables anew."""
    folder = Path(__file__).parents[2] / "docs"
    for name in PAGES:
        page = folder / name
        page.write_text(with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
