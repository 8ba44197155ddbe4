"""The command line: one file per command, `main.py` first.

Reading order: main (the table of commands, errors to exit codes), sources (what SOURCE may be), report (verdicts
and the JSON object), then the command you want to change.  Nothing here knows how to simulate, draw or decode: a
command turns its options into calls and its result into text.  Everything heavy is imported inside functions, so
that `simnet --help` stays under 150 ms.

Exit codes: 0 ok; 1 an expectation failed; 2 usage, input or environment; 130 interrupted; 141 nobody reads our output.
"""
