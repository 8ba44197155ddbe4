"""The few shell commands that scripts use, done to the simulated host; nothing is ever given to a shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from simnet.testing.packetdrill.machine import Machine
from simnet.testing.packetdrill.problems import InvalidScript, Unsupported
from simnet.testing.packetdrill.sysctls import PRODUCTION, set_sysctl
from simnet.units import SECOND

_SILENCED: Final = re.compile(r"\d*>&\d+|(?:&|\d*)>\s*/dev/null")
_ARITHMETIC: Final = re.compile(r"\$\(\((\s*\d+(?:\s*[*+]\s*\d+)*\s*)\)\)")
_SEPARATORS: Final = ";&|>"
_BOTH_HYSTARTS: Final = ["echo", "3", ">", "/sys/module/tcp_cubic/parameters/hystart_detect"]
_PRODUCTION_KEY: Final = "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4"
_KEY_WORDS: Final = 4
_WORD: Final = re.compile(r"[0-9a-fA-F]{1,8}")
_PROC: Final = "/proc/sys/"


def run_command(text: str, machine: Machine) -> None:
    """Do what `text` says; raises `Unsupported` for what is not known."""
    text = _ARITHMETIC.sub(_computed, _SILENCED.sub(" ", text))
    lexer = shlex.shlex(
        text.replace("\\\n", " ").replace("\n", ";"), posix=True, punctuation_chars=_SEPARATORS
    )
    lexer.whitespace_split = True
    lexer.commenters = "#"
    try:
        words = list(lexer)
    except ValueError as error:
        raise InvalidScript(f"the command {text!r} cannot be read: {error}") from None
    current: list[str] = []
    is_alternative = False
    for word in [*words, ";"]:
        if word.strip(";&|"):
            current.append(word)
            continue
        if current and not is_alternative:
            _run_one(current, machine)
        if word == "|" or word == "&":
            raise Unsupported(f"the shell's {word} is not modeled")
        is_alternative = word == "||"
        current = []


def _computed(match: re.Match[str]) -> str:
    """The shell's $((…)), for sums and products of numbers."""
    total = 0
    for product in match[1].split("+"):
        value = 1
        for factor in product.split("*"):
            value *= int(factor)
        total += value
    return str(total)


def _run_one(words: Sequence[str], machine: Machine) -> None:
    """One simple command, all of which succeed or are unsupported."""
    name, arguments = words[0].rpartition("/")[2], list(words[1:])
    if name in ("true", ":", "ethtool") or name.startswith("sysctl_restore_"):
        return
    if name == "defaults.sh":
        for key, value in PRODUCTION.items():
            set_sysctl(machine.profile, key, value)
        machine.stack.tcp.fast_open.choose_keys(_keys(_PRODUCTION_KEY))
    elif name in ("sysctl", "set_sysctls.py"):
        _assign(arguments, machine)
    elif name == "echo" and len(arguments) >= 3 and arguments[-2] == ">" and arguments[-1].startswith(_PROC):
        set_sysctl(machine.profile, arguments[-1], " ".join(arguments[:-2]))
    elif words == _BOTH_HYSTARTS:
        return
    elif name == "sleep" and len(arguments) == 1:
        _sleep(arguments[0], machine)
    elif name == "ip":
        _ip(arguments, machine)
    elif name in ("rm", "dd"):
        _change_file(name, arguments, machine)
    elif name == "tc" and "fq" not in arguments and "limit" not in arguments:
        return
    else:
        raise Unsupported(f"the command {shlex.join(words)} is not modeled")


def _change_file(name: str, arguments: Sequence[str], machine: Machine) -> None:
    """rm -f FILE…, dd if=/dev/zero of=FILE bs=1 count=5."""
    if name == "rm" and arguments[:1] == ["-f"] and not any(path.startswith("-") for path in arguments[1:]):
        for path in arguments[1:]:
            machine.files.pop(path, None)
        return
    given = dict(argument.partition("=")[::2] for argument in arguments)
    block, count = given.get("bs", "512"), given.get("count", "")
    if given.get("if") != "/dev/zero" or not given.get("of") or not (block.isdigit() and count.isdigit()):
        raise Unsupported(f"the command {name} {shlex.join(arguments)} is not modeled")
    machine.files[given["of"]] = int(block) * int(count)


def _assign(arguments: Sequence[str], machine: Machine) -> None:
    for argument in arguments:
        if argument.startswith("-"):
            continue
        name, equals, value = argument.partition("=")
        if not equals:
            raise Unsupported(f"reading the sysctl {name} is not modeled")
        if name.replace("/", ".").endswith(".tcp_fastopen_key"):
            machine.stack.tcp.fast_open.choose_keys(_keys(value))
        else:
            set_sysctl(machine.profile, name, " ".join(value.split()))


def _keys(text: str) -> tuple[bytes, ...]:
    """`a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4`, or two of these with a comma: four words of 32 bits each."""
    keys = []
    for key in text.split(","):
        words = key.split("-")
        if len(words) != _KEY_WORDS or not all(_WORD.fullmatch(word) for word in words):
            raise InvalidScript(f'the sysctl net.ipv4.tcp_fastopen_key cannot be "{text}"')
        keys.append(b"".join(int(word, 16).to_bytes(4, "little") for word in words))
    return tuple(keys[:2])


def _sleep(text: str, machine: Machine) -> None:
    try:
        machine.run_until(machine.now + int(Decimal(text) * SECOND))
    except InvalidOperation:
        raise InvalidScript(f'sleep "{text}" is no number of seconds') from None


def _ip(arguments: Sequence[str], machine: Machine) -> None:
    if list(arguments[:2]) == ["tcp_metrics", "flush"]:
        machine.stack.tcp.fast_open.forget()
        return
    if list(arguments[:2]) == ["link", "set"] and "mtu" in arguments[:-1]:
        text = arguments[arguments.index("mtu") + 1]
        if text.isdigit():
            machine.set_mtu(int(text))
            return
    raise Unsupported(f"the command ip {shlex.join(arguments)} is not modeled")
