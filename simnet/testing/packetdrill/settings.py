"""The options of a script, `--tolerance_usecs=10000`, and what they stand at when it gives none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Final

from simnet.testing.packetdrill.problems import InvalidScript, Unsupported
from simnet.units import MICROSECOND
from simnet.wire.addresses import parse_ip


@dataclass(frozen=True, slots=True)
class Settings:
    """Named as the options are; times in the units of their names.

    `mss`: a larger inbound segment stands for several of this size that the device has merged (0: for itself).
    """

    ip_version: str = "ipv4"
    mtu: int = 1500
    mss: int = 0
    tolerance_usecs: int = 4000
    tolerance_percent: float = 12.5
    tcp_ts_tick_usecs: int = 0
    tcp_ts_ecr_scaled: int = 0
    strict_segments: int = 0
    bind_port: int = 8080
    connect_port: int = 8080
    local_ip: int = parse_ip("192.168.0.1")
    remote_ip: int = parse_ip("192.0.2.1")

    def tolerance(self, delta: int) -> int:
        """How far, in ns, an event that is due `delta` after the one before it may be off."""
        return max(self.tolerance_usecs * MICROSECOND, round(delta * self.tolerance_percent / 100))


_WITHOUT_EFFECT: Final = frozenset({
    "define", "speed", "send_omit_free", "dry_run", "is_anyip", "debug", "verbose", "code_command",
    "code_format", "code_sockopt", "gateway_ip", "netmask_ip", "non_fatal", "persistent_tun_dev", "tun_dev",
})  # fmt: skip
"""What a simulated host needs not be told."""

_READERS: Final[dict[str, Callable[[str], object]]] = {
    "int": lambda value: int(value, 0) if value else 1,
    "float": float,
    "str": str,
}


def settings(options: Iterable[tuple[str, str]]) -> Settings:
    """The settings after `options`, of which a later one counts."""
    known = {entry.name: str(entry.type) for entry in fields(Settings)}
    chosen = Settings()
    for name, value in options:
        if name in _WITHOUT_EFFECT or name.startswith(("wire_", "so_")):
            continue
        if name not in known:
            raise Unsupported(f"the option --{name} is not modeled")
        try:
            read = parse_ip(value) if name.endswith("_ip") else _READERS[known[name]](value)
        except ValueError:
            raise InvalidScript(f'--{name} cannot be "{value}"') from None
        chosen = replace(chosen, **{name: read})  # type: ignore[arg-type]
    if chosen.ip_version != "ipv4":
        raise Unsupported(f"--ip_version={chosen.ip_version} is not modeled, only ipv4")
    return chosen
