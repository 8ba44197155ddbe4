"""The numbers of pcapng's blocks and options, as far as simnet writes or reads them.

https://ietf-opsawg-wg.github.io/draft-ietf-opsawg-pcapng/
"""

from __future__ import annotations

from typing import Final

SECTION_MAGIC: Final = b"\x0a\x0d\x0d\x0a"
"""A file's first four bytes, the same in either byte order."""
BYTE_ORDER: Final = 0x1A2B3C4D
APPLICATION: Final = b"simnet"
"""What a section of ours says it was written by."""

# --- kinds of blocks
SECTION: Final = 0x0A0D0D0A
INTERFACE: Final = 1
OLD_PACKET: Final = 2
SIMPLE_PACKET: Final = 3
NAMES: Final = 4
STATISTICS: Final = 5
PACKET: Final = 6

# --- options
COMMENT: Final = 1
SECTION_APPLICATION: Final = 4
INTERFACE_NAME: Final = 2
INTERFACE_IPV4: Final = 4
INTERFACE_MAC: Final = 6
INTERFACE_SPEED: Final = 8
INTERFACE_RESOLUTION: Final = 9
INTERFACE_FRAME_CHECK: Final = 13
INTERFACE_SHIFT: Final = 14
PACKET_FLAGS: Final = 2
PACKET_ID: Final = 5
STATISTICS_DROPPED: Final = 5

# --- records of names
NAME_IPV4: Final = 1
NAME_IPV6: Final = 2

NANOSECONDS: Final = b"\x09"
"""The resolution 10**-9 s."""
