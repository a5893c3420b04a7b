"""`python -m artloop.grafix`: the server over stdio. stdout belongs to the protocol; messages go to stderr."""

from __future__ import annotations

import argparse
from pathlib import Path

from pydantic import ValidationError

from artloop import settings
from artloop.errors import ArtloopError
from artloop.grafix.sandbox.forks import AVAILABLE
from artloop.grafix.server import build_server
from artloop.models import Place
from artloop.settings import RenderLimits


def main() -> None:
    """Serve until stdin closes."""
    parser = argparse.ArgumentParser(prog="python -m artloop.grafix", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(), help="where runs/ lies (default: the current folder)")
    parser.add_argument("--limits", help="limits as JSON (default: the settings' [render] table)")
    parser.add_argument("--cache", type=Path, help="folder for compiled kernels (default: the user's cache folder)")
    parser.add_argument(
        "--allow-unsafe", action="store_true", help="run anybody's sketches even where they cannot be confined"
    )
    parser.add_argument(
        "--isolation", choices=("auto", "process"), default="auto", help="process: confine nothing, as off Linux"
    )
    parser.add_argument("--place", help="a place as JSON: every client is bound to it (default: clients name theirs)")
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
    fork = AVAILABLE and options.isolation == "auto"
    build_server(options.root, limits, options.cache or found.cache_folder, options.allow_unsafe, fork, place).run()


if __name__ == "__main__":
    main()
