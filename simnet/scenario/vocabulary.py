"""The words of the scenario language: every key of every map, with its meaning.

One table for the loader (unknown keys, near misses), the JSON Schema (descriptions) and the test of the reference.
The name of a map is what error messages call it.
"""

from __future__ import annotations

from typing import Final

SCENARIO: Final = {
    "name": "What the scenario is called; default: the file's name.",
    "about": "What it shows, in plain words.",
    "seed": "Seed of everything random; default 1. The same seed gives the same run.",
    "until": "When the run ends at the latest, such as 10s; default: when nothing is left to do.",
    "hosts": "Computers: a map of names, each with its address or a map.",
    "switches": "Learning switches: a list of names, or a map of names.",
    "hubs": "Hubs, which repeat everything to every port: a list of names, or a map of names.",
    "routers": "Routers: a map of names, each with its ports.",
    "gateways": "Routers with network address translation (NAT): a map of names.",
    "links": "Cables: a list of a -- b.",
    "programs": "What runs on the hosts: a map from a host to its steps.",
    "faults": "What goes wrong with exactly chosen frames: a list.",
    "timeline": "What happens to the network at given times: a list.",
    "expect": "What must be true of the run: a list.",
}

_STACK: Final = {
    "profile": "Behavior of the protocol stack: linux or rfc; default linux.",
    "sysctl": "Tunables of the protocol stack by their Linux names, such as tcp_syn_retries: 2.",
    "position": "Where to draw it: [x, y].",
}
HOST: Final = {
    "address": "IP address with prefix length of its first port, such as 192.168.1.10/24.",
    "gateway": "Address of the next hop for everything outside its own network; default none.",
    "mac": "MAC address of its first port; default: given by the program.",
    "ports": "Several ports: a map from port name to address, or to a map.",
    "routes": "More routes: a map from network to next hop, such as 10.9.0.0/16: 192.168.1.254.",
    **_STACK,
}
PORT: Final = {
    "address": "IP address with prefix length, such as 192.168.1.1/24.",
    "mac": "MAC address; default: given by the program.",
    "mtu": "Largest packet it sends, in bytes; default: that of its link.",
}
SWITCH: Final = {
    "ageing": "How long an address is remembered without being seen; default 300s.",
    "position": _STACK["position"],
}
HUB: Final = {"position": _STACK["position"]}
ROUTER: Final = {
    "ports": "A map from port name to address, or to a map.",
    "routes": "A map from network to next hop, instead of the shortest paths that are the default.",
    **_STACK,
}
GATEWAY: Final = {
    "inside": "Address of the port inside, or a map.",
    "outside": "Address of the port outside, or a map; what goes out gets this address.",
    "gateway": "Address of the next hop outside; default: shortest paths.",
    "routes": ROUTER["routes"],
    "forwards": "What is let in: a map such as tcp 8080: 192.168.1.10:80.",
    **_STACK,
}

DIRECTION: Final = {
    "rate": "Bits per second, such as 100mbps; default 1gbps.",
    "delay": "Time from end to end, such as 5ms; default 1us.",
    "jitter": "Each frame takes up to this much longer; frames keep their order. Default 0.",
    "loss": "Share of frames that are lost, such as 5%; default 0.",
    "burst loss": "Losses that come in bursts (Gilbert-Elliott): a map; default none.",
    "duplicate": "Share of frames that arrive twice; default 0.",
    "reorder": "Share of frames that are held back so that later ones overtake them; or a map. Default 0.",
    "corrupt": "Share of frames that arrive with one bit flipped; default 0.",
    "mtu": "Largest packet, in bytes; default 1500.",
    "queue": "Frames that wait for the wire before more are dropped; default 100.",
}
LINK: Final = {
    **DIRECTION,
    "->": "Properties of the direction from the first end to the second alone.",
    "<-": "Properties of the direction from the second end to the first alone.",
}
BURST_LOSS: Final = {
    "enter": "Chance per frame that a burst begins, such as 1%.",
    "leave": "Chance per frame that a burst ends, such as 25%.",
    "loss": "Share of frames lost inside a burst; default 100%.",
}
REORDER: Final = {
    "share": "Share of frames that are held back, such as 1%.",
    "by": "For how long; default 1ms.",
}

PROGRAM: Final = {
    "start": "When it starts: a time, or a map; default 0.",
    "steps": "What it does: a list of steps.",
}
START: Final = {
    "after": "Starts after this: HOST listens, HOST ends, HOST/PROGRAM listens or HOST/PROGRAM ends.",
    "wait": "And this much later; default 0.",
}

_FAILS: Final = {"fails": "The step must fail with this error, such as ECONNREFUSED; default: it must succeed."}
_TIMEOUT: Final = {"timeout": "Fails with ETIMEDOUT after this time; default: waits for ever."}
_VIA: Final = {"via": "The socket, by the name given with as; default: the newest open one."}
_AS: Final = {"as": "Gives the socket a name for via; default none."}
_OPTIONS: Final = {"options": "Socket options set before anything else, such as {receive buffer: 4096}."}
_LOCAL: Final = {"local": "Own port, or own address:port; default: the system chooses."}
_ENCODING: Final = {"encoding": "How text becomes bytes, such as gbk; default utf-8."}
_CONTENT: Final = {
    "text": "The text to send.",
    "bytes": "How many bytes to send, such as 1MB; their content is numbered lines of text.",
    "hex": "The bytes to send in hexadecimal, such as 00 ff.",
    **_ENCODING,
}

LISTEN: Final = {
    "port": "The TCP port.",
    "address": "The local address; default: any.",
    "backlog": "How many connections may wait to be accepted; default 128.",
    **_OPTIONS, **_AS, **_FAILS,
}  # fmt: skip
ACCEPT: Final = {"from": "The listener, by its name; default: the newest open one.", **_AS, **_TIMEOUT, **_FAILS}
CONNECT: Final = {"to": "Host and port, such as server:8080.", **_LOCAL, **_OPTIONS, **_AS, **_TIMEOUT, **_FAILS}
SEND: Final = {**_CONTENT, **_VIA, **_TIMEOUT, **_FAILS}
RECEIVE: Final = {
    "exactly": "Exactly this many bytes.",
    "up to": "What one recv() of this many bytes returns.",
    "until": "end: everything to the end of the stream; line: one line.",
    "encoding": "How bytes become text for the output; default utf-8.",
    **_VIA, **_TIMEOUT, **_FAILS,
}  # fmt: skip
OPEN_UDP: Final = {
    "port": "The UDP port; default: the system chooses.",
    "address": "The local address; default: any.",
    **_OPTIONS, **_AS, **_FAILS,
}  # fmt: skip
CONNECT_UDP: Final = {"to": "Host and port, such as server:7788.", **_LOCAL, **_OPTIONS, **_AS, **_FAILS}
SEND_TO: Final = {
    "to": "Host and port, such as server:7788; broadcast:7788 is 255.255.255.255.",
    **_CONTENT, **_VIA, **_FAILS,
}  # fmt: skip
RECEIVE_FROM: Final = {
    "up to": "At most this many bytes, the rest of the datagram is lost; default 65536.",
    "encoding": RECEIVE["encoding"],
    **_VIA, **_TIMEOUT, **_FAILS,
}  # fmt: skip
REPLY: Final = {**_CONTENT, **_VIA, **_FAILS}
SHUTDOWN: Final = {"how": "write (default), read or both.", **_VIA, **_FAILS}
CLOSE: Final = {"via": "The socket, by the name given with as; default: the newest open one, else the listener."}
ABORT: Final = {**_VIA}
PING: Final = {
    "to": "A host, HOST:PORT-NAME, or an address.",
    "count": "How many requests; default 1.",
    "ttl": "Hops they may take; default: the host's (64).",
    "size": "Bytes of data in each; default 56.",
    "interval": "Time between two requests; default 1s.",
    "timeout": "How long to wait for an answer; default 10s.",
    "fails": "The last request must end so: ETIMEDOUT, EHOSTUNREACH, ENETUNREACH.",
}
REPEAT: Final = {"repeat": "How many times.", "steps": "The steps to repeat."}

OPTIONS: Final = {
    "nodelay": "Send small segments at once (no Nagle): true or false.",
    "cork": "Hold back partial segments: true or false.",
    "quickack": "Acknowledge at once: true or false.",
    "keepalive": "Probe a silent peer: true or false.",
    "keepalive idle": "Silence before the first probe; Linux: 7200s.",
    "keepalive interval": "Time between probes; Linux: 75s.",
    "keepalive count": "Unanswered probes before giving up; Linux: 9.",
    "receive buffer": "Size of the receive buffer in bytes; Linux doubles it.",
    "send buffer": "Size of the send buffer in bytes; Linux doubles it.",
    "mss": "Largest segment.",
    "linger": "How long close waits for data to leave; 0s resets the connection.",
    "user timeout": "How long sent data may stay unacknowledged.",
    "reuse address": "Bind although old connections of this port still linger: true or false.",
    "broadcast": "Allow datagrams to broadcast addresses: true or false.",
    "ttl": "Hops that packets may take.",
}
SET: Final = {**OPTIONS, **_VIA, **_FAILS}

VERBS: Final[dict[str, dict[str, str]]] = {
    "listen": LISTEN, "accept": ACCEPT, "connect": CONNECT, "send": SEND, "receive": RECEIVE, "reply": REPLY,
    "open udp": OPEN_UDP, "connect udp": CONNECT_UDP, "send to": SEND_TO, "receive from": RECEIVE_FROM,
    "shutdown": SHUTDOWN, "close": CLOSE, "abort": ABORT, "set": SET, "wait": {}, "ping": PING, "print": {},
    "repeat": REPEAT,
}  # fmt: skip
"""Every verb with the keys of its map form."""

VERB_MEANINGS: Final = {
    "listen": "Wait for TCP connections on a port: a port, or a map.",
    "accept": "Take the next TCP connection, waiting for it.",
    "connect": "Open a TCP connection: host:port, or a map.",
    "send": "Send data: a text, or a map.",
    "receive": "Receive data and print it: a number of bytes, end, line, or a map; alone: one recv().",
    "reply": "Answer whoever sent last: a text, or a map; alone: with the same bytes (echo).",
    "open udp": "Open a UDP socket: a port, or a map; alone: any port.",
    "connect udp": "Open a UDP socket with a fixed peer: host:port, or a map.",
    "send to": "Send one datagram: a map with to and text, bytes or hex.",
    "receive from": "Receive one datagram and print it; alone, or a map.",
    "shutdown": "Say that no more data follows (sends a FIN); alone, write, read, both, or a map.",
    "close": "Close the socket; alone, a socket's name, or a map.",
    "abort": "Close the connection with a reset; alone, a socket's name, or a map.",
    "set": "Set socket options: a map.",
    "wait": "Do nothing for a time, such as 100ms.",
    "ping": "Send ICMP echo requests: a host, or a map.",
    "print": "Print a text.",
    "repeat": "Repeat steps: {repeat: 10, steps: [...]}.",
}

_FAULT: Final = {
    "nth": "Which of the matching frames, from 1: a number or a list; default: every one.",
    "link": "On which link: a -- b, or one direction: a -> b; default: anywhere.",
}
FAULTS: Final[dict[str, dict[str, str]]] = {
    "drop": {"drop": "The frames to drop: a filter.", **_FAULT},
    "delay": {"delay": "The frames to hold back: a filter.", "by": "For how long.", **_FAULT},
    "duplicate": {
        "duplicate": "The frames to copy: a filter.",
        "copies": "How many copies; default 1.",
        **_FAULT,
    },
    "corrupt": {
        "corrupt": "The frames to damage: a filter.",
        "byte": "Which byte of the frame, from 0; default: the last. One bit of it is flipped.",
        **_FAULT,
    },
}

_AT: Final = {"at": "The time, such as 2s."}
TIMELINE: Final[dict[str, dict[str, str]]] = {
    "cut": {**_AT, "cut": "The link to cut."},
    "mend": {**_AT, "mend": "The link that works again."},
    "move": {**_AT, "move": "The host (or HOST:PORT) whose cable is moved.", "to": "The free port it goes to."},
    "change": {
        **_AT,
        "change": "The link (a -- b), or one direction of it (a -> b).",
        "to": "Its new properties; the others stay.",
    },
    "sysctl": {**_AT, "sysctl": "The tunables to change.", "host": "On which host, router or gateway."},
    "note": {**_AT, "note": "A remark for the reader.", "host": "Whom it is about; default none."},
}

_SEEN: Final = {
    "seen": "Where: a port (client:eth0: what leaves and arrives there), a link (a -- b) or one direction (a -> b); "
    "default: every frame once, where it was made.",
}
_MATCHING: Final = {"matching": "Only frames that match this filter; default: all."}
_PLACE: Final = {**_SEEN, **_MATCHING}
_WHO: Final = {"host": "The host."}
EXPECTATIONS: Final[dict[str, dict[str, str]]] = {
    "frames": {"frames": "Exactly these frames in this order.", **_PLACE},
    "hop": {
        "hop": "The device that forwards.",
        "rewritten": "Fields that change in every frame.",
        "kept": "Fields that stay the same in every frame.",
        "changed": "Fields that change by a number, such as {ip.ttl: -1}.",
        **_MATCHING,
    },
    "states": {
        "states": "The TCP states a connection goes through.",
        **_WHO,
        "port": "Only connections with this port, local or remote; default: all.",
        "nth": "Which of them, from 1; default 1.",
    },
    "output": {
        "output": "What the host's programs printed and received: the text, or a map with contains, matches or bytes.",
        **_WHO,
        "program": "Only this program; default: all of the host.",
    },
    "sockets": {
        "sockets": "How many sockets are in each TCP state.",
        **_WHO,
        "at": "When; default: at the end.",
    },
    "never": {"never": "No frame matches this filter.", **_SEEN},
    "always": {"always": "Every frame matches this filter.", **_PLACE},
    "count": {"count": "How many frames are seen: a number or {at least: 1, at most: 5}.", **_PLACE},
    "delivered": {
        "delivered": "How many frames arrive at the host: a number or {at least: 1, at most: 5}.",
        **_WHO,
        **_MATCHING,
    },
    "dropped": {
        "dropped": "How many frames are sent and never arrive: a number or {at least: 1, at most: 5}.",
        "because": "Why, such as loss or queue; default: whatever the reason.",
        **_PLACE,
    },
    "discarded": {
        "discarded": "How many frames arrive at the device and go no further: a number or {at least: 1, at most: 5}.",
        **_WHO,
        "because": "Why, such as no listener or ttl expired; default: whatever the reason.",
        **_MATCHING,
    },
    "gaps": {
        "gaps": "The times between the frames.",
        "within": "How far each may be off; default 5%.",
        **_PLACE,
    },
    "table": {
        "table": "The table: mac, arp, routes or nat.",
        "device": "The device whose table it is.",
        "rows": "Exactly these rows, in any order; columns left out may hold anything.",
        "at": "When; default: at the end.",
        "after": "Or once the device has dealt with a frame: {nth: 1, matching: arp}.",
    },
    "ends": {"ends": "When nothing is left to do: {before: 2s}, {after: 1s} or both."},
}
FRAME: Final = {
    "frame": "The frame, such as PSH+ACK 5.",
    "where": "A filter that it must match as well.",
}
AFTER: Final = {"nth": "Which of the matching frames that arrive, from 1; default 1.", **_MATCHING}
BOUNDS: Final = {"at least": "The smallest number; default 0.", "at most": "The largest number; default: no limit."}
ENDS: Final = {"after": "Not before this time; default 0.", "before": "Not after this time; default: no limit."}
OUTPUT: Final = {
    "contains": "The output contains this text.",
    "matches": "The output matches this regular expression somewhere.",
    "bytes": "The output is what send: {bytes: N} sends.",
}

COLUMNS: Final[dict[str, dict[str, str]]] = {
    "mac": {"mac": "The address, or the name of its host.", "port": "The port it was learned on."},
    "arp": {
        "ip": "The address, or the name of its host.",
        "mac": "Its MAC address, or the name of the host.",
        "state": "The state of the entry, such as REACHABLE.",
        "port": "The port it was learned on.",
    },
    "routes": {
        "to": "The network, or default.",
        "via": "The next hop.",
        "port": "The port it leaves by.",
    },
    "nat": {
        "protocol": "tcp, udp or icmp.",
        "inside": "Address and port of the host inside.",
        "outside": "The address and port it goes out with.",
        "remote": "Address and port of the other side.",
    },
}
"""The columns of each table that an expectation may name."""

STATES: Final = (
    "CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",
    "CLOSING", "LAST-ACK", "TIME-WAIT",
)  # fmt: skip
"""TCP's states, RFC 9293 figure 5."""

LATER: Final = {
    "python": 'programs in Python ("python:") come later; for now write a list of steps',
    "stdin": 'programs in Python, and their "stdin", come later; for now write a list of steps',
    "dhcp": '"dhcp" comes later; for now give every host an address such as 192.168.1.10/24',
}
"""Keys that the language will have, with the answer until then."""
