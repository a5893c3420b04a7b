"""`python -m artloop.grafix`: the server over stdio or HTTP. stdout belongs to the protocol; messages go to stderr."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from artloop import settings
from artloop.errors import ArtloopError
from artloop.grafix import stdio
from artloop.grafix.server import build_server
from artloop.grafix.tracing import spans_sent_back
from artloop.models import Place
from artloop.settings import IsolationChoice, RenderLimits

ISOLATION = (
    "how sketches are confined. auto: by Landlock and seccomp, else in bubblewrap, else by macOS's sandbox-exec, "
    "whichever first passes a self-test, else not at all; bwrap, seatbelt: by that or not at all; process: not at all. "
    "What is not confined is refused to strangers (--allow-unsafe)"
)


def main() -> None:
    """Serve until stdin closes, or over HTTP until a signal."""
    parser = argparse.ArgumentParser(prog="python -m artloop.grafix", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(), help="where runs/ lies (default: the current folder)")
    parser.add_argument("--limits", help="limits as JSON (default: the settings' [render] table)")
    parser.add_argument("--cache", type=Path, help="folder for compiled kernels (default: the user's cache folder)")
    parser.add_argument(
        "--allow-unsafe", action="store_true", help="run anybody's sketches even where they cannot be confined"
    )
    parser.add_argument("--isolation", choices=get_args(IsolationChoice), default="auto", help=ISOLATION)
    parser.add_argument("--http", action="store_true", help="serve over streamable HTTP at /mcp instead of stdio")
    parser.add_argument("--host", help="where to listen (default: 127.0.0.1); elsewhere MCP_API_KEY must hold a key")
    parser.add_argument("--port", type=int, help="default: 8423; 0: a free one")
    parser.add_argument("--allow-host", action="append", help="a further name that clients call this machine by")
    parser.add_argument("--json", action="store_true", help="say the URL as a JSON object on stdout")
    parser.add_argument("--place", help="a place as JSON: every client is bound to it (default: clients name theirs)")
    parser.add_argument("--spans", action="store_true", help="send the spans of a call back with its answer")
    options = parser.parse_args()
    try:
        found = settings.load({"root": options.root}) if not (options.limits and options.cache) else settings.Settings()
        limits = RenderLimits.model_validate_json(options.limits) if options.limits else found.render
        place = Place.model_validate_json(options.place) if options.place else None
    except ArtloopError as error:
        parser.error(str(error))
    except ValidationError as error:
        first = error.errors()[0]
        parser.error(f"--limits or --place {'.'.join(map(str, first['loc']))}: {first['msg'].lower()}")
    cache = options.cache or found.cache_folder
    server = build_server(options.root, limits, cache, options.allow_unsafe, options.isolation, place)
    if options.spans:
        server.middleware.insert(0, spans_sent_back())
    try:
        if not options.http:
            sys.exit(stdio.serve(server))
        from artloop.grafix.http import serve
        from artloop.web.listening import Address

        sys.exit(serve(server, Address.given(options.host, options.port, options.allow_host), options.json))
    except ArtloopError as error:
        sys.stderr.write(f"artloop: {error}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
