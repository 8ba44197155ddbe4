"""Scenario values to wired devices.

`builder` makes a `network` of a scenario, with the routes of `routing`; `timeline` changes it while it runs.
"""
