"""artloop: turn an idea into pen-plotter drawings with agents that imagine, program, look and improve."""

__version__ = "0.1.0"
