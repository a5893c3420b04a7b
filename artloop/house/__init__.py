"""The built-in house artist: plays every role without a key, from a repertoire of sketches and measured heuristics."""
