"""Log lines as JSON objects, each with the trace and the run it belongs to."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

from artloop import telemetry

Format = Literal["text", "json"]
PLAIN = "%(levelname)s %(name)s: %(message)s"
ABOUT = ("run", "task", "agent")
"""What a line may be about: given as `extra` of a logger's call."""


class JsonLines(logging.Formatter):
    """One object a line: time, level, logger, message, trace_id, and what it is about."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        about = {name: str(found) for name in ABOUT if (found := getattr(record, name, ""))}
        trace = telemetry.trace_id(about["run"]) if "run" in about else telemetry.current_trace()
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **({"trace_id": trace} if trace else {}),
            **about,
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_to_stderr(level: int, format: Format = "text") -> None:
    """Configure logging, unless somebody has."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if format == "json" else logging.Formatter(PLAIN))
    logging.basicConfig(level=level, handlers=[handler])


def for_machines() -> bool:
    """Whether the log is."""
    return any(isinstance(handler.formatter, JsonLines) for handler in logging.getLogger().handlers)


def say(message: str, **about: str) -> None:
    """What the one at the terminal is to read, whatever the level: a line of the log where that is for machines."""
    if for_machines():
        logger = logging.getLogger(telemetry.NAME)
        logger.handle(logger.makeRecord(logger.name, logging.INFO, "", 0, message, (), None, extra=dict(about)))
        return
    sys.stderr.write(f"artloop: {message}\n")
    sys.stderr.flush()
