"""Random small scenarios as plain data, in the words of the scenario language.

Steps are far apart in time, so that what happens hangs on protocols and not on who is quicker; `trial` throws away
what still does.
"""

from __future__ import annotations

from random import Random
from typing import Any, Final

Draft = dict[str, Any]
Step = Any
"""A step as YAML has it: a verb, or a map with one verb."""

SERVER: Final = "b"
CLIENT: Final = "a"
_WAITS: Final = (10, 25, 70, 110, 160, 330, 700)
"""In ms; away from the 40 ms of a delayed ACK and the 200 ms of a first retransmission."""
_SIZES: Final = (1, 10, 100, 535, 800, 1447, 1448, 1449, 1500, 2896, 3000, 4344, 5000, 9000)
"""Not around 1000: which of those let the window grow hangs on how a driver lays out packets in memory."""
_DATAGRAMS: Final = (1, 100, 1471, 1472, 1473, 1500, 2952, 2953, 5000, 9000, 65507, 65508)
_PINGS: Final = (0, 1, 56, 1472, 1473, 4000)
_ROUTED: Final = {"a": "10.0.1.1", "b": "10.0.2.1"}
_FILTERS: Final = (
    "tcp.len > 0", "tcp.flags.syn", "tcp.flags.fin", "tcp.flags.syn && tcp.flags.ack", "tcp.len == 0",
    "tcp.flags.reset", "udp", "icmp", "arp", "ip.flags.mf",
)  # fmt: skip
_SYSCTLS: Final[tuple[Draft, ...]] = (
    {"tcp_sack": 0}, {"tcp_timestamps": 0}, {"tcp_window_scaling": 0}, {"tcp_ecn": 1}, {"tcp_ecn": 0},
    {"tcp_dsack": 0}, {"tcp_early_retrans": 0}, {"tcp_recovery": 0}, {"tcp_frto": 0},
    {"tcp_congestion_control": "reno"}, {"tcp_slow_start_after_idle": 0}, {"tcp_syn_retries": 1}, {"tcp_retries2": 3},
    {"tcp_fin_timeout": "1s"},
    {"tcp_orphan_retries": 1}, {"ip_default_ttl": 7}, {"tcp_moderate_rcvbuf": 0}, {"tcp_abort_on_overflow": 1},
    {"tcp_rto_min": "300ms"}, {"tcp_invalid_ratelimit": "0s"}, {"tcp_reordering": 5},
)  # fmt: skip


def draft(random: Random) -> Draft:
    """A scenario of one or two hosts that speak, over some network."""
    made = _network(random)
    kind = random.choices((_streams, _datagrams, _echoes, _nobody_there), (10, 3, 1, 2))[0]
    made["programs"] = kind(random)
    if random.random() < 0.4:
        made["faults"] = [_fault(random) for _ in range(random.choice((1, 1, 2)))]
    if random.random() < 0.4:
        chosen = random.sample(_SYSCTLS, random.choice((1, 1, 2)))
        host = made["hosts"][random.choice((CLIENT, SERVER))]
        host["sysctl"] = {name: value for each in chosen for name, value in each.items()}
    return made


def wait(random: Random) -> Step:
    """Some time in which nothing is done."""
    return {"wait": f"{random.choice(_WAITS)}ms"}


# --- networks


def _network(random: Random) -> Draft:
    made: Draft = {
        "name": "random",
        "until": "30s",
        "hosts": {"a": {"address": "10.0.0.1/24"}, "b": {"address": "10.0.0.2/24"}},
    }
    random.choice((_cable, _cable, _switch, _router, _two_routers, _gateway))(random, made)
    made["expect"] = [{"never": "frame.len == 1"}]
    return made


def _link(random: Random) -> Draft:
    """The properties of a cable: short, long or slow."""
    return random.choice(
        ({}, {}, {"delay": "10ms"}, {"delay": "3ms", "rate": "10mbps"}, {"delay": "25ms", "rate": "4mbps"})
    )


def _cable(random: Random, made: Draft) -> None:
    made["links"] = [{"a -- b": _link(random)}]


def _switch(random: Random, made: Draft) -> None:
    made["switches"] = ["s"]
    made["links"] = [{"a -- s": _link(random)}, {"b -- s": {}}]


def _router(random: Random, made: Draft) -> None:
    _behind_routers(made)
    made["routers"] = {"r": {"ports": {"left": "10.0.1.254/24", "right": "10.0.2.254/24"}}}
    made["links"] = [{"a -- r:left": {}}, {"r:right -- b": _link(random) | _mtu(random)}]


def _two_routers(random: Random, made: Draft) -> None:
    _behind_routers(made)
    made["routers"] = {
        "r": {"ports": {"left": "10.0.1.254/24", "right": "10.0.9.1/24"}},
        "q": {"ports": {"left": "10.0.9.2/24", "right": "10.0.2.254/24"}},
    }
    made["links"] = [{"a -- r:left": {}}, {"r:right -- q:left": _link(random) | _mtu(random)}, {"q:right -- b": {}}]


def _gateway(random: Random, made: Draft) -> None:
    made["hosts"]["a"] = {"address": "10.0.1.1/24", "gateway": "10.0.1.254"}
    made["hosts"]["b"] = {"address": "10.0.2.1/24"}
    made["gateways"] = {"g": {"inside": "10.0.1.254/24", "outside": "10.0.2.254/24"}}
    made["links"] = [{"a -- g:inside": {}}, {"g:outside -- b": _link(random)}]


def _behind_routers(made: Draft) -> None:
    for name, address in _ROUTED.items():
        made["hosts"][name] = {"address": f"{address}/24", "gateway": f"{address.rpartition('.')[0]}.254"}


def _mtu(random: Random) -> Draft:
    return {"mtu": 800} if random.random() < 0.25 else {}


# --- programs


def _streams(random: Random) -> Draft:
    """A server and a client with one to three connections."""
    count = random.choice((1, 1, 1, 2, 3))
    server: list[Step] = [{"listen": {"port": 80, "backlog": random.choice((0, 1, 5)), "options": _options(random)}}]
    client: list[Step] = [{"wait": "50ms"}]
    for number in range(count):
        name = f"c{number}"
        server.append({"accept": {"as": name, "timeout": "3s"}})
        client.append({"connect": {"to": "b:80", "as": name, "timeout": "4s", "options": _options(random)}})
        if random.random() < 0.5:
            client.append(wait(random))
    names = [f"c{number}" for number in range(count)]
    server += _talk(random, names)
    client += _talk(random, names)
    return {SERVER: server, CLIENT: client}


def _talk(random: Random, names: list[str]) -> list[Step]:
    steps: list[Step] = []
    open_ones = list(names)
    for _ in range(random.randint(2, 4 + 3 * len(names))):
        if not open_ones:
            break
        name = random.choice(open_ones)
        step = _act(random, name)
        if next(iter(step)) in ("close", "abort"):
            open_ones.remove(name)
        steps.append(step)
        if random.random() < 0.75:
            steps.append(wait(random))
    return steps


def _act(random: Random, name: str) -> Step:
    """Something done with one connection."""
    what = random.choices(
        ("send", "receive", "end", "shutdown", "set", "close", "abort"), (10, 6, 3, 2, 2, 2, 1)
    )[0]
    if what == "send":
        return {"send": {"bytes": random.choice(_SIZES), "via": name, "timeout": "2s"}}
    if what == "receive":
        return {"receive": {"up to": random.choice((1, 100, 2000, 20000)), "via": name, "timeout": "500ms"}}
    if what == "end":
        return {"receive": {"until": "end", "via": name, "timeout": "1500ms"}}
    if what == "shutdown":
        return {"shutdown": {"how": random.choice(("write", "write", "write", "read", "both")), "via": name}}
    if what == "set":
        return {"set": {**_option(random), "via": name}}
    return {what: {"via": name}}


def _options(random: Random) -> Draft:
    return _option(random) if random.random() < 0.25 else {}


def _option(random: Random) -> Draft:
    """An option; no small receive buffers: what fits hangs on how a driver lays out packets in memory."""
    return random.choice((
        {"nodelay": True}, {"cork": True}, {"cork": False}, {"quickack": True}, {"quickack": False},
        {"receive buffer": random.choice((30000, 100000))}, {"send buffer": random.choice((1, 5000, 20000))},
        {"linger": "0s"}, {"mss": random.choice((88, 536, 800))}, {"user timeout": "1s"}, {"ttl": 9},
        {"keepalive": True, "keepalive idle": "1s", "keepalive interval": "1s", "keepalive count": 2},
    ))  # fmt: skip


def _datagrams(random: Random) -> Draft:
    port = random.choice((7000, 7000, 7000, 7001))
    server: list[Step] = [{"open udp": 7000}]
    for _ in range(random.randint(1, 4)):
        server.append({"receive from": {"up to": random.choice((1, 3000, 65536)), "timeout": "700ms"}})
        server.append(random.choice(("reply", {"reply": {"bytes": random.choice(_DATAGRAMS)}}, wait(random))))
    client: list[Step] = [{"wait": "50ms"}]
    is_connected = random.random() < 0.5
    client.append({"connect udp": f"b:{port}"} if is_connected else {"open udp": {}})
    for _ in range(random.randint(1, 5)):
        size = random.choice(_DATAGRAMS)
        client.append({"send": {"bytes": size}} if is_connected else {"send to": {"to": f"b:{port}", "bytes": size}})
        client.append(wait(random))
        if random.random() < 0.5:
            client.append({"receive from": {"timeout": "300ms"}})
    return {SERVER: server, CLIENT: client}


def _echoes(random: Random) -> Draft:
    steps: list[Step] = [{"wait": "50ms"}]
    for _ in range(random.randint(1, 3)):
        ping: Draft = {"to": "b", "size": random.choice(_PINGS), "timeout": "500ms", "interval": "300ms"}
        ping |= random.choice(({}, {"ttl": 1}, {"ttl": 2}, {"count": 3}))
        steps += [{"ping": ping}, wait(random)]
    return {CLIENT: steps}


def _nobody_there(random: Random) -> Draft:
    """Closed ports and addresses that are nobody's."""
    steps: list[Step] = [{"wait": "50ms"}]
    for _ in range(random.randint(1, 3)):
        to = random.choice(("b:9", "b:9", "10.0.0.77:9", "10.0.2.77:9", "10.77.0.1:9", "127.0.0.1:9", "a:9"))
        steps.append(random.choice((
            {"connect": {"to": to, "timeout": "4s"}},
            {"connect udp": to}, {"send to": {"to": to, "bytes": random.choice(_DATAGRAMS)}},
            {"ping": {"to": to.partition(":")[0], "timeout": "4s"}},
        )))  # fmt: skip
        steps.append(wait(random))
        if "connect udp" in steps[-2]:
            steps += [{"send": "x"}, wait(random), {"send": "y"}, {"receive": {"timeout": "200ms"}}]
    return {CLIENT: steps}


# --- faults


def _fault(random: Random) -> Draft:
    kind = random.choice(("drop", "drop", "drop", "duplicate", "delay", "corrupt"))
    made: Draft = {kind: random.choice(_FILTERS), "nth": random.choice((1, 1, 2, 3))}
    if kind == "delay":
        made["by"] = random.choice(("30ms", "100ms", "300ms"))
    return made
