"""`artloop` and `python -m artloop`: Ctrl-C ends it quietly even while the commands are being read."""

import sys


def main() -> None:
    """Run a command."""
    try:
        from artloop.cli import main as commands

        commands()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
