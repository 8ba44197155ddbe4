"""Congestion control: control.py (what every algorithm shares and offers), reno.py, cubic.py."""
