"""packetdrill: scripts of socket calls and segments with their times, run against the stack in virtual time.

The language is that of github.com/google/packetdrill.  Reading order: lexer, script, parser, runner.
Does not model: IPv6, Fast Open, zero copy, epoll, outbound ICMP; a script that needs them is "unsupported".
"""
