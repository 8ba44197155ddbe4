"""docs/scenario.md and docs/languages.md: their examples load, and their tables are the vocabulary's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simnet import filter
from simnet.scenario.load import loads
from tests.scenario import reference

_NETWORK = {
    "hosts": "hosts:\n  client: {address: 192.168.1.10/24, gateway: 192.168.1.1}\n"
    "  server: {address: 10.0.0.80/24, gateway: 10.0.0.1}\n",
    "switches": "switches: [s1]\n",
    "routers": "routers: {r1: {lan: 192.168.1.1/24, wan: 10.0.0.1/24}}\n",
    "links": "links: [client -- s1, s1 -- r1:lan, r1:wan -- server]\n",
    "programs": "programs:\n  server: [listen: 80, accept]\n  client: [connect: server:80]\n",
}
"""What an example without a network is about."""


def _examples(project: Path, page: str, language: str) -> list[str]:
    text = (project / "docs" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def _completed(example: str) -> str:
    if re.search(r"^hosts:", example, re.MULTILINE):
        return example
    sections = _NETWORK.items()
    return "".join(text for key, text in sections if not re.search(rf"^{key}:", example, re.MULTILINE)) + example


@pytest.mark.parametrize("page", reference.PAGES)
def test_every_example_loads(project: Path, page: str) -> None:
    examples = _examples(project, page, "yaml")
    assert examples
    for example in examples:
        loads(_completed(example), page)


def test_the_python_example_runs(project: Path) -> None:
    (example,) = _examples(project, "scenario.md", "python")
    names: dict[str, object] = {}
    exec(compile(example, "scenario.md", "exec"), names)  # noqa: S102 - the example is our own
    assert len(names["scenario"].links) == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", reference.PAGES)
def test_every_table_is_up_to_date(project: Path, page: str) -> None:
    text = (project / "docs" / page).read_text(encoding="utf-8")
    assert reference.with_tables(text) == text, "run python -m tests.scenario.reference"


def test_every_table_stands_on_a_page(project: Path) -> None:
    pages = [(project / "docs" / page).read_text(encoding="utf-8") for page in reference.PAGES]
    assert sorted(name for page in pages for name in reference.named_tables(page)) == sorted(reference.TABLES)


def test_every_documented_filter_compiles(project: Path) -> None:
    text = (project / "docs" / "languages.md").read_text(encoding="utf-8")
    section = text.split("| written | is true for |")[1].split("\n\n")[0]
    written = [found.replace("\\|", "|") for found in re.findall(r"^\| `(.+?)` \| ", section, re.MULTILINE)]
    assert len(written) == 8
    for expression in written:
        filter.compile(expression)


def test_the_languages_whole_vocabulary_in_one_file() -> None:
    """The example by which the language was designed, but for programs in Python."""
    scenario = loads(
        """
hosts: {client: 192.168.1.10/24, server: 10.0.0.80/24}
switches: [s1]
routers:
  r1: {ports: {lan: 192.168.1.1/24, wan: 10.0.0.1/24}, routes: {10.9.0.0/16: 192.168.1.254}}
links: [client -- s1, s1 -- r1:lan, r1:wan -- server]
programs:
  server:
    door: [listen: {port: 80, backlog: 2, as: door}, wait: 2s, accept: {from: door, as: first},
           send: {text: 你好, encoding: gbk, via: first}]
    log: {start: {after: server listens}, steps: [print: ready]}
  client:
    - connect: {to: server:80, timeout: 3s, fails: ETIMEDOUT}
    - send to: {to: server:7788, bytes: 65508, fails: EMSGSIZE}
    - {repeat: 10, steps: [connect: server:80, send: x, receive: end, close]}
faults:
  - {drop: tcp.flags.syn && tcp.flags.ack, nth: 1, link: r1:wan -- server}
timeline:
  - {at: 2s, cut: s1 -- r1:lan}
  - {at: 3s, move: client, to: s1:p4}
expect:
  - {sockets: {SYN-SENT: 3, ESTABLISHED: 3}, host: server, at: 5s}
  - {never: ip.src in 192.168.0.0/16, seen: r1:wan -- server}
  - {gaps: [1s, 2s, 4s], within: 5%, matching: tcp.flags.syn}
  - {table: mac, device: s1, after: {nth: 1, matching: arp}, rows: [{mac: client, port: p1}]}
"""
    )
    assert (len(scenario.programs), len(scenario.timeline), len(scenario.expect)) == (3, 2, 4)
