"""Things with ports: they move frames and tell the observer.

Read in this order: observer, port, properties, queue, direction (the way of a frame over a cable), link;
impairments and fault (what can go wrong on it); hub, switch; loopback, host, router, gateway; conservation.
"""
