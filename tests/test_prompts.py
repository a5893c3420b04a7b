from pathlib import Path

import pytest

from artloop.errors import SettingsError
from artloop.prompts import Prompts
from artloop.workspace import resource_folders


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    own.mkdir()
    shipped.mkdir()
    return [own, shipped]


def test_the_users_own_template_wins_over_the_shipped_one(folders):
    (folders[0] / "draw.md.j2").write_text("mine for {{ who }}")
    (folders[1] / "draw.md.j2").write_text("theirs")
    (folders[1] / "critique.md.j2").write_text("only shipped")
    prompts = Prompts(folders)
    assert prompts.text("draw.md.j2", who="you") == "mine for you"
    assert prompts.text("critique.md.j2") == "only shipped"


def test_text_is_left_as_it_is_and_html_is_escaped(folders):
    (folders[1] / "page.j2").write_text("{{ brief }}")
    prompts = Prompts(folders)
    assert prompts.text("page.j2", brief="<b> & co") == "<b> & co"
    assert prompts.html("page.j2", brief="<b> & co") == "&lt;b&gt; &amp; co"


def test_a_missing_value_names_the_file_and_line_even_inside_an_include(folders):
    (folders[1] / "outer.j2").write_text("one\n{% include 'inner.j2' %}\n")
    (folders[1] / "inner.j2").write_text("a\nb\n{{ absent }}\n")
    with pytest.raises(SettingsError, match=r"inner\.j2, line 3: 'absent' is undefined"):
        Prompts(folders).text("outer.j2")


def test_a_syntax_error_names_the_file_and_line(folders):
    (folders[0] / "bad.j2").write_text("fine\n{% if %}\n")
    prompts = Prompts(folders)
    for attempt in (lambda: prompts.text("bad.j2"), lambda: prompts.source_sha256("bad.j2")):
        with pytest.raises(SettingsError, match=r"own/bad\.j2, line 2"):
            attempt()


def test_an_unknown_template_is_answered_with_the_nearest_name(folders):
    (folders[1] / "critique.md.j2").write_text("x")
    with pytest.raises(SettingsError, match=r"no template critic\.md\.j2 .* nearest is critique\.md\.j2"):
        Prompts(folders).text("critic.md.j2")


def test_a_template_that_is_no_text_is_refused_by_name(folders):
    (folders[0] / "draw.j2").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"draw\.j2 is no UTF-8"):
        Prompts(folders).text("draw.j2")


def test_the_hash_follows_every_included_part(folders):
    (folders[1] / "outer.j2").write_text("{% include 'inner.j2' %}")
    (folders[1] / "inner.j2").write_text("one")
    (folders[1] / "other.j2").write_text("unrelated")
    before = Prompts(folders).source_sha256("outer.j2")
    (folders[1] / "other.j2").write_text("still unrelated")
    assert Prompts(folders).source_sha256("outer.j2") == before
    (folders[1] / "inner.j2").write_text("two")
    assert Prompts(folders).source_sha256("outer.j2") != before


def test_a_computed_include_is_refused_because_its_hash_would_be_blind(folders):
    (folders[1] / "outer.j2").write_text("{% include which %}")
    with pytest.raises(SettingsError, match="computed name"):
        Prompts(folders).source_sha256("outer.j2")


def test_a_template_cannot_reach_into_python(folders):
    (folders[0] / "evil.j2").write_text("{{ ''.__class__.__mro__[1].__subclasses__() }}")
    with pytest.raises(SettingsError, match=r"evil\.j2, line 1"):
        Prompts(folders).text("evil.j2")


def test_resources_come_from_the_users_folder_first_and_only_if_it_exists(tmp_path):
    shipped = resource_folders(tmp_path, "prompts")
    assert len(shipped) == 1
    (tmp_path / "prompts").mkdir()
    assert resource_folders(tmp_path, "prompts") == [tmp_path / "prompts", *shipped]
    assert resource_folders(shipped[0].parent, "prompts") == shipped
