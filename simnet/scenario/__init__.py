"""The scenario language: a file, or calls of `Network`, become the values of a `Scenario`.

Read in this order: values (with step_values, expectation_values, position) says what a scenario is; vocabulary holds
every word of the language; tree and reader turn text into nodes and nodes into typed values; devices, links,
link_properties, cabling, names, steps (argument, socket_options, content), programs, frame_patterns, expectations
and disturbances read the sections; consistency checks the whole; load puts them in order.  network is the Python
API over the same readers, schema the JSON Schema.

Imports filter, wire, units, reasons and errors; nothing that runs a scenario.
"""
