"""The sums of a run must be able to disagree, and agree over moves and cuts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simnet.devices.conservation import violations
from simnet.devices.loopback import Loopback
from simnet.devices.port import Port
from simnet.devices.properties import Properties
from simnet.engine.scheduler import Scheduler
from simnet.wire.frame import Frame
from simnet.wire.payload import Raw
from tests.devices.watching import Cable

moments = st.integers(0, 100_000)


@given(
    st.lists(moments, max_size=15),
    st.lists(st.tuples(moments, st.sampled_from(["cut", "mend", "move", "slow"])), max_size=6),
    moments,
)
def test_frames_add_up_whatever_is_done_to_the_cable(
    times: list[int], orders: list[tuple[int, str]], stop: int
) -> None:
    cable = Cable(Properties(delay=20_000, queue=3))
    spare = [cable.port("c:eth0")]

    def handle(order: str) -> None:
        if order == "cut":
            cable.link.cut()
        elif order == "mend":
            cable.link.mend()
        elif order == "slow":
            cable.link.change(cable.a, Properties(rate=9_999_999, delay=1, loss=0.5))
        else:
            old = cable.link.b
            cable.link.move(old, spare.pop())
            spare.append(old)

    for time, order in orders:
        cable.at(time, handle, order)
    cable.send(*sorted(times))
    for until in (stop, 10**9):
        cable.scheduler.run(until=until)
        cable.check_balance()
        assert violations([cable.link.there, cable.link.back], [], cable.scheduler) == []


def test_a_frame_out_of_sight_is_reported() -> None:
    cable = Cable(Properties())
    cable.send(0)
    cable.scheduler.run()
    cable.link.there.dropped += 1
    assert violations([cable.link.there], [], cable.scheduler) == [
        "a:eth0 > b:eth0: 1 sent + 0 duplicated is not 1 arrived + 1 dropped + 0 in flight"
    ]


def test_a_frame_on_lo_counts_too() -> None:
    scheduler = Scheduler()
    port = Port(name="a:lo", mac=0, scheduler=scheduler, observer=None, receive=lambda port, frame, now: None)
    lo = Loopback(port=port, ordinal=1, scheduler=scheduler, observer=None)
    lo.send(Frame(0, 0, 0x0800, Raw(b"")))
    assert violations([], [lo], scheduler) == []  # in flight
    scheduler.run()
    assert violations([], [lo], scheduler) == []
    lo.sent += 1
    assert violations([], [lo], scheduler) == ["a:lo: 2 sent is not 1 arrived + 0 in flight"]
