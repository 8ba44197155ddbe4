"""A scenario file -> `Scenario`, or a `ScenarioError` with everything that is wrong in it.

    tree (positions) -> devices -> cabling (ports) -> names -> programs, faults, timeline, expectations -> consistency
"""

from __future__ import annotations

from pathlib import Path, PurePath

from msgspec.structs import replace

from simnet.errors import Problem, ScenarioError
from simnet.scenario import tree, vocabulary
from simnet.scenario.cabling import Cabling
from simnet.scenario.consistency import check_consistency
from simnet.scenario.devices import Devices, read_devices
from simnet.scenario.disturbances import Timeline, read_faults
from simnet.scenario.expectations import Expectations
from simnet.scenario.links import Wiring
from simnet.scenario.names import Names
from simnet.scenario.programs import Programs
from simnet.scenario.reader import LARGEST, Fields, Reader
from simnet.scenario.tree import Node, Scalar
from simnet.scenario.values import DEFAULT_SEED, Gateway, Host, Hub, Interface, Position, Router, Scenario, Switch


def load(path: str | Path) -> Scenario:
    """The scenario in the file `path`; raises `ScenarioError`."""
    file = str(path)
    return _loads(tree.decode(tree.read_bytes(Path(path), file), file), file)


def loads(text: str, file: str = "<text>") -> Scenario:
    """The scenario in `text`, which messages call `file`; raises `ScenarioError`."""
    return _loads(text.removeprefix("\ufeff"), file)


def _loads(text: str, file: str) -> Scenario:
    node, problems = tree.parse(text, file)
    return from_tree(node, problems, file)


def from_tree(node: Node | None, problems: list[Problem], file: str) -> Scenario:
    """The scenario that a tree means; `problems` are those found while the tree was made."""
    reader = Reader(problems)
    scenario = _read(reader, node, file)
    if scenario is not None and not problems:
        check_consistency(reader, scenario)
    if scenario is None or problems:
        raise ScenarioError(_in_order(problems))
    return scenario


def _in_order(problems: list[Problem]) -> list[Problem]:
    """By position, each once."""
    texts = {str(problem): problem for problem in problems}
    return sorted(texts.values(), key=lambda problem: (problem.line, problem.column))


def _read(reader: Reader, node: Node | None, file: str) -> Scenario | None:
    if node is None or isinstance(node, Scalar) and node.is_null():
        text = "the file is empty; a scenario has hosts, links and programs: simnet init writes one to start from"
        reader.problem(Position(file), text)
        return None
    fields = reader.fields(node, vocabulary.SCENARIO, "the scenario")
    if fields is None:
        return None
    devices = read_devices(reader, fields)
    if not devices.all and not reader.problems:
        reader.problem(fields.at, "the scenario has no hosts; write for example hosts: {client: 192.168.1.10/24}")
    cabling = Cabling(reader, devices)
    cabling.connect(fields.get("links"))
    names = Names(reader, devices, Wiring(cabling.links), cabling)
    return _with_behavior(reader, fields, names, cabling, file)


def _with_behavior(reader: Reader, fields: Fields, names: Names, cabling: Cabling, file: str) -> Scenario:
    """Everything that needs the names of devices and ports."""
    until = reader.time(fields.get("until"), "until", "s")
    if until == 0:
        reader.problem(fields.at_key("until"), "until 0 ends the run before it begins; write for example 10s")
    seed = reader.number(fields.get("seed"), "seed", 0, LARGEST)
    programs = Programs(reader, names).read(fields.get("programs"))
    faults = read_faults(reader, names, fields.get("faults"))
    timeline = Timeline(reader, names, cabling, until).read(fields.get("timeline"))
    expect = Expectations(reader, names).read(fields.get("expect"))
    devices = _finished(names.devices, cabling)
    return Scenario(
        name=reader.text(fields.get("name"), "name", "handshake") or PurePath(file).stem,
        about=reader.text(fields.get("about"), "about", "what the scenario shows") or "",
        seed=DEFAULT_SEED if seed is None else seed,
        until=until,
        hosts=tuple(device for device in devices if isinstance(device, Host)),
        switches=tuple(device for device in devices if isinstance(device, Switch)),
        hubs=tuple(device for device in devices if isinstance(device, Hub)),
        routers=tuple(device for device in devices if isinstance(device, Router)),
        gateways=tuple(device for device in devices if isinstance(device, Gateway)),
        links=tuple(cabling.links),
        programs=programs,
        faults=faults,
        timeline=timeline,
        expect=expect,
        order=tuple(device.name for device in devices),
        file=file,
    )


def _finished(devices: Devices, cabling: Cabling) -> list[Host | Switch | Hub | Router | Gateway]:
    """All devices with the ports that links and timeline gave them."""
    finished: list[Host | Switch | Hub | Router | Gateway] = []
    for name, device in devices.all.items():
        ports = cabling.ports(name)
        if isinstance(device, (Switch, Hub)):
            finished.append(replace(device, ports=tuple(ports)))
        elif isinstance(device, Host):
            declared = {interface.name for interface in device.interfaces}
            grown = tuple(Interface(name=port, at=device.at) for port in ports if port not in declared)
            finished.append(replace(device, interfaces=device.interfaces + grown))
        else:
            finished.append(device)
    return finished
