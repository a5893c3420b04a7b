"""From a brief to a selection, as DESIGN and ARCHITECTURE draw it; it meets the hands through `ports` only."""
