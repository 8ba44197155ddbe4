"""Testing the stack by what others wrote: packetdrill scripts."""
