"""Near misses: the known name that someone probably meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `name` is most like, or None if it is like none of them."""
    from difflib import get_close_matches  # only needed once something is wrong

    names = list(known)
    folded = {candidate.casefold(): candidate for candidate in reversed(names)}
    if name.casefold() in folded:
        return folded[name.casefold()]
    found = get_close_matches(name[:100], names, n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean "eth.src"?`, or nothing if nothing is near."""
    candidate = nearest(name, known)
    return f'; did you mean "{candidate}"?' if candidate is not None else ""
