"""The JSON Schema (draft 7) of the scenario language, by which editors complete and check.

Keys and descriptions come from `vocabulary`, the loader's own table; the types are stated here.  The schema is as
strict as a schema can be; what depends on names and addresses, only the loader knows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from simnet.scenario import vocabulary
from simnet.scenario.devices import PROFILES
from simnet.scenario.error_names import ERROR_NAMES
from simnet.scenario.frame_expectations import DISCARD_REASONS, DROP_REASONS
from simnet.scenario.socket_options import NUMBERS as OPTION_NUMBERS
from simnet.scenario.socket_options import SIZES as OPTION_SIZES
from simnet.scenario.socket_options import TIMES as OPTION_TIMES
from simnet.scenario.sysctls import NAMES as SYSCTL_NAMES

Schema = dict[str, Any]

DRAFT: Final = "http://json-schema.org/draft-07/schema#"

_IP: Final = r"[0-9]{1,3}(\.[0-9]{1,3}){3}"
_TEXT: Final[Schema] = {"type": ["string", "number", "boolean"]}
_NAME: Final = r"^\w+([.-]\w+)*$"
_DEFINITIONS: Final[Schema] = {
    "time": {
        "anyOf": [{"type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*([nu]s|ms|s|min|h)\s*$"}, {"const": 0}],
        "description": "A time with its unit: 100ns, 1us, 5ms, 1.5s, 2min.",
    },
    "rate": {
        "type": "string",
        "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*([KkMmGg]?[Bb][Pp][Ss])\s*$",
        "description": "A rate with its unit: 64kbps, 100mbps, 1gbps.",
    },
    "share": {
        "anyOf": [{"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?\s*%$"}, {"const": 0}],
        "description": "A percentage: 5%, 0.1%.",
    },
    "size": {
        "anyOf": [
            {"type": "integer", "minimum": 0},
            {"type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*([KkMm]?[Bb]|[KkMm]i[Bb])\s*$"},
        ],
        "description": "A number of bytes, or one with its unit: 64KiB, 1MB.",
    },
    "tcp or udp port": {"type": "integer", "minimum": 1, "maximum": 65535},
    "address": {"type": "string", "pattern": f"^{_IP}$", "description": "An IP address: 192.168.1.1."},
    "interface": {
        "type": "string",
        "pattern": f"^{_IP}/[0-9]{{1,2}}$",
        "description": "An IP address with the length of its prefix: 192.168.1.10/24.",
    },
    "mac": {"type": "string", "pattern": "^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$"},
    "filter": {"type": "string", "minLength": 1, "description": "A filter, as in Wireshark: tcp.port == 80."},
    "link": {"type": "string", "pattern": "--", "description": "A link: client -- s1, or r1:wan -- server."},
    "link or direction": {"type": "string", "pattern": "--|->|<-", "description": "a -- b, or one direction: a -> b."},
    "endpoint": {"type": "string", "pattern": ":[0-9]+$", "description": "Host and port: server:8080."},
    "error": {"enum": list(ERROR_NAMES)},
}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _number(low: int, high: int | None = None) -> Schema:
    return {"type": "integer", "minimum": low} if high is None else {"type": "integer", "minimum": low, "maximum": high}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _free_map(values: Schema, keys: Schema | None = None) -> Schema:
    found: Schema = {"type": "object", "additionalProperties": values}
    return found if keys is None else {**found, "propertyNames": keys}


def _either(*schemas: Schema) -> Schema:
    return {"anyOf": list(schemas)}


def _map(words: Mapping[str, str], types: Mapping[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    """A map with exactly the keys of `words`, described by them."""
    assert words.keys() == types.keys(), words.keys() ^ types.keys()
    properties = {key: _described(types[key], words[key]) for key in words}
    found: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**found, "required": list(required)} if required else found


def _described(given: Schema, meaning: str) -> Schema:
    """`given` with a description; beside "$ref" draft 7 ignores everything, so a reference is wrapped."""
    rest = {key: value for key, value in given.items() if key != "$ref"}
    wrapped: Schema = {"allOf": [{"$ref": given["$ref"]}]} if "$ref" in given else {}
    return {**wrapped, **rest, "description": meaning}


_NULL: Final[Schema] = {"type": "null"}
_TRUTH: Final[Schema] = {"type": "boolean"}


def schema() -> Schema:
    """The whole schema."""
    return {
        "$schema": DRAFT,
        "title": "simnet scenario",
        "description": "A network, programs on its hosts, faults, a timeline, and what is expected of it all.",
        **_map(vocabulary.SCENARIO, {
            "name": _TEXT,
            "about": _TEXT,
            "seed": {**_number(0), "default": 1},
            "until": _ref("time"),
            "hosts": _either(_list(_names()), _free_map(_ref("host"), _names())),
            "switches": _either(_list(_names()), _free_map(_ref("switch"), _names())),
            "hubs": _either(_list(_names()), _free_map(_ref("hub"), _names())),
            "routers": _free_map(_ref("router"), _names()),
            "gateways": _free_map(_ref("gateway"), _names()),
            "links": _list(_either(_ref("link"), _ref("link with properties"))),
            "programs": _free_map(_programs()),
            "faults": _list(_ref("fault")),
            "timeline": _list(_ref("timeline entry")),
            "expect": _list(_ref("expectation")),
        }),
        "definitions": {**_DEFINITIONS, **_devices(), **_links(), **_steps(), **_disturbances(), **_expectations()},
    }  # fmt: skip


def _names() -> Schema:
    return {"type": "string", "pattern": _NAME}


def _devices() -> Schema:
    profile = {"enum": list(PROFILES), "default": PROFILES[0]}
    sysctl = _sysctl()
    position = {**_list({"type": "number"}), "minItems": 2, "maxItems": 2}
    stack = {"profile": profile, "sysctl": sysctl, "position": position}
    routes = _free_map(_ref("address"), {"pattern": f"^(default|{_IP}/[0-9]+)$"})
    port = _either(_ref("interface"), _NULL, _map(vocabulary.PORT, {
        "address": _ref("interface"), "mac": _ref("mac"), "mtu": _number(68, 65535),
    }))  # fmt: skip
    ports = _free_map(_ref("port"), _names())
    host = _map(vocabulary.HOST, {
        "address": _ref("interface"), "gateway": _ref("address"), "mac": _ref("mac"), "ports": ports,
        "routes": routes, **stack,
    })  # fmt: skip
    router = _map(vocabulary.ROUTER, {"ports": ports, "routes": routes, **stack}, ("ports",))
    gateway = _map(vocabulary.GATEWAY, {
        "inside": _ref("port"), "outside": _ref("port"), "gateway": _ref("address"), "routes": routes,
        "forwards": _free_map(_ref("endpoint"), {"pattern": r"^(tcp|udp)\s+[0-9]+$"}), **stack,
    }, ("inside", "outside"))  # fmt: skip
    ageing = {**_ref("time"), "default": "300s"}
    return {
        "port": port,
        "host": _either(_ref("interface"), _NULL, host),
        "switch": _either(_NULL, _map(vocabulary.SWITCH, {"ageing": ageing, "position": position})),
        "hub": _either(_NULL, _map(vocabulary.HUB, {"position": position})),
        "router": _either(router, {**ports, "not": {"required": ["ports"]}}),
        "gateway": gateway,
    }


def _sysctl() -> Schema:
    names = "|".join(re.escape(name) for name in sorted(SYSCTL_NAMES))
    pattern = rf"^(net\.(ipv4|core)\.)?({names})$"
    return _free_map(_either(_TEXT, _list(_either(_TEXT, _number(1, 2**31 - 1)))), {"pattern": pattern})


def _links() -> Schema:
    burst = _map(vocabulary.BURST_LOSS, {
        "enter": _ref("share"), "leave": _ref("share"), "loss": {**_ref("share"), "default": "100%"},
    }, ("enter", "leave"))  # fmt: skip
    reorder = _map(vocabulary.REORDER, {"share": _ref("share"), "by": {**_ref("time"), "default": "1ms"}}, ("share",))
    direction = {
        "rate": {**_ref("rate"), "default": "1gbps"},
        "delay": {**_ref("time"), "default": "1us"},
        "jitter": {**_ref("time"), "default": 0},
        "loss": {**_ref("share"), "default": 0},
        "burst loss": burst,
        "duplicate": {**_ref("share"), "default": 0},
        "reorder": _either(_ref("share"), reorder),
        "corrupt": {**_ref("share"), "default": 0},
        "mtu": {**_number(68, 65535), "default": 1500},
        "queue": {**_number(0, 1_000_000), "default": 100},
    }
    properties = _map(vocabulary.LINK, {**direction, "->": _ref("direction"), "<-": _ref("direction")})
    one = {**_free_map(_either(_NULL, _ref("link properties")), _ref("link")), "minProperties": 1, "maxProperties": 1}
    return {
        "direction": _map(vocabulary.DIRECTION, direction),
        "link properties": properties,
        "link with properties": one,
    }


def _programs() -> Schema:
    one = _either(_ref("steps"), _ref("program"))
    reserved = {"pattern": _NAME, "not": {"enum": [*vocabulary.PROGRAM]}}
    return _either(_ref("steps"), _ref("program"), _free_map(one, reserved))


_TOLD: Final = {"via": _TEXT, "as": _names(), "fails": _ref("error"), "timeout": _ref("time"), "local": {
    "anyOf": [_ref("tcp or udp port"), _ref("endpoint")]}}  # fmt: skip


def _options() -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for name in vocabulary.OPTIONS:
        if name in OPTION_TIMES:
            found[name] = _ref("time")
        elif name in OPTION_SIZES:
            found[name] = _ref("size")
        else:
            found[name] = _number(*OPTION_NUMBERS[name]) if name in OPTION_NUMBERS else _TRUTH
    return found


def _verb_types() -> dict[str, dict[str, Schema]]:
    """The types of the keys of each verb's map, those of `_TOLD` left out."""
    port, size = _ref("tcp or udp port"), _ref("size")
    content = {"text": _TEXT, "bytes": size, "hex": _TEXT, "encoding": {"type": "string", "default": "utf-8"}}
    options = _map(vocabulary.OPTIONS, _options())
    backlog = {**_number(0, 65535), "default": 128}
    return {
        "listen": {"port": port, "address": _TEXT, "backlog": backlog, "options": options},
        "accept": {"from": _TEXT},
        "connect": {"to": _ref("endpoint"), "options": options},
        "send": content,
        "receive": {
            "exactly": size, "up to": size, "until": {"enum": ["end", "line"]}, "encoding": content["encoding"],
        },
        "reply": content,
        "open udp": {"port": port, "address": _TEXT, "options": options},
        "connect udp": {"to": _ref("endpoint"), "options": options},
        "send to": {"to": _ref("endpoint"), **content},
        "receive from": {"up to": {**size, "default": 65536}, "encoding": content["encoding"]},
        "shutdown": {"how": {"enum": ["write", "read", "both"], "default": "write"}},
        "close": {},
        "abort": {},
        "set": _options(),
        "ping": {
            "to": _TEXT, "count": {**_number(1, 1_000_000), "default": 1}, "ttl": _number(1, 255),
            "size": {**size, "default": 56}, "interval": {**_ref("time"), "default": "1s"},
            "timeout": {**_ref("time"), "default": "10s"},
        },
    }  # fmt: skip


_MAIN_TYPES: Final[dict[str, Schema]] = {
    "listen": _ref("tcp or udp port"), "accept": _TEXT, "connect": _ref("endpoint"), "send": _TEXT,
    "receive": {"anyOf": [{"type": "integer", "minimum": 1}, {"enum": ["end", "line"]}]}, "reply": _TEXT,
    "open udp": _ref("tcp or udp port"), "connect udp": _ref("endpoint"), "receive from": _ref("size"),
    "shutdown": {"enum": ["write", "read", "both"]}, "close": _TEXT, "abort": _TEXT, "wait": _ref("time"),
    "ping": _TEXT, "print": _TEXT,
}  # fmt: skip
_ALONE: Final = ("accept", "receive", "reply", "open udp", "receive from", "shutdown", "close", "abort")
_NEEDED: Final = {
    "listen": ("port",), "connect": ("to",), "connect udp": ("to",), "send to": ("to",), "ping": ("to",),
}  # fmt: skip


def _steps() -> Schema:
    types = _verb_types()
    verbs: Schema = {}
    for verb, words in vocabulary.VERBS.items():
        if verb == "repeat":
            continue
        forms = [_MAIN_TYPES[verb]] if verb in _MAIN_TYPES else []
        if verb in types:
            told = {key: schema for key, schema in _TOLD.items() if key in words and key not in types[verb]}
            forms.append(_map(words, {**types[verb], **told}, _NEEDED.get(verb, ())))
        if verb in _ALONE:
            forms.append(_NULL)
        verbs[verb] = {**_either(*forms), "description": vocabulary.VERB_MEANINGS[verb]}
    one = {"minProperties": 1, "maxProperties": 1}
    step = {"type": "object", "properties": verbs, "additionalProperties": False, **one}
    repeat = _map(vocabulary.REPEAT, {"repeat": _number(1, 1_000_000), "steps": _ref("steps")}, ("repeat", "steps"))
    after = {"type": "string", "pattern": r"^\s*[^\s/]+(/\S+)?\s+(listens|ends)\s*$"}
    start = _map(vocabulary.START, {"after": after, "wait": {**_ref("time"), "default": 0}})
    return {
        "step": _either({"enum": list(_ALONE)}, step, repeat),
        "steps": _list(_ref("step")),
        "program": _map(vocabulary.PROGRAM, {
            "start": {**_either(_ref("time"), start), "default": 0}, "steps": _ref("steps"),
        }, ("steps",)),
    }  # fmt: skip


def _disturbances() -> Schema:
    nth = {"nth": _either(_number(1), _list(_number(1))), "link": _ref("link or direction")}
    own: dict[str, dict[str, Schema]] = {
        "drop": {}, "delay": {"by": _ref("time")}, "duplicate": {"copies": {**_number(1, 1000), "default": 1}},
        "corrupt": {"byte": _number(0, 65535)},
    }  # fmt: skip
    needed = {"delay": ("delay", "by")}
    faults = [
        _map(words, {action: _ref("filter"), **own[action], **nth}, needed.get(action, (action,)))
        for action, words in vocabulary.FAULTS.items()
    ]
    entries: dict[str, dict[str, Schema]] = {
        "cut": {"cut": _ref("link")},
        "mend": {"mend": _ref("link")},
        "move": {"move": _TEXT, "to": _TEXT},
        "change": {"change": _ref("link or direction"), "to": _ref("link properties")},
        "sysctl": {"sysctl": _sysctl(), "host": _TEXT},
        "note": {"note": _TEXT, "host": _TEXT},
    }
    timeline = [
        _map(words, {"at": _ref("time"), **entries[kind]}, ("at", kind) if kind == "note" else tuple(words))
        for kind, words in vocabulary.TIMELINE.items()
    ]
    return {"fault": _either(*faults), "timeline entry": _either(*timeline)}


def _expectation_types() -> dict[str, dict[str, Schema]]:
    frame = _map(vocabulary.FRAME, {"frame": _TEXT, "where": _ref("filter")}, ("where",))
    bounds = _either(_number(0), _map(vocabulary.BOUNDS, {"at least": _number(0), "at most": _number(0)}))
    output = _map(vocabulary.OUTPUT, {"contains": _TEXT, "matches": _TEXT, "bytes": _ref("size")})
    after = _map(vocabulary.AFTER, {"nth": {**_number(1), "default": 1}, "matching": _ref("filter")})
    ends = _map(vocabulary.ENDS, {"after": _ref("time"), "before": _ref("time")})
    fields = _list({"type": "string"})
    states = {"enum": list(vocabulary.STATES)}
    rows = [_map(columns, dict.fromkeys(columns, _TEXT)) for columns in vocabulary.COLUMNS.values()]
    return {
        "frames": {"frames": {**_list(_either(_TEXT, frame)), "minItems": 1}},
        "hop": {"hop": _TEXT, "rewritten": fields, "kept": fields, "changed": _free_map({"type": "integer"})},
        "states": {"states": {**_list(states), "minItems": 1}, "port": _ref("tcp or udp port"), "nth": _number(1)},
        "output": {"output": _either(_TEXT, _list(_TEXT), output), "program": _TEXT},
        "sockets": {"sockets": _free_map(_number(0), states), "at": _ref("time")},
        "never": {"never": _ref("filter")},
        "always": {"always": _ref("filter")},
        "count": {"count": bounds},
        "delivered": {"delivered": bounds},
        "dropped": {"dropped": bounds, "because": {"enum": list(DROP_REASONS)}},
        "discarded": {"discarded": bounds, "because": {"enum": list(DISCARD_REASONS)}},
        "gaps": {"gaps": {**_list(_ref("time")), "minItems": 1}, "within": {**_ref("share"), "default": "5%"}},
        "table": {
            "table": {"enum": list(vocabulary.COLUMNS)}, "device": _TEXT, "rows": _list(_either(*rows)),
            "at": _ref("time"), "after": after,
        },
        "ends": {"ends": ends},
    }  # fmt: skip


_SHARED_TYPES: Final = {"seen": _TEXT, "matching": _ref("filter"), "host": _TEXT}
_ALSO_NEEDED: Final = {
    "states": ("host",), "output": ("host",), "sockets": ("host",), "delivered": ("host",), "discarded": ("host",),
    "table": ("device", "rows"),
}  # fmt: skip


def _expectations() -> Schema:
    types = _expectation_types()
    kinds = []
    for kind, words in vocabulary.EXPECTATIONS.items():
        shared = {key: schema for key, schema in _SHARED_TYPES.items() if key in words}
        kinds.append(_map(words, {**types[kind], **shared}, (kind, *_ALSO_NEEDED.get(kind, ()))))
    return {"expectation": _either(*kinds)}
