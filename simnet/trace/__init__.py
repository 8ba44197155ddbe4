"""What happened: recorded from a run, or read from a file; all that views and checks know of either.

Read in this order: events (the vocabulary), network and heading (what is known besides), recorder and sinks (how a
trace comes to be), trace (how it is read), files (`open_trace`, `save`).  Formats: jsonlines; pcapng_sink,
pcapng_blocks, pcapng, pcap, over capture, link_types, completion, source.  What can be told from a trace: flows,
labels, conservation.  decode is the only door to scapy.

Imports filter, wire and below; never stack, devices, engine or scenario.
"""
