"""Numba in the tests' own process keeps what it compiles where the render server does."""

import os

from artloop import settings
from artloop.grafix.sandbox.kernels import kernels_folder

# before anything imports Numba, which reads it once
os.environ.setdefault("NUMBA_CACHE_DIR", str(kernels_folder(settings.load({"root": os.devnull}).cache_folder)))
