"""`python -m artloop`."""

from artloop.cli import main

main()
