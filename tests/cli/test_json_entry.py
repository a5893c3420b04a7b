import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artloop.cli.json_entry import TABLE, cut, entered, servers

ENTRY = {"command": "C:\\Python\\python.exe", "args": ["-m", "artloop", "mcp", "--root", "/drawings/Größe"]}

texts = st.text(st.characters(codec="utf-8"), max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
tables = st.dictionaries(texts.filter(lambda key: key != "grafix"), values, max_size=3)
contents = st.tuples(
    st.dictionaries(texts, values, max_size=3), st.none() | tables, st.dictionaries(texts, values, max_size=2)
).map(lambda parts: {**parts[0], **({} if parts[1] is None else {TABLE: parts[1]}), **parts[2]})


@st.composite
def documents(draw: st.DrawFn) -> str:
    """JSON as people and programs write it: minified or indented, in any line ends, with or without one at the end."""
    indent = draw(st.sampled_from([None, 0, 2, 4, "\t"]))
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]))
    text = json.dumps(draw(contents), indent=indent, separators=separators, ensure_ascii=draw(st.booleans()))
    spaced = draw(st.sampled_from(["", " ", "\n", "\n  "])) + text + draw(st.sampled_from(["", "\n", "\n\n", " "]))
    return spaced.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@given(documents() | st.sampled_from([None, "", "\n", " ", "{}", "{ }", "{\n}\n", '{"mcpServers": {\n  }\n}']))
def test_an_entry_set_and_cut_leaves_the_bytes_that_were(text: str | None) -> None:
    before = servers(text or "")
    after = entered(text, "grafix", ENTRY)
    assert servers(after) == {**before, "grafix": ENTRY}
    assert cut(after, "grafix") == text


@given(documents())
def test_an_entry_changes_nothing_else_that_the_file_says(text: str) -> None:
    told = json.loads(text)
    assert json.loads(entered(text, "grafix", ENTRY)) == {**told, TABLE: {**told.get(TABLE, {}), "grafix": ENTRY}}


def test_an_entry_is_indented_like_its_neighbours() -> None:
    text = '{\n    "mcpServers": {\n        "other": {\n            "command": "x"\n        }\n    },\n    "a": 1\n}\n'
    assert entered(text, "grafix", {"command": "y"}) == (
        '{\n    "mcpServers": {\n        "other": {\n            "command": "x"\n        },\n'
        '        "grafix": {\n            "command": "y"\n        }\n    },\n    "a": 1\n}\n'
    )


def test_an_entry_is_replaced_where_it_stands() -> None:
    text = '{"mcpServers": {"grafix": 1, "other": {}}, "a": [ 1 ]}'
    assert entered(text, "grafix", {"b": 2}) == '{"mcpServers": {"grafix": {\n  "b": 2\n}, "other": {}}, "a": [ 1 ]}'


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('{"mcpServers": {"grafix": {}, "other": {}}}', '{"mcpServers": {"other": {}}}'),
        ('{\n  "mcpServers": {\n    "grafix": {}\n  }\n}\n', None),
        ('{\n  "a": 1,\n  "mcpServers": {\n    "grafix": {}\n  }\n}\n', '{\n  "a": 1\n}\n'),
        ('{\n  "mcpServers": {\n    "grafix": {}\n  },\n  "a": 1\n}\n', '{\n  "a": 1\n}\n'),
    ],
)
def test_what_a_client_has_written_anew_is_cut_without_leaving_an_empty_table(text: str, left: str | None) -> None:
    assert cut(text, "grafix") == left


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "no JSON object"),
        ('{"mcpServers": []}', "mcpServers"),
        ('{"mcpServers": {},}', "line 1"),
        ('{"a": 1, "a": 2}', "'a' twice"),
        ("[" * 100_000, "deep"),
        ("// mine\n{}", "line 1"),
    ],
)
def test_what_is_no_configuration_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        servers(text)


def test_what_the_file_says_of_others_is_read() -> None:
    found: dict[str, Any] = servers('{"mcpServers": {"other": {"command": "x"}}}')
    assert found == {"other": {"command": "x"}}
