"""One host's protocols, sans-IO: (interface, frame, now) in; frames, events and the next deadline out.

Reading order: host_stack (the whole), interfaces, routes, next_hop, neighbor, neighbors, ip, fragments, icmp, udp, raw,
icmp_input, tcp/ (a map of its own), ports, socket, sockets, datagram_socket, tcp_socket, hooks, conntrack, nat; profile
holds every tunable, alarms every deadline.  Imports wire, units, errors and reasons only: time, chance and sockets of
this machine are not to be had here.
"""
