"""The task board: where tasks wait for agents from outside, and what became of them."""
