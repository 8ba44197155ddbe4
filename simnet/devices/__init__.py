"""Things with ports: they move frames and tell the observer."""
