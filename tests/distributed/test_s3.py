"""Files in a bucket, at a real server: what a run of workers puts there, and what is said when it cannot."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from artloop.distributed.blobs import blobs_at
from artloop.errors import StorageError
from artloop.workspace import Workspace
from tests.distributed.fleet import fleet
from tests.s3 import Bucket
from tests.s3 import bucket as bucket_at
from tests.valkey import Valkey

pytest.importorskip("moto", reason="a server that speaks S3 comes with the extra soak")
s3fs = pytest.importorskip("s3fs")
pytestmark = pytest.mark.slow

CONTENT = b"<svg/>"
NAME = hashlib.sha256(CONTENT).hexdigest()
URL = "s3://studio/artloop"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    with bucket_at(tmp_path_factory.mktemp("s3")) as made:
        yield made


@pytest.fixture
def bucket(shared: Bucket, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """The environment says where it is and has keys."""
    for name, value in shared.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    s3fs.S3FileSystem.clear_instance_cache()  # it heeds the environment once
    return shared


def test_what_was_put_is_found_by_its_hash_and_what_is_cut_short_replaced(bucket: Bucket) -> None:
    blobs, key = blobs_at(URL), f"artloop/{NAME[:2]}/{NAME}"
    assert blobs.put(CONTENT) == blobs.put(CONTENT) == NAME
    assert blobs.get(NAME) == CONTENT
    assert key in bucket.keys
    s3fs.S3FileSystem().pipe_file(f"studio/{key}", CONTENT[:3])
    with pytest.raises(StorageError, match="is damaged"):
        blobs.get(NAME)
    blobs.put(CONTENT)
    assert blobs.get(NAME) == CONTENT


def test_what_is_not_there_is_named(bucket: Bucket) -> None:
    with pytest.raises(StorageError, match=f"file {'0' * 12} is not in {URL}"):
        blobs_at(URL).get("0" * 64)


def test_a_misspelled_bucket_is_refused_and_not_made(bucket: Bucket) -> None:
    for _ in range(2):
        with pytest.raises(StorageError, match="cannot write to s3://studoi/artloop"):
            blobs_at("s3://studoi/artloop").put(CONTENT)


@pytest.mark.parametrize("lacks", ["keys", "server"])
def test_a_bucket_that_cannot_be_reached_is_told_in_one_line(
    bucket: Bucket, lacks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lacks == "keys":
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    else:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    blobs = blobs_at(URL)
    with pytest.raises(StorageError, match=f"cannot write to {URL}: .*; see --blobs and its keys"):
        blobs.put(CONTENT)
    with pytest.raises(StorageError, match=f"cannot read from {URL}: .*; see --blobs and its keys"):
        blobs.get(NAME)


def test_a_run_of_workers_keeps_its_files_in_a_bucket(
    bucket: Bucket, server: Valkey, tmp_path: Path, cache_folder: Path
) -> None:
    with fleet(server, tmp_path / "fleet", cache_folder, workers=1, concurrency=4, blobs=URL) as workers:
        driver = workers.drive("run", "tidal memory", "--variants", "1", "--iterations", "2", root=tmp_path / "away")
        output, _ = driver.communicate(timeout=300)
        assert driver.returncode == 0, output
        assert set(workers.end().values()) == {0}
    (away,) = Workspace(tmp_path / "away").every()
    made = {hashlib.sha256(path.read_bytes()).hexdigest() for path in away.path.rglob("iterations/*/drawing.svg")}
    assert len(made) >= 1
    assert {f"artloop/{name[:2]}/{name}" for name in made} <= set(bucket.keys)
    assert not (tmp_path / "fleet" / "blobs").exists()
    assert not (tmp_path / "away" / "blobs").exists()
