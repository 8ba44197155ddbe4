"""Prints how many captures the simulated stack reproduces, and where it first differs in the others.

    python -m tests.golden.report [-v | --markdown] [--folder FOLDER] [NAME-PREFIX …]

`--folder`: captures from there (FAMILY/VARIANT/frames.json and so on, as make_golden.py writes them) instead of the
archive's.  Nothing needs to be known of them: the family says which calls are made, the variant's name and the
recorded calls say with what numbers, and when.
`-v`: all differences, and those of call results.  `--markdown`: the same as a page for people.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.golden.captures import Capture, Fields, in_folder, load, names
from tests.golden.comparison import NORMALIZED
from tests.golden.known import KNOWN
from tests.golden.pairs import Difference
from tests.golden.replay import NOT_REPLAYED, Verdict, judge
from tests.golden.search import MOST_REPLAYS

_INTRODUCTION = f"""# How true the stack is

Captures of Linux 6.18, each replayed on simnet: the same network, the same calls at the same times, and what every
interface saw compared frame by frame. This page is made by `python -m tests.golden.report --markdown > docs/parity.md`;
a test fails when its list of captures is out of date.

What a recording shows of the machine it was made on is taken from it: when calls began, acted and ended, when a frame
that left arrived, where the kernel's tick stood and which ticks came late, and, by what was acknowledged together, when
a reader's call held its socket. What it does not show decides races: how long a program takes to wake up, how long a
call holds its socket where nothing is acknowledged meanwhile, how late a tick comes that sends nothing, what the kernel
draws at random. The replay makes these choices one usual way. Where that does not give the recording, those made just
before the first difference are made otherwise, one by one, and what keeps both alike for longer stays: at most
{MOST_REPLAYS} replays (`tests/golden/search.py`). What cannot be reached by such choices stays different, and
`python -m tests.golden.report` prints which choices it took.

In bulk transfers bare acknowledgments, their windows and PSH on full segments are not compared one by one (see the
second table). The captures were in view while TCP was written; captures not in view agree less often. Three lots of new
variants, with delays, sizes, rates, options and lost frames drawn at random, were recorded one after the other, each
compared before anything was changed for it: 230 of 247, 230 of 247 and 230 of 245 equal (93 to 94 %).

Seventeen of those below (families 13e, 13f, 14d, 16e, 18c, 01_hello/wire10ms_ecn, 08c by Reno and with a queue of five,
11/rcvbuf4096, 13j/routers_ttl15, 14c/lan_port_closed, 15a/drop_synack_twice and delay_synack_2_6ms,
15e/tail_5_norack_cubic, 15f/reorder_seg7_…, 19_pmtu/udp) were recorded later with the golden recorder on Linux 6.18.

Captures made elsewhere are compared by one command, which needs to know nothing of them but the family's name:
`python -m tests.golden.report --folder FOLDER` (FOLDER/FAMILY/VARIANT/frames.json, as make_golden.py writes them).
"""


def chosen(folder: Path | None, prefixes: list[str]) -> Iterable[Capture]:
    """The captures whose names begin with one of `prefixes` (none: all)."""
    if folder is not None:
        return in_folder(folder, prefixes)
    wanted = tuple(prefixes) or ("",)
    return (load(name) for name in names() if name.startswith(wanted))


def line(frame: Fields | None) -> str:
    """A frame in one line."""
    if frame is None:
        return "nothing"
    eth = frame["eth"]
    head = f"{frame['n']:4} {frame['t']:12.6f} {frame['if']:<8} {frame['dir']:<3} {eth['src']}>{eth['dst']}"
    if "arp" in frame:
        arp = frame["arp"]
        return f"{head} ARP {arp['op']} {arp['spa']} {arp['sha']} asks {arp['tpa']} {arp['tha']}"
    ip = frame.get("ip")
    if ip is None:
        return f"{head} type {eth['type']}"
    flags = " DF" if ip["df"] else ""
    if "frag_off" in ip:
        flags += f" frag={ip['frag_off']}{'+' if ip['mf'] else ''}"
    tail = f"ttl={ip['ttl']} id={ip['id']}{flags} len={ip['len']}"
    if "tcp" in frame:
        tcp = frame["tcp"]
        options = ",".join("=".join(map(str, [option[0], *option[1:]])) for option in tcp["opts"])
        numbers = f"seq={tcp['seq']} ack={tcp.get('ack')} len={tcp['len']} win={tcp.get('win_scaled', tcp['win'])}"
        ends = f"{ip['src']}:{tcp['sport']} > {ip['dst']}:{tcp['dport']}"
        return f"{head} {ends} [{tcp['flags']}] {numbers} <{options}> {tail}"
    if "udp" in frame:
        udp = frame["udp"]
        return f"{head} {ip['src']}:{udp['sport']} > {ip['dst']}:{udp['dport']} UDP len={udp['len']} {tail}"
    shown = " ".join(f"{key}={value}" for key, value in frame.get("icmp", {}).items() if key != "quote")
    return f"{head} {ip['src']} > {ip['dst']} {shown or ip['proto']} {tail}"


def described(difference: Difference) -> str:
    """A difference with both frames."""
    return (
        f"    {difference.what}\n      recorded {line(difference.recorded)}\n      now      {line(difference.replayed)}"
    )


def text(verdict: Verdict, is_verbose: bool) -> str:
    """What became of one capture."""
    if verdict.problem:
        return f"  --    {verdict.name}: {verdict.problem}"
    if verdict.is_equal:
        found = f"  equal {verdict.name} ({verdict.frames} frames)"
    else:
        shown = verdict.differences if is_verbose else verdict.differences[:1]
        found = f"  NOT   {verdict.name} ({verdict.frames} frames, {len(verdict.differences)} differences)\n"
        found += "\n".join(described(difference) for difference in shown)
    if verdict.choices:
        found += "\n    chosen: " + "; ".join(verdict.choices)
    if verdict.calls:
        calls = verdict.calls if is_verbose else verdict.calls[:1]
        found += f"\n    {len(verdict.calls)} calls with other results\n" + "\n".join(f"      {call}" for call in calls)
    return found


def score(verdicts: Sequence[Verdict]) -> str:
    """N of M captures equal, K frames compared."""
    equal = sum(verdict.is_equal for verdict in verdicts)
    frames = sum(verdict.frames for verdict in verdicts)
    return f"{equal} of {len(verdicts)} captures equal, {frames} frames compared"


def page(verdicts: Sequence[Verdict]) -> str:
    """The report for people: the score, what differs and why, what is compared in another way and why."""
    at_once = sum(verdict.is_equal and not verdict.choices for verdict in verdicts)
    parts = [_INTRODUCTION, f"**{score(verdicts)}**; {at_once} of them by the usual choices alone.", ""]
    parts += ["| capture | frames | first difference | cause |", "|---|---|---|---|"]
    for verdict in verdicts:
        if not verdict.is_equal:
            first = verdict.problem or verdict.differences[0].what
            cause = KNOWN.get(verdict.name, "")
            parts.append(f"| {verdict.name} | {verdict.frames or ''} | {first.replace('|', '/')} | {cause} |")
    parts += ["", "| not compared as it stands | why |", "|---|---|"]
    parts += [f"| {name} | {why} |" for name, why in NORMALIZED.items()]
    return "\n".join(parts)


def main() -> int:
    """Print the report; 0 if all is equal, save what is never replayed; 2 if there is nothing to compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("prefixes", nargs="*", metavar="NAME-PREFIX")
    arguments = parser.parse_args()
    try:
        captures = chosen(arguments.folder, arguments.prefixes)
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    verdicts = []
    started = time.perf_counter()
    for capture in captures:
        verdicts.append(judge(capture))
        if not arguments.markdown:
            print(text(verdicts[-1], arguments.verbose), flush=True)
    if arguments.markdown:
        print(page(verdicts))
    else:
        print(f"{score(verdicts)}, {time.perf_counter() - started:.1f} s")
    is_known = all(verdict.is_equal or verdict.name.split("/")[0] in NOT_REPLAYED for verdict in verdicts)
    return 0 if is_known else 1


if __name__ == "__main__":
    sys.exit(main())
