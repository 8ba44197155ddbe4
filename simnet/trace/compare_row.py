"""`Row`: two frames that correspond, or one that has no counterpart, and what is not equal."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from simnet.trace.compare_names import Value
from simnet.trace.compare_sighting import Sighting


class Finding(Enum):
    """What a row says."""

    EQUAL = "equal"
    DIFFERENT = "different"
    ONLY_A = "only_a"
    ONLY_B = "only_b"


class Difference(Struct, frozen=True):
    """A field that differs; None where a side has no such field."""

    name: str
    a: Value | bytes | None
    b: Value | bytes | None


class Row(Struct):
    """The frame of A and that of B; one of them may be missing."""

    a: Sighting | None
    b: Sighting | None
    differences: tuple[Difference, ...] = ()

    @property
    def finding(self) -> Finding:
        """What this row says."""
        if self.b is None:
            return Finding.ONLY_A
        if self.a is None:
            return Finding.ONLY_B
        return Finding.DIFFERENT if self.differences else Finding.EQUAL

    @property
    def seen(self) -> Sighting:
        """The frame of A, or that of B where A has none."""
        found = self.a or self.b
        assert found is not None
        return found


def field_differences(a: Sighting, b: Sighting) -> tuple[Difference, ...]:
    """The fields in which two frames differ, outermost first."""
    if a.names == b.names and a.values == b.values:
        return ()
    left, right = a.fields(), b.fields()
    names = [*a.names, *(name for name in b.names if name not in left)]
    return tuple(
        Difference(name, left.get(name), right.get(name)) for name in names if left.get(name) != right.get(name)
    )
