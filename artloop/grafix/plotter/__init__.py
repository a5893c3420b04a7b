"""From drawn lines to a plotter's program: joined, ordered, laid out, written as G-code or HPGL."""
