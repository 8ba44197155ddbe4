"""A difference between two traces in a sentence."""

from __future__ import annotations

from simnet.trace.compare import Comparison
from simnet.trace.trace import Trace
from simnet.views.comparison_words import Ends, sentence


def first_words(comparison: Comparison, a: Trace, b: Trace) -> str:
    """The first difference; A is the simulated side."""
    assert comparison.first is not None
    return sentence(comparison.first, (Ends(a.network), Ends(b.network)))
