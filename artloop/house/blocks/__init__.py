"""What the house appends to a sketch: plain Grafix code that wraps the `draw` above it. Text, never run here."""
