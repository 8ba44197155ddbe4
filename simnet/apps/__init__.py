"""Small ordinary programs that run on simulated hosts and on real sockets alike.

Reading order: protocol (the five requests a program makes), steps (the interpreter of a scenario's programs), ping.
They import no other folder of simnet: all they know of the world is what their driver answers.
"""
