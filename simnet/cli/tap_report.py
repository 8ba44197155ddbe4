"""What joining the kernel came to, in words."""

from __future__ import annotations

from simnet.units import format_time
from simnet.views.clock import rough
from simnet.wire.addresses import ip_text
from simnet.worlds.pacing import LATE
from simnet.worlds.simulated import Result
from simnet.worlds.tap import TapReport
from simnet.worlds.tap_plan import Plan


def introduction(plan: Plan) -> str:
    """Where the kernel is and what its address is."""
    own = plan.interface
    assert own.address is not None and own.prefix is not None
    via = plan.host.gateway
    route = f", gateway {ip_text(via)}" if via is not None else ", no gateway"
    return f"{plan.host.name} joins at {plan.link.b}, {ip_text(own.address)}/{own.prefix.length}{route}"


def summary(result: Result, report: TapReport) -> list[str]:
    """What failed, and three lines of numbers."""
    lines = []
    for verdict in result.verdicts:
        if not verdict.ok and verdict.text != "the scenario has expectations":
            lines.append(f"FAIL  {verdict.text}: {verdict.why}")
    if report.why_not_tap:
        lines.append(f"note: joined by a veth pair, for a TAP device was refused: {report.why_not_tap}")
    late = f"{report.late} of {report.turns} wake-ups {format_time(LATE)} late or more" if report.late else "never late"
    return [
        *lines,
        f"{rough(result.end_ns)} in real time by {report.way}, {result.frames} frames, {result.dropped} dropped",
        f"{report.to_kernel} frames to the kernel ({report.refused} refused), "
        f"{report.from_kernel} from it ({report.lost} lost)",
        f"lateness: {late}; {rough(report.latest)} at most",
    ]
