"""Any frame, taken apart by scapy, for protocols that simnet itself does not speak.

The only module that imports scapy, and it does so inside a function: that takes a fifth of a second.  Scapy reads
interfaces and routes when it is imported, logs what it cannot parse, and lets exceptions of any kind escape from
broken bytes; all of this ends here.
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from simnet.trace.link_types import ETHERNET

Layers = list[tuple[str, list[tuple[str, str]]]]

_LONGEST_VALUE: Final = 400
_MOST_LAYERS: Final = 64
_MODULES: Final = ("inet", "inet6", "dns", "dhcp", "dhcp6", "ntp", "tftp", "snmp", "vxlan")
_MODULES_OF_LINK_TYPES: Final = {
    9: "ppp",
    105: "dot11",
    119: "dot11",
    127: "dot11",
    187: "bluetooth",
    195: "dot15d4",
    201: "bluetooth",
    220: "usb",
    227: "can",
    249: "usb",
}
_SAME_AS: Final = {14: 12}
"""Link types scapy knows under another number."""


def decode(data: bytes, link_type: int = ETHERNET) -> Layers:
    """The layers of `data`, outermost first: their names, and their fields with the values as text.

    Bytes that make no sense are a layer called Raw; nothing is raised for them.
    """
    if not data:
        return []
    with _silence():
        outermost = _outermost(link_type)
        try:
            return list(_layers(outermost(data)))
        except Exception:  # scapy's dissectors let through whatever broken bytes provoke
            return [("Raw", [("load", _short(repr(data)))])]


def _layers(packet: Any) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for _ in range(_MOST_LAYERS):
        if not packet or packet.name == "NoPayload":
            return
        yield str(packet.name), [_field(packet, field) for field in packet.fields_desc if field.name in packet.fields]
        packet = packet.payload


def _field(packet: Any, field: Any) -> tuple[str, str]:
    value = packet.fields[field.name]
    try:
        text = str(field.i2repr(packet, value))
    except Exception:  # as above: a value may be too broken even to be shown
        text = repr(value)
    return str(field.name), _short(text)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


@cache
def _outermost(link_type: int) -> Any:
    """Scapy's class for frames of this link type."""
    _import_scapy()
    from scapy.config import conf
    from scapy.packet import Raw

    module = _MODULES_OF_LINK_TYPES.get(link_type)
    if module is not None:
        importlib.import_module(f"scapy.layers.{module}")
    return conf.l2types.num2layer.get(_SAME_AS.get(link_type, link_type), Raw)


@cache
def _import_scapy() -> None:
    if "scapy.layers.inet" not in sys.modules:  # else whoever imported it has had it their way
        with _away_from_the_network():
            importlib.import_module("scapy.layers.inet")
    for module in _MODULES:
        importlib.import_module(f"scapy.layers.{module}")


@contextmanager
def _away_from_the_network() -> Iterator[None]:
    """Scapy, imported meanwhile, reads no routes and lists no interfaces; afterwards it can, should anyone ask."""
    from scapy.config import conf
    from scapy.interfaces import NetworkInterfaceDict

    class Postponed(NetworkInterfaceDict):
        def register_provider(self, provider: type) -> None:
            late.append(provider)

        def reload(self) -> None:
            """There is nothing to list yet."""

        def load_confiface(self) -> None:
            """Nor to choose from."""

    late: list[type] = []
    interfaces = conf.ifaces
    autoload = conf.route_autoload, conf.route6_autoload
    conf.ifaces = Postponed()
    conf.route_autoload = conf.route6_autoload = False
    try:
        yield
    finally:
        conf.ifaces = interfaces
        conf.route_autoload, conf.route6_autoload = autoload
        for provider in late:
            interfaces.register_provider(provider)


@contextmanager
def _silence() -> Iterator[None]:
    """What scapy has to say of broken bytes stays unsaid; the level it logs from is restored."""
    logger = logging.getLogger("scapy")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)
