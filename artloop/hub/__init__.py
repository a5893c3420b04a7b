"""Doors for programs outside: what orchestrators that are not ours may ask of artloop."""
