"""Themes: what color each role is painted in, and how well a text reads on a ground (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from simnet.views.drawing import TINTS, Role

Theme = Mapping[Role, str]

LIGHT: Final[Theme] = {
    Role.PAPER: "#ffffff",
    Role.INK: "#17212b",
    Role.SOFT: "#4d5965",
    Role.FAINT: "#b9c3cd",
    Role.HOST: "#1d4f80",
    Role.HOST_FILL: "#e6f0fa",
    Role.SWITCH: "#17664f",
    Role.SWITCH_FILL: "#def3ea",
    Role.HUB: "#5d5540",
    Role.HUB_FILL: "#f3efe0",
    Role.ROUTER: "#8a3d12",
    Role.ROUTER_FILL: "#fdeee2",
    Role.GATEWAY: "#6b2a78",
    Role.GATEWAY_FILL: "#f7e9fa",
    Role.OPEN: "#176b2c",
    Role.DATA: "#0b57a4",
    Role.ACK: "#4d5965",
    Role.CLOSE: "#6336b0",
    Role.LOST: "#b81d26",
    Role.ARP: "#7d5200",
    Role.ICMP: "#0b6a66",
    Role.UDP: "#983b83",
    Role.OTHER: "#4d5965",
    Role.STATE: "#1d4f80",
    Role.STATE_FILL: "#d5e5f5",
    Role.TINT_1: "#f1f7fd",
    Role.TINT_2: "#f2f9f1",
    Role.TINT_3: "#fdf8eb",
    Role.TINT_4: "#f9f3fc",
    Role.TINT_5: "#fdf2f0",
    Role.TINT_6: "#eef8f8",
}

DARK: Final[Theme] = {
    Role.PAPER: "#11161c",
    Role.INK: "#e8edf2",
    Role.SOFT: "#a9b5c1",
    Role.FAINT: "#46525e",
    Role.HOST: "#8fc1f2",
    Role.HOST_FILL: "#1a2c3f",
    Role.SWITCH: "#78d3b3",
    Role.SWITCH_FILL: "#15332a",
    Role.HUB: "#d6c9a3",
    Role.HUB_FILL: "#322e21",
    Role.ROUTER: "#f2a877",
    Role.ROUTER_FILL: "#3a2618",
    Role.GATEWAY: "#dba3e6",
    Role.GATEWAY_FILL: "#34203a",
    Role.OPEN: "#74cf88",
    Role.DATA: "#82b8f5",
    Role.ACK: "#a9b5c1",
    Role.CLOSE: "#c1a5f7",
    Role.LOST: "#ff8a88",
    Role.ARP: "#e3b758",
    Role.ICMP: "#6fd0c9",
    Role.UDP: "#eb9dd8",
    Role.OTHER: "#a9b5c1",
    Role.STATE: "#8fc1f2",
    Role.STATE_FILL: "#24405c",
    Role.TINT_1: "#16212c",
    Role.TINT_2: "#17231a",
    Role.TINT_3: "#252116",
    Role.TINT_4: "#221a28",
    Role.TINT_5: "#271b1a",
    Role.TINT_6: "#152425",
}

GROUNDS: Final = (Role.PAPER, *TINTS)
"""What a text may stand on."""


def contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two colors, "#rrggbb": 1 (none) to 21 (black on white)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(int(color[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    if channel <= 0.04045:
        return channel / 12.92
    return float(((channel + 0.055) / 1.055) ** 2.4)
