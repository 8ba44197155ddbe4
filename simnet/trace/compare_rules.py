"""What a comparison does not take as it stands: each normalization by its name, and what it does instead."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from simnet.errors import SimnetError

ISN: Final = "isn"
PORT: Final = "port"
PING: Final = "ping"
TIMESTAMPS: Final = "timestamps"
IP_ID: Final = "ip-id"
MAC: Final = "mac"
PADDING: Final = "padding"
CROSSING: Final = "crossing"
END: Final = "end"
TIME: Final = "time"

NORMALIZATIONS: Final = {
    ISN: "sequence, acknowledgment and SACK numbers count from the start of their connection",
    PORT: "ports a system chose (the asking side's from 1024 on, all from 32768 on) are numbered as they appear",
    PING: "identifiers of pings are numbered as they appear",
    TIMESTAMPS: "TSval must go with the clock, TSecr must echo the same frame",
    IP_ID: "zero or not is compared, and whether it counts up, of TCP in the same steps",
    MAC: "MAC addresses are those of the same ports; where ports are not known and addresses differ, numbered",
    PADDING: "zeros that fill a short frame up to 60 bytes are left out",
    CROSSING: "frames within 0.5 ms may change places; it is enough in one trace if their conversations are different",
    END: "ARP after the other trace has ended is left out: neighbors are probed as long as anybody listens",
    TIME: "times are not compared",
}
"""Each normalization by name; a strict comparison leaves some of them out."""


def read_strict(names: Iterable[str]) -> frozenset[str]:
    """The normalizations to leave out; raises `SimnetError` for an unknown name."""
    wanted = frozenset(names)
    for name in sorted(wanted - NORMALIZATIONS.keys()):
        near = get_close_matches(name, NORMALIZATIONS, 1)
        hint = f'did you mean "{near[0]}"?' if near else f"the names are {', '.join(NORMALIZATIONS)}"
        raise SimnetError(f'there is no normalization "{name}"; {hint}')
    return wanted
