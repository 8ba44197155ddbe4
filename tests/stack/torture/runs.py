"""One torture run per seed, of the kind that the seed says."""

from __future__ import annotations

from collections.abc import Callable

from tests.stack.torture import hostility
from tests.stack.torture.transfers import Transfer


def transfer(seed: int) -> None:
    """Two programs over a bad cable."""
    Transfer(seed).run()


KINDS: tuple[Callable[[int], None], ...] = (
    transfer, transfer, transfer, transfer, transfer, transfer,
    hostility.guessing_attacker, hostility.guessing_attacker, hostility.liar, hostility.flood,
)  # fmt: skip


def kind(seed: int) -> Callable[[int], None]:
    """What the run of `seed` does."""
    return KINDS[seed % len(KINDS)]


def problem(seed: int) -> str:
    """Run it; "" if all is well, else what was violated and where."""
    try:
        kind(seed)(seed)
    except Exception as error:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else "?"
        return f"{type(error).__name__}: {error} ({place})"
    return ""
