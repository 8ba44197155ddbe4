"""The JSON Schema: says yes to what the loader takes, and has the loader's keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from simnet.errors import ScenarioError
from simnet.scenario import vocabulary
from simnet.scenario.load import loads
from simnet.scenario.schema import schema
from tests.scenario.reading import TWO_HOSTS

jsonschema = pytest.importorskip("jsonschema")


@pytest.fixture(scope="module")
def validator() -> Any:
    whole = schema()
    jsonschema.Draft7Validator.check_schema(whole)
    return jsonschema.Draft7Validator(whole)


def _plain(text: str) -> Any:
    """YAML as an editor reads it: with the scalars of YAML 1.2."""

    class Core(yaml.SafeLoader):
        yaml_implicit_resolvers: dict[str, Any] = {}

    for tag, pattern, first in (
        ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
        ("float", r"^[-+]?[0-9]+\.[0-9]+$", "-+0123456789"),
        ("bool", "^(true|false)$", "tf"),
        ("null", "^(~|null|)$", ["~", "n", ""]),
    ):
        import re

        Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))
    return yaml.load(text, Loader=Core)


def test_every_shipped_scenario_is_valid(validator: Any, project: Path) -> None:
    for file in sorted((project / "scenarios").glob("*.yaml")):
        found = [error.message for error in validator.iter_errors(_plain(file.read_text(encoding="utf-8")))]
        assert not found, (file.name, found)


@pytest.mark.parametrize(
    "text",
    [
        "hostss: {}",
        "hosts: {a: {adress: 10.0.0.1/24}}",
        "hosts: {a: 10.0.0.1}",
        "links: [a - b]",
        "links: [a -- b: {delay: 5}]",
        "links: [a -- b: {rate: 10}]",
        "links: [a -- b: {loss: 5}]",
        "programs: {a: [lsten: 80]}",
        "programs: {a: [listen: http]}",
        "programs: {a: [connect: {to: b:80, fails: EFOO}]}",
        "programs: {a: {python: x.py}}",
        "faults: [{dropp: tcp}]",
        "faults: [{delay: tcp}]",
        "timeline: [{cut: a -- b}]",
        "expect: [{outptu: x, host: a}]",
        "expect: [{output: x}]",
        "expect: [{states: [SYN_SENT], host: a}]",
        "expect: [{frames: []}]",
        "expect: [{dropped: 1, because: los}]",
        "expect: [{table: macs, device: a, rows: []}]",
    ],
)
def test_refuses_what_the_loader_refuses(validator: Any, text: str) -> None:
    whole = text if text.startswith(("hosts:", "links:")) else TWO_HOSTS + text
    whole = whole if "hosts" in whole else "hosts: [a, b]\n" + whole
    with pytest.raises(ScenarioError):
        loads(whole)
    assert not validator.is_valid(_plain(whole))


def test_the_schema_has_the_keys_of_the_language() -> None:
    """Each map of the language stands in the schema with exactly its keys, and their meanings as descriptions."""
    maps = [
        vocabulary.SCENARIO, vocabulary.HOST, vocabulary.PORT, vocabulary.SWITCH, vocabulary.HUB, vocabulary.ROUTER,
        vocabulary.GATEWAY, vocabulary.LINK, vocabulary.DIRECTION, vocabulary.BURST_LOSS, vocabulary.REORDER,
        vocabulary.PROGRAM, vocabulary.START, vocabulary.OPTIONS, vocabulary.FRAME, vocabulary.AFTER,
        vocabulary.BOUNDS, vocabulary.ENDS, vocabulary.OUTPUT, vocabulary.REPEAT,
        *(keys for verb, keys in vocabulary.VERBS.items() if keys),
        *vocabulary.FAULTS.values(), *vocabulary.TIMELINE.values(), *vocabulary.EXPECTATIONS.values(),
        *vocabulary.COLUMNS.values(),
    ]  # fmt: skip
    stated = list(_maps(schema()))
    for keys in maps:
        assert dict(keys) in stated, list(keys)


def _maps(node: Any) -> Any:
    """All key-to-description tables of a schema."""
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict):
            yield {key: value.get("description") for key, value in node["properties"].items()}
        for value in node.values():
            yield from _maps(value)
    elif isinstance(node, list):
        for value in node:
            yield from _maps(value)


def test_verbs_are_described() -> None:
    (step,) = (node for node in schema()["definitions"]["step"]["anyOf"] if "listen" in node.get("properties", {}))
    described = {verb: value["description"] for verb, value in step["properties"].items()}
    assert described == {verb: text for verb, text in vocabulary.VERB_MEANINGS.items() if verb != "repeat"}


def test_defaults_are_stated() -> None:
    link = schema()["definitions"]["link properties"]["properties"]
    stated = {name: link[name]["default"] for name in ("rate", "delay", "mtu", "queue", "loss")}
    assert stated == {"rate": "1gbps", "delay": "1us", "mtu": 1500, "queue": 100, "loss": 0}
