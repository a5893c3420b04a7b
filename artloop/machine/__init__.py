"""Drives plotters: sends programs to them, stroke by stroke, and remembers what they have drawn."""
