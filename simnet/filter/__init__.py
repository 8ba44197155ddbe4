"""The filter language: expressions over the fields of a frame, as in Wireshark.

Read in this order: lexer, parser, fields (what can be named), literals (how values are written), compiler.
Imports wire, errors and nothing above them.

    heard = filter.compile("tcp.port == 80 && tcp.flags.syn")
    heard.matches(frame)
    filter.field(frame, "ip.ttl")
"""

from simnet.filter.compiler import Filter, compile, field, find_field
from simnet.filter.fields import ALIASES, FIELDS, Field, FieldKind

__all__ = ["ALIASES", "FIELDS", "Field", "FieldKind", "Filter", "compile", "field", "find_field"]
