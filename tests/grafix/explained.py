"""Run by test_faults: sketches from stdin, one after the other in this process; what is wrong with each to stdout."""

import json
import struct
import sys
from typing import Any

from artloop.grafix.sandbox import child

JOB = {"seed": 1, "time": 0.0, "canvas": [100.0, 80.0], "pen_mm": 0.3, "output_bytes": 1 << 20}


def header(frame: bytes) -> Any:
    """The JSON of a packed frame."""
    size = struct.unpack("!I", frame[:4])[0]
    return json.loads(frame[4 : 4 + size])


if __name__ == "__main__":
    child.prepare()
    from grafix.core.realize import realize_cache

    answers = []
    for source in json.load(sys.stdin):
        realize_cache._items.clear()  # it knows operations by name and arguments only
        answers.append(header(child.run(JOB, source)).get("failure"))
    sys.stdout.write(json.dumps(answers))
