"""Expectations of a scenario against a trace: each gives a `Verdict`.

Reading order: verdict, seen (which frames an expectation looks at), frames, hop, states, tables, output, check.
Checks read traces only, so the same expectations hold for a simulated run and for a captured one.
"""
