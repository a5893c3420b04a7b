"""Files by the hash of their content."""

from __future__ import annotations

import hashlib
import itertools
import os
from pathlib import Path

import pytest

from artloop.distributed.blobs import FolderBlobs, UrlBlobs, blobs_at
from artloop.errors import StorageError, UsageError
from artloop.ports import Blobs

CONTENT = b"<svg/>"
NAME = hashlib.sha256(CONTENT).hexdigest()
_places = itertools.count()


@pytest.fixture(params=["folder", "memory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    where = tmp_path / "blobs" if request.param == "folder" else f"memory://bench-{next(_places)}"
    return blobs_at(str(where))


def test_what_was_put_is_found_by_its_hash_and_put_once(blobs: Blobs) -> None:
    assert blobs.put(CONTENT) == blobs.put(CONTENT) == NAME
    assert blobs.get(NAME) == CONTENT


def test_what_is_not_there_is_named_with_the_option_that_mends_it(blobs: Blobs) -> None:
    with pytest.raises(StorageError, match=rf"file {NAME[:12]} is not in .* need the same --blobs"):
        blobs.get(NAME)


def test_a_damaged_file_is_refused_and_replaced_by_who_has_it(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    blobs.put(CONTENT)
    (tmp_path / NAME[:2] / NAME).write_bytes(b"<sgv/>")
    with pytest.raises(StorageError, match="is damaged"):
        blobs.get(NAME)
    blobs.put(CONTENT)
    assert blobs.get(NAME) == CONTENT


def test_a_file_that_is_used_again_is_not_old(tmp_path: Path) -> None:
    blobs, path = FolderBlobs(tmp_path), tmp_path / NAME[:2] / NAME
    blobs.put(CONTENT)
    os.utime(path, (0, 0))
    blobs.put(CONTENT)
    assert path.stat().st_mtime > 0


def test_a_url_that_nobody_knows_is_refused() -> None:
    with pytest.raises(UsageError, match="--blobs nonsense://there"):
        blobs_at("nonsense://there")


def test_a_folder_and_a_file_url_are_the_same_place(tmp_path: Path) -> None:
    blobs_at(str(tmp_path)).put(CONTENT)
    assert blobs_at(f"file://{tmp_path}").get(NAME) == CONTENT
    assert isinstance(blobs_at("memory://bench"), UrlBlobs)
