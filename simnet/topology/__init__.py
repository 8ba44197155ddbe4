"""Scenario values to wired devices."""
