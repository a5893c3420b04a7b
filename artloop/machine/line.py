"""A serial port as a line. pyserial is the extra `plot`, imported when a port is opened."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from artloop.errors import MachineError, UsageError


class SerialLine:
    """Lines of text over an open port."""

    def __init__(self, port: Any) -> None:
        self._port = port
        self._pending = b""

    def write(self, data: bytes) -> None:
        """Send bytes. Raises OSError."""
        self._port.write(data)  # no flush: its error is no OSError, and every command waits for its answer anyway

    def read(self, seconds: float) -> str | None:
        """The next line that is not empty, or None. Raises OSError."""
        until = time.monotonic() + seconds
        while True:
            line, end, rest = self._pending.partition(b"\n")
            if end:
                self._pending = rest
                if text := line.decode("ascii", "replace").strip():
                    return text
                continue
            left = until - time.monotonic()
            if left <= 0:
                return None
            self._port.timeout = left
            self._pending += self._port.read(max(1, self._port.in_waiting))


@contextmanager
def opened(name: str, baud: int) -> Iterator[SerialLine]:
    """The port, for as long as it is needed. Raises `UsageError` without pyserial, `MachineError` without the port."""
    try:
        import serial
    except ModuleNotFoundError as error:
        raise UsageError("a serial port needs pyserial: pip install 'artloop[plot]'") from error
    try:
        port = serial.Serial(name, baud, timeout=0, write_timeout=10)
    except (OSError, ValueError) as error:
        raise MachineError(f"port {name} cannot be opened: {error}; {_hint(serial)}") from error
    try:
        yield SerialLine(port)
    finally:
        port.close()


def _hint(serial: Any) -> str:
    from serial.tools import list_ports

    found = [port.device for port in list_ports.comports()]
    return f"there are {', '.join(found)}" if found else "no serial port is there; is the machine plugged in?"
