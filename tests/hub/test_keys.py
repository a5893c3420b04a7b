import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from artloop.cli import app
from artloop.errors import UsageError
from artloop.hub.keys import Keys, keyed
from artloop.settings import HubSettings
from artloop.taskboard.opening import opened_store


def run(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["hub", "key", *arguments, "--root", str(root)])


async def test_a_key_opens_until_it_is_revoked_and_its_name_is_free_again(tmp_path: Path) -> None:
    async with opened_store(HubSettings(), tmp_path, print) as store:
        keys = Keys(store, lambda: 7.0)
        key = await keys.add("ada", "worker")
        found = await keys.holder(key)
        assert found is not None
        assert (found.name, found.role, found.created) == ("ada", "worker", 7.0)
        with pytest.raises(UsageError, match="there is a key named 'ada'"):
            await keys.add("ada", "viewer")
        await keys.revoke("ada")
        assert await keys.holder(key) is None
        with pytest.raises(UsageError, match="no key named"):
            await keys.revoke("ada")
        again = await keys.add("ada", "viewer")
        assert again != key
        assert {(record.role, record.revoked) for record in await keys.every()} == {("viewer", None), ("worker", 7.0)}


async def test_nothing_kept_tells_the_key(tmp_path: Path) -> None:
    async with opened_store(HubSettings(), tmp_path, print) as store:
        key = await Keys(store).add("ada", "worker")
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"ada" in kept
    assert key.encode() not in kept
    assert key.removeprefix("artloop_").encode() not in kept


async def test_a_hub_without_any_key_is_open_and_one_that_ever_had_one_is_not(tmp_path: Path) -> None:
    async with opened_store(HubSettings(), tmp_path, print) as store:
        keys = Keys(store)
        knows = keyed(keys)
        for given in (None, "", "whatever"):
            caller = await knows(given)
            assert caller is not None
            assert (caller.name, caller.role) == ("", "orchestrator")
        key = await keys.add("ada", "viewer")
        known = await knows(key)
        assert known is not None
        assert (known.name, known.role) == ("ada", "viewer")
        assert [await knows(given) for given in (None, "", "whatever")] == [None] * 3
        await keys.revoke("ada")
        assert [await knows(given) for given in (None, key)] == [None] * 2


@pytest.mark.parametrize("name", ["", "a b", "../x", "x" * 65])
async def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    async with opened_store(HubSettings(), tmp_path, print) as store:
        with pytest.raises(UsageError, match="key name"):
            await Keys(store).add(name, "worker")


def test_the_command_line_shows_a_key_once_and_lists_names_only(tmp_path: Path) -> None:
    shown = run(tmp_path, "add", "ada", "--role", "worker")
    key = shown.stdout.strip()
    assert (shown.exit_code, key[:8]) == (0, "artloop_")
    second = json.loads(run(tmp_path, "add", "bob", "--role", "viewer", "--json").stdout)
    assert (second["name"], second["role"], second["key"][:8]) == ("bob", "viewer", "artloop_")
    assert "lets nobody in" in run(tmp_path, "revoke", "bob").stdout
    listed = run(tmp_path, "list", "--json").stdout
    assert [(one["name"], one["revoked"] is None) for one in json.loads(listed)["keys"]] == [
        ("ada", True),
        ("bob", False),
    ]
    assert "ada" in run(tmp_path, "list").stdout
    assert key not in listed
    assert isinstance(run(tmp_path, "revoke", "carl").exception, UsageError)
