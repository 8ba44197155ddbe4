"""The Python API: the scenario language in the same words, `Network`.

    net = Network(seed=7)
    client = net.host("client", "192.168.1.10/24")
    server = net.host("server", "192.168.1.80/24")
    net.link(client, server, delay=ms(5))
    net.program(server, ["accept", …])
    net.expect(output="world", host=client)
    result = simnet.run(net)

Each call is remembered as the piece of YAML it stands for; `scenario()` reads them with the loader's own readers, so
that both say, check and refuse the same.  Problems name the line of the Python file that made the call.
Times and rates are ints (`ms(5)`, `mbps(100)`) or text ("5ms"); shares are floats (0.05) or text ("5%").
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from simnet.errors import ScenarioError
from simnet.scenario import tree
from simnet.scenario.load import from_tree
from simnet.scenario.position import Position
from simnet.scenario.tree import Node, Scalar
from simnet.scenario.values import Scenario

Time = int | str
Share = float | str
Properties = Mapping[str, Any]


class Device:
    """A device of a `Network`: what `link`, `program` and `expect` take."""

    def __init__(self, network: Network, name: str) -> None:
        self.network = network
        self.name = name

    def __str__(self) -> str:
        return self.name

    def port(self, name: str) -> str:
        """One of its ports, for `link`: r1.port("lan")."""
        return f"{self.name}:{name}"


class HostDevice(Device):
    """A host."""

    def program(self, steps: Sequence[object], *, name: str | None = None, start: object = None) -> None:
        """Let it run `steps`; see `Network.program`."""
        self.network.program(self, steps, name=name, start=start)

    def run(self, function: Callable[..., object]) -> NoReturn:
        """Let it run an ordinary Python function that uses `socket`: comes later."""
        name = getattr(function, "__name__", "the function")
        text = f"running Python functions on a host comes later; for now write {name} as steps"
        raise ScenarioError([tree.problem(_caller(), f"{text}: {self.name}.program([...])")])


class Network:
    """A scenario being written."""

    def __init__(
        self, *, name: str | None = None, about: str | None = None, seed: int | None = None, until: Time | None = None
    ) -> None:
        self._at = _caller()
        self._parts: list[tuple[Scalar, Node]] = []
        for key, value in {"name": name, "about": about, "seed": seed, "until": until}.items():
            if value is not None:
                self._parts.append((_key(key, self._at), _node(value, self._at)))
        self._maps: dict[str, tree.Mapping] = {}
        self._lists: dict[str, tree.Sequence] = {}

    # --- devices

    def host(
        self,
        name: str,
        address: str | None = None,
        *,
        gateway: str | None = None,
        mac: str | None = None,
        ports: Mapping[str, object] | None = None,
        routes: Mapping[str, str] | None = None,
        profile: str | None = None,
        sysctl: Properties | None = None,
        position: tuple[float, float] | None = None,
    ) -> HostDevice:
        """A computer."""
        given = {"address": address, "gateway": gateway, "mac": mac, "ports": ports, "routes": routes}
        self._declare("hosts", name, {**given, "profile": profile, "sysctl": sysctl, "position": position})
        return HostDevice(self, name)

    def switch(self, name: str, *, ageing: Time | None = None, position: tuple[float, float] | None = None) -> Device:
        """A learning switch."""
        return self._declare("switches", name, {"ageing": ageing, "position": position})

    def hub(self, name: str, *, position: tuple[float, float] | None = None) -> Device:
        """A hub."""
        return self._declare("hubs", name, {"position": position})

    def router(
        self,
        name: str,
        ports: Mapping[str, object],
        *,
        routes: Mapping[str, str] | None = None,
        profile: str | None = None,
        sysctl: Properties | None = None,
        position: tuple[float, float] | None = None,
    ) -> Device:
        """A router; `ports` as {"lan": "192.168.1.1/24", "wan": "10.0.0.1/24"}."""
        given = {"ports": ports, "routes": routes, "profile": profile, "sysctl": sysctl, "position": position}
        return self._declare("routers", name, given)

    def gateway(
        self,
        name: str,
        *,
        inside: object,
        outside: object,
        gateway: str | None = None,
        routes: Mapping[str, str] | None = None,
        forwards: Mapping[str, str] | None = None,
        profile: str | None = None,
        sysctl: Properties | None = None,
        position: tuple[float, float] | None = None,
    ) -> Device:
        """A router with NAT; `forwards` as {"tcp 8080": "192.168.1.10:80"}."""
        given = {"inside": inside, "outside": outside, "gateway": gateway, "routes": routes, "forwards": forwards}
        return self._declare("gateways", name, {**given, "profile": profile, "sysctl": sysctl, "position": position})

    # --- links

    def link(
        self,
        a: Device | str,
        b: Device | str,
        *,
        rate: int | str | None = None,
        delay: Time | None = None,
        jitter: Time | None = None,
        loss: Share | None = None,
        burst_loss: Properties | None = None,
        duplicate: Share | None = None,
        reorder: Share | Properties | None = None,
        corrupt: Share | None = None,
        mtu: int | None = None,
        queue: int | None = None,
        there: Properties | None = None,
        back: Properties | None = None,
    ) -> None:
        """A cable between two devices, or ports such as r1.port("lan").

        `there` and `back` are properties of the direction from `a` to `b` and of the other, alone.
        """
        given = {
            "rate": rate, "delay": delay, "jitter": jitter, "loss": loss, "burst loss": burst_loss,
            "duplicate": duplicate, "reorder": reorder, "corrupt": corrupt, "mtu": mtu, "queue": queue,
            "->": there, "<-": back,
        }  # fmt: skip
        at = _caller()
        text = _key(f"{a} -- {b}", at)
        self._list("links", at).append(tree.Mapping([(text, _node(given, at))], at))

    # --- behavior

    def program(
        self, host: Device | str, steps: Sequence[object], *, name: str | None = None, start: object = None
    ) -> None:
        """Let `host` run `steps`, written as in YAML: ["accept", {"send": "hello"}, "close"].

        Several programs on one host need names.  `start`: a time, or {"after": "server listens"}.
        """
        at = _caller()
        programs = self._map("programs", at)
        body = _node({"start": start, "steps": steps}, at)
        known = next((value for key, value in programs.entries if key.text == str(host)), None)
        if known is None:
            value = body if name is None else tree.Mapping([(_key(name, at), body)], at)
            programs.entries.append((_key(str(host), at), value))
        elif isinstance(known, tree.Mapping) and name is not None and not _has(known, "steps", name):
            known.entries.append((_key(name, at), body))
        else:
            text = f"{host} has a program already; give each of them a name of its own: program(..., name='door')"
            raise ScenarioError([tree.problem(at, text)])

    def fault(self, **words: object) -> None:
        """Something that goes wrong with chosen frames: fault(drop="tcp.flags.syn", nth=1, link="client -- s1")."""
        at = _caller()
        self._list("faults", at).append(_node(words, at))

    def timeline(self, **words: object) -> None:
        """Something that happens at a time: timeline(at=seconds(2), cut="client -- s1")."""
        at = _caller()
        self._list("timeline", at).append(_node(words, at))

    def expect(self, **words: object) -> None:
        """Something that must be true of the run: expect(output="world", host=client)."""
        at = _caller()
        self._list("expect", at).append(_node(words, at))

    def scenario(self) -> Scenario:
        """The scenario; raises `ScenarioError` with everything that is wrong in it."""
        parts = [*self._parts, *((_key(name, node.at), node) for name, node in self._maps.items())]
        parts += [(_key(name, node.at), node) for name, node in self._lists.items()]
        return from_tree(tree.Mapping(list(parts), self._at), [], self._at.file)

    # --- the tree

    def _declare(self, section: str, name: str, given: Mapping[str, object]) -> Device:
        at = _caller()
        devices = self._map(section, at)
        if any(key.text == name for key, _ in devices.entries):
            raise ScenarioError([tree.problem(at, f'"{name}" is declared already; give this device another name')])
        devices.entries.append((_key(name, at), _node(given, at)))
        return Device(self, name)

    def _map(self, section: str, at: Position) -> tree.Mapping:
        return self._maps.setdefault(section, tree.Mapping([], at))

    def _list(self, section: str, at: Position) -> list[Node]:
        return self._lists.setdefault(section, tree.Sequence([], at)).items


def _has(programs: tree.Mapping, *names: str) -> bool:
    return any(key.text in names for key, _ in programs.entries)


def _caller() -> Position:
    """The line outside this file that made the call."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename == __file__ and frame.f_back is not None:
        frame = frame.f_back
    return Position(frame.f_code.co_filename, frame.f_lineno, 1)


def _key(text: str, at: Position) -> Scalar:
    return Scalar(text, False, at)


def _node(value: object, at: Position) -> Node:
    """The tree that `value` stands for; entries that are None are left out."""
    if isinstance(value, (str, Device)):
        return Scalar(str(value), False, at, str(value))
    if isinstance(value, bool):
        return Scalar("true" if value else "false", True, at, value)
    if isinstance(value, (int, float)):
        return Scalar(str(value), True, at, value)
    if isinstance(value, bytes):
        return Scalar(value.decode("latin-1"), False, at, value)
    if isinstance(value, Mapping):
        entries = [(_key(str(key), at), _node(item, at)) for key, item in value.items() if item is not None]
        return tree.Mapping(entries, at)
    if isinstance(value, Iterable):
        return tree.Sequence([_node(item, at) for item in value], at)
    kind = type(value).__name__
    raise TypeError(f"a scenario is made of text, numbers, lists and dicts; found {kind} {value!r}")
