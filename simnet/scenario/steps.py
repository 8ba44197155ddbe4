"""Reads the steps of a program: one function per verb.

A step is a verb alone (`accept`), a verb with its main value (`listen: 8080`), or a verb with a map
(`listen: {port: 8080, backlog: 2}`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from simnet.filter.near_miss import did_you_mean
from simnet.scenario import tree, vocabulary
from simnet.scenario.argument import Argument
from simnet.scenario.names import Names
from simnet.scenario.position import Position
from simnet.scenario.reader import Reader, kind_of, short
from simnet.scenario.socket_options import read_options
from simnet.scenario.step_values import (
    Abort,
    Accept,
    AnyStep,
    Close,
    Connect,
    ConnectUdp,
    Endpoint,
    Listen,
    OpenUdp,
    Ping,
    Print,
    Receive,
    ReceiveFrom,
    Repeat,
    Reply,
    Send,
    SendTo,
    SetOptions,
    Shutdown,
    Wait,
)
from simnet.scenario.tree import Node, Scalar, line
from simnet.units import SECOND

MAX_REPEAT: Final = 1_000_000
PING_TIMEOUT: Final = 10 * SECOND
MAX_COUNT: Final = 1_000_000_000

_RENAMED: Final = {
    "bind": 'write "open udp: 7788" for UDP or "listen: 8080" for TCP',
    "recv": 'write "receive"',
    "recvfrom": 'write "receive from"',
    "sendto": 'write "send to"',
    "sleep": 'write "wait"',
    "socket": 'sockets are opened by "connect", "listen" and "open udp"',
    "udp": 'write "open udp: 7788"',
    "tcp": 'write "connect: server:8080" or "listen: 8080"',
    "echo": 'write "print" to print, "reply" to send back what was received',
    "setsockopt": 'write "set: {nodelay: true}"',
}


class Steps:
    """Reads the steps of one program; knows the sockets they have named so far."""

    def __init__(self, reader: Reader, names: Names) -> None:
        self.reader = reader
        self._names = names
        self._sockets: dict[str, Position] = {}

    def read(self, node: Node | None) -> tuple[AnyStep, ...]:
        """A list of steps."""
        found = []
        for item in self.reader.items(node, "steps", "[connect: server:8080, send: hello, close]"):
            step = self._step(item)
            if step is not None:
                found.append(step)
        return tuple(found)

    def _step(self, node: Node) -> AnyStep | None:
        verb, argument = self._verb(node)
        if verb is None:
            return None
        if verb.text == "repeat":
            return self._repeat(node, verb)
        if verb.text not in _READERS:
            self._unknown(verb)
            return None
        given = Argument(
            self.reader, self._names, self._sockets, verb=verb.text, node=argument, at=verb.at, text=line(node)
        )
        step = _READERS[verb.text](given)
        name = getattr(step, "name", "")
        if isinstance(step, (Listen, Accept, Connect, OpenUdp, ConnectUdp)) and name:
            self._sockets[name] = verb.at
        return step

    def _verb(self, node: Node) -> tuple[Scalar | None, Node | None]:
        """The verb and the argument of a step."""
        if isinstance(node, Scalar) and not node.is_null():
            return node, None
        if isinstance(node, tree.Mapping) and node.entries:
            verb, argument = node.entries[0]
            if len(node.entries) == 1 or any(key.text == "repeat" for key, _ in node.entries):
                return next(((k, v) for k, v in node.entries if k.text == "repeat"), (verb, argument))
            extra = node.entries[1][0]
            if verb.text in _READERS and extra.text in vocabulary.VERBS[verb.text]:
                example = f"{verb.text}: {{{_MAIN_KEYS.get(verb.text, '…')}: …, {extra.text}: …}}"
                self.reader.problem(extra.at, f'"{extra.text}" belongs into the map of {verb.text}; write {example}')
            else:
                self.reader.problem(extra.at, "a step has one verb; begin the next step with a dash of its own")
            return None, None
        self.reader.problem(node.at, f"a step is a verb such as accept or listen: 8080; found {kind_of(node)}")
        return None, None

    def _unknown(self, verb: Scalar) -> None:
        renamed = _RENAMED.get(verb.text.lower())
        if renamed is not None:
            self.reader.problem(verb.at, f'"{verb.text}" is not a verb; {renamed}')
            return
        hint = did_you_mean(verb.text, _READERS) or f"; the verbs are {', '.join(vocabulary.VERBS)}"
        self.reader.problem(verb.at, f'"{short(verb.text)}" is not a verb{hint}')

    def _repeat(self, node: Node, verb: Scalar) -> Repeat | None:
        fields = self.reader.fields(node, vocabulary.REPEAT, "repeat") if isinstance(node, tree.Mapping) else None
        if fields is None:
            self.reader.problem(verb.at, "repeat needs a number and steps; write {repeat: 10, steps: [...]}")
            return None
        times = self.reader.number(self.reader.need(fields, "repeat", "repeat", "repeat: 10"), "repeat", 1, MAX_REPEAT)
        steps = self.reader.need(fields, "steps", "repeat", "{repeat: 10, steps: [...]}")
        if steps is None:
            return None
        inner = self.read(steps)
        return None if times is None else Repeat(times=times, steps=inner, text=line(node), at=verb.at)


_MAIN_KEYS: Final = {
    "listen": "port", "accept": "from", "connect": "to", "send": "text", "receive": "exactly", "reply": "text",
    "open udp": "port", "connect udp": "to", "send to": "to", "receive from": "up to", "shutdown": "how",
    "close": "via", "abort": "via", "ping": "to",
}  # fmt: skip


def _listen(given: Argument) -> Listen | None:
    port = given.reader.number(given.need("port", "8080"), "port", 1, 65535)
    backlog = given.reader.number(given.get("backlog"), "backlog", 0, 65535)
    address = given.names.address(given.get("address"), "address")
    shared, options, name = given.shared(), given.options(), given.new_name()
    if port is None:
        return None
    return Listen(
        port=port,
        address=address or 0,
        backlog=128 if backlog is None else backlog,
        options=options,
        name=name,
        **shared,
    )


def _accept(given: Argument) -> Accept:
    return Accept(listener=given.socket("from", main="from"), name=given.new_name(), **given.shared())


def _connect(given: Argument) -> Connect | None:
    to = given.names.endpoint(given.need("to", "server:8080"), "connect", "server:8080")
    local, options, name, shared = _local(given), given.options(), given.new_name(), given.shared()
    return None if to is None else Connect(to=to, local=local, options=options, name=name, **shared)


def _connect_udp(given: Argument) -> ConnectUdp | None:
    to = given.names.endpoint(given.need("to", "server:7788"), "connect udp", "server:7788")
    local, options, name, shared = _local(given), given.options(), given.new_name(), given.shared()
    return None if to is None else ConnectUdp(to=to, local=local, options=options, name=name, **shared)


def _local(given: Argument) -> Endpoint | None:
    node = given.get("local")
    if isinstance(node, Scalar) and node.text.isascii() and node.text.isdigit():
        port = given.reader.number(node, "local", 1, 65535)
        return None if port is None else Endpoint(0, port, node.text)
    return given.names.endpoint(node, "local", "192.168.1.10:5000")


def _send(given: Argument) -> Send:
    return Send(data=given.needed_data(), via=given.socket(), **given.shared())


def _reply(given: Argument) -> Reply:
    return Reply(data=given.data(), via=given.socket(), **given.shared())


def _send_to(given: Argument) -> SendTo | None:
    node = given.need("to", "{to: server:7788, text: hello}")
    if given.main is not None:
        given.reader.problem(given.main.at, "send to needs a map; write send to: {to: server:7788, text: hello}")
        return None
    data, via, shared = given.needed_data(), given.socket(), given.shared()
    to = given.names.endpoint(node, "send to", "server:7788")
    return None if to is None else SendTo(to=to, data=data, via=via, **shared)


def _receive(given: Argument) -> Receive | None:
    shared: dict[str, Any] = {"via": given.socket(), "encoding": given.encoding(), **given.shared()}
    if given.main is not None:
        if given.main.text in ("end", "line"):
            return Receive(until=given.main.text, **shared)
        if not given.main.text.isdigit():
            text = f'receive takes a number of bytes, end or line; found "{short(given.main.text)}"'
            given.reader.problem(given.main.at, text)
            return None
        count = given.reader.number(given.main, "receive", 1, MAX_COUNT)
        return None if count is None else Receive(until="count", count=count, **shared)
    chosen = [key for key in ("exactly", "up to", "until") if given.get(key) is not None]
    if len(chosen) > 1:
        given.reader.problem(given.at, f'receive has both "{chosen[0]}" and "{chosen[1]}"; keep one')
    if not chosen:
        return Receive(until="once", **shared)
    if chosen[0] == "until":
        until = given.reader.word(given.get("until"), "until", ("end", "line"))
        return None if until is None else Receive(until=until, **shared)
    size = given.reader.size(given.get(chosen[0]), chosen[0], 1, MAX_COUNT)
    return None if size is None else Receive(until="count" if chosen[0] == "exactly" else "once", count=size, **shared)


def _receive_from(given: Argument) -> ReceiveFrom:
    count = given.reader.size(given.get("up to", main="up to"), "up to", 1, MAX_COUNT)
    via, encoding, shared = given.socket(), given.encoding(), given.shared()
    return ReceiveFrom(count=65536 if count is None else count, via=via, encoding=encoding, **shared)


def _open_udp(given: Argument) -> OpenUdp:
    port = given.reader.number(given.get("port", main="port"), "port", 1, 65535)
    address = given.names.address(given.get("address"), "address")
    options, name, shared = given.options(), given.new_name(), given.shared()
    return OpenUdp(port=port or 0, address=address or 0, options=options, name=name, **shared)


def _shutdown(given: Argument) -> Shutdown:
    how = given.reader.word(given.get("how", main="how"), "shutdown", ("write", "read", "both"))
    return Shutdown(how=how or "write", via=given.socket(), **given.shared())


def _close(given: Argument) -> Close:
    return Close(via=given.socket(main="via"), **given.shared())


def _abort(given: Argument) -> Abort:
    return Abort(via=given.socket(main="via"), **given.shared())


def _set(given: Argument) -> SetOptions | None:
    shared, via = given.shared(), given.socket()
    if given.fields is None:
        given.reader.problem(given.at, "set needs a map; write for example set: {nodelay: true}")
        return None
    options = read_options(given.reader, given.fields)
    if not any(name in given.fields for name in vocabulary.OPTIONS):
        given.reader.problem(given.at, "set changes nothing; write for example set: {nodelay: true}")
    return SetOptions(options=options, via=via, **shared)


def _wait(given: Argument) -> Wait | None:
    if given.main is None:
        given.reader.problem(given.at, "wait needs a time; write for example wait: 100ms")
        return None
    time = given.reader.time(given.main, "wait")
    return None if time is None else Wait(time=time, text=given.text, at=given.at)


def _ping(given: Argument) -> Ping | None:
    target = given.need("to", "server")
    to = given.names.address(target, "ping")
    count = given.reader.number(given.get("count"), "count", 1, 1_000_000)
    ttl = given.reader.number(given.get("ttl"), "ttl", 1, 255)
    size = given.reader.size(given.get("size"), "size", 0, 65507)
    interval = given.reader.time(given.get("interval"), "interval", "s")
    shared = given.shared()
    if shared["timeout"] is None:
        shared["timeout"] = PING_TIMEOUT
    if to is None or not isinstance(target, Scalar):
        return None
    return Ping(
        to=to,
        name=target.text,
        count=count or 1,
        ttl=ttl or 0,
        size=56 if size is None else size,
        interval=SECOND if interval is None else interval,
        **shared,
    )


def _print(given: Argument) -> Print | None:
    if given.main is None:
        given.reader.problem(given.at, "print needs a text; write for example print: hello")
        return None
    return Print(words=given.main.text, text=given.text, at=given.at)


_READERS: Final[dict[str, Callable[[Argument], AnyStep | None]]] = {
    "listen": _listen, "accept": _accept, "connect": _connect, "send": _send, "receive": _receive, "reply": _reply,
    "open udp": _open_udp, "connect udp": _connect_udp, "send to": _send_to, "receive from": _receive_from,
    "shutdown": _shutdown, "close": _close, "abort": _abort, "set": _set, "wait": _wait, "ping": _ping,
    "print": _print,
}  # fmt: skip

