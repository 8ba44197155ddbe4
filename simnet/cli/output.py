"""What the commands write besides text: pictures, and text in the places of pictures."""

from __future__ import annotations

import sys
from pathlib import Path

from simnet.cli.options import STANDARD_OUTPUT
from simnet.errors import SimnetError


def write(file: str, content: str | bytes) -> None:
    """Write `content` to `file`, or to standard output for `-`."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    if file == STANDARD_OUTPUT:
        sys.stdout.buffer.write(data)
        return
    try:
        Path(file).write_bytes(data)
    except OSError as error:
        raise SimnetError(f"{file}: cannot be written: {error.strerror}; check its folder and permissions") from None
