import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artloop.cli.toml_entry import TABLE, cut, entered, servers

ENTRY = {"command": "C:\\Python\\python.exe", "args": ["-m", "artloop", "mcp"], "tool_timeout_sec": 960}
PIECES = [
    'model = "m"  # the one I like',
    "# a note\n",
    "\n",
    '[profiles.fast]\nmodel = "x"\n# end of profiles',
    "[mcp_servers]",
    '[mcp_servers.other]\ncommand = "x"\nargs = [\n  "a",  # why\n]',
    "[mcp_servers.grafix_old]\ncommand = 'y'\n",
    '[mcp_servers."with space"]\nenv = { A = "b" }',
    "[[list]]\na = 1",
    "[notes]\ntext = '''\na line\n'''",
]


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Some of the pieces in their order, in any line ends, with or without one at the end."""
    chosen = [piece for piece in PIECES if draw(st.booleans())]
    text = "\n".join(chosen) + draw(st.sampled_from(["", "\n", "\n\n", "\n  "]))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@given(documents() | st.none())
def test_an_entry_set_and_cut_leaves_the_bytes_that_were(text: str | None) -> None:
    before = servers(text or "")
    after = entered(text, "grafix", ENTRY)
    assert after.startswith(text or "")
    assert servers(after) == {**before, "grafix": ENTRY}
    assert cut(after, "grafix") == text


@given(documents(), st.sampled_from(["", "# of list\n\n[[list]]\nb = 1\n", "\n[mcp_servers.z]\ncommand = 'z'\n"]))
def test_an_entry_changed_in_place_leaves_everything_else(before: str, after: str) -> None:
    text = entered(before + "\n", "grafix", ENTRY) + after
    changed = entered(text, "grafix", {**ENTRY, "command": "/other"})
    assert changed == text.replace(r'"C:\\Python\\python.exe"', '"/other"')


def test_comments_and_tables_after_an_entry_stay() -> None:
    text = (
        'a = 1\n\n[mcp_servers.grafix]\ncommand = "x"\n# of b\n\n[b]\nc = 2\n\n'
        '[mcp_servers.grafix.tools.render]\napproval_mode = "approve"\n'
    )
    assert cut(text, "grafix") == "a = 1\n# of b\n\n[b]\nc = 2\n"


def test_an_entry_of_a_name_that_begins_alike_stays() -> None:
    text = '[mcp_servers.grafix2]\ncommand = "x"\n'
    assert cut(entered(text, "grafix", ENTRY), "grafix") == text


@pytest.mark.parametrize("text", ["mcp_servers = {}\n", 'mcp_servers = { other = { command = "x" } }\n'])
def test_a_table_that_cannot_be_added_to_is_left_alone(text: str) -> None:
    with pytest.raises(ValueError, match="yours to edit"):
        entered(text, "grafix", ENTRY)


@pytest.mark.parametrize(
    "text",
    [
        'mcp_servers = { grafix = { command = "x" } }\n',
        "[mcp_servers]\ngrafix.command = 'x'\n",
        "[mcp_servers]\ngrafix = { command = 'x' }\n",
        "[mcp_servers.grafix]\nargs = [\n[\n'x'\n],\n]\n",
        "a = '''\n[mcp_servers.grafix]\nb = 1\n'''\n[mcp_servers.grafix]\ncommand = 'x'\n",
    ],
)
def test_an_entry_that_cannot_be_cut_safely_is_left_alone(text: str) -> None:
    with pytest.raises(ValueError, match="yours to edit"):
        cut(text, "grafix")
    with pytest.raises(ValueError, match="yours to edit"):
        entered(text, "grafix", ENTRY)


@pytest.mark.parametrize("text", ["[a\n", "mcp_servers = 3\n", "[[mcp_servers]]\na = 1\n"])
def test_what_is_no_configuration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no table|Expected"):
        servers(text)


def test_comments_and_other_keys_of_an_entry_stay_when_it_is_changed() -> None:
    text = "[mcp_servers.grafix]\n# here\nenabled = true\ncommand = 'old'  # mine\nargs = []\n\n[b]\n"
    assert entered(text, "grafix", {"command": "new"}) == text.replace("'old'", '"new"')


def test_a_path_of_windows_is_written_so_that_it_is_read_back() -> None:
    assert tomllib.loads(entered(None, "grafix", ENTRY))[TABLE]["grafix"] == ENTRY
