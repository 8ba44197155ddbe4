"""A system call that has not returned yet."""

from __future__ import annotations

from dataclasses import dataclass

from simnet.testing.packetdrill.script import SystemCall
from simnet.testing.packetdrill.sending import Steps


@dataclass(slots=True)
class Blocked:
    """`due`: when the script wants it to return, give or take `tolerance`."""

    call: SystemCall
    line: int
    steps: Steps
    due: int
    tolerance: int
