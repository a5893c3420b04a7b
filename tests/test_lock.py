import fcntl
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from artloop.errors import RunLocked, StorageError
from artloop.lock import Holder, driver, driver_lock
from artloop.workspace import RunFolder

HOLD = """
import sys
from pathlib import Path
from artloop.lock import driver_lock
from artloop.workspace import RunFolder
with driver_lock(RunFolder(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    path = tmp_path / "20250102-030405-tide-beef"
    path.mkdir()
    return RunFolder(path)


def holding(folder: RunFolder) -> "subprocess.Popen[bytes]":
    """Another process that drives the run."""
    command = [sys.executable, "-c", HOLD, str(folder.path)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout
    assert child.stdout.readline() == b"held\n"
    return child


def test_a_second_driver_is_told_in_one_line_who_drives_and_since_when(folder: RunFolder) -> None:
    with holding(folder) as child:
        with pytest.raises(RunLocked) as refusal, driver_lock(folder):
            raise AssertionError("two drivers")
        child.kill()
    written = json.loads(folder.lock.read_bytes())
    message = str(refusal.value)
    assert "\n" not in message
    assert f"process {child.pid} on {written['host']} since {written['since']}" in message
    assert "Ctrl-C" in message


def test_a_second_driver_in_the_same_process_is_refused_too(folder: RunFolder) -> None:
    with driver_lock(folder), pytest.raises(RunLocked, match=f"process {os.getpid()} on"), driver_lock(folder):
        raise AssertionError("two drivers")


def test_the_lock_of_a_killed_driver_is_free(folder: RunFolder) -> None:
    with holding(folder) as child:
        assert driver(folder)
        child.kill()
    assert driver(folder) is None
    with driver_lock(folder) as holder:
        assert holder.pid == os.getpid()


def test_looking_who_drives_writes_nothing(folder: RunFolder) -> None:
    assert driver(folder) is None
    assert list(folder.path.iterdir()) == []


def test_a_driver_is_seen_while_it_drives_and_not_after(folder: RunFolder) -> None:
    with driver_lock(folder) as holder:
        assert driver(folder) == holder
    assert driver(folder) is None


def test_a_driver_that_ended_leaves_no_name_behind(folder: RunFolder) -> None:
    with driver_lock(folder):
        assert folder.lock.read_bytes()
    assert folder.lock.read_bytes() == b""


def test_those_who_only_look_do_not_keep_a_driver_out(folder: RunFolder) -> None:
    folder.lock.write_bytes(Holder(pid=1, host="gone", since="2025-01-02").model_dump_json().encode())
    over = threading.Event()

    def look() -> None:
        with folder.lock.open("rb") as file:
            while not over.is_set():
                fcntl.flock(file, fcntl.LOCK_SH)
                fcntl.flock(file, fcntl.LOCK_UN)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for _ in range(300):
            with driver_lock(folder):
                pass
    finally:
        over.set()
        looking.join(timeout=10)


def test_a_run_can_be_driven_again_and_again(folder: RunFolder) -> None:
    for _ in range(3):
        with driver_lock(folder):
            pass


def test_a_lock_file_with_nonsense_in_it_does_not_stand_in_the_way(folder: RunFolder) -> None:
    folder.lock.write_bytes(b"\xff half a")
    with driver_lock(folder):
        assert json.loads(folder.lock.read_bytes())["pid"] == os.getpid()


def test_a_folder_in_place_of_the_lock_is_a_storage_error(folder: RunFolder) -> None:
    folder.lock.mkdir()
    with pytest.raises(StorageError, match=r"driver\.lock"), driver_lock(folder):
        raise AssertionError("locked a folder")
