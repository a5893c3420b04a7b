"""The sketches the house artist knows, and which of them suits a brief."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from artloop.errors import UsageError
from artloop.house.words import chance, meaning, stem, tokens
from artloop.models import Brief, Value
from artloop.source import Declared, declared

GIVEN = "given"
"""Name of the study that the brief itself brings."""
TAG, TITLE, TEXT, IDEA = 3.0, 2.0, 1.0, 1.2
"""What a shared word counts: among the tags, in the title, in the text below it; and a shared idea among the tags."""


class Study(Value):
    """A sketch to start from."""

    name: str
    source: str
    declared: Declared

    @property
    def title(self) -> str:
        """The title before its explanation."""
        return self.declared.title.partition(":")[0].strip() or self.name.replace("_", " ").capitalize()

    @property
    def clause(self) -> str:
        """What the sketch says it is, without the title."""
        return self.declared.title.partition(":")[2].strip()


class Repertoire(Value):
    """All studies, by name."""

    studies: tuple[Study, ...]

    @classmethod
    def read(cls, folders: Iterable[Path]) -> Repertoire:
        """Read `*.py` of every folder; of two files with one name the earlier folder's counts.

        A file that is no readable Python or defines no `draw` is left out: `artloop render` says what is wrong with it.
        Raises `UsageError` when nothing is left.
        """
        tried = list(folders)
        found: dict[str, Path] = {}
        for folder in tried:
            for path in sorted(folder.glob("*.py")) if folder.is_dir() else []:
                found.setdefault(path.stem, path)
        studies = tuple(study for name in sorted(found) if (study := _study(name, found[name])))
        if not studies:
            where = ", ".join(str(folder) for folder in tried) or "no folder"
            raise UsageError(f"no sketch found in {where}; reinstall artloop or add one with: artloop new NAME")
        return cls(studies=studies)

    def named(self, name: str) -> Study | None:
        """The study of that name."""
        return next((study for study in self.studies if study.name == name), None)

    def suited(self, brief: Brief, count: int) -> list[Study]:
        """A different study for each variant, best match first; round again only when there are no more.

        With `brief.sketch` every variant starts from that one.
        """
        if brief.sketch is not None:
            given = Study(name=GIVEN, source=brief.sketch, declared=read_declared(brief.sketch))
            return [given] * count
        ranked = sorted(self.studies, key=lambda study: (-suits(study, brief), study.name))
        return [ranked[number % len(ranked)] for number in range(count)]


@lru_cache(maxsize=256)
def read_declared(source: str) -> Declared:
    """What a source declares; nothing at all if it is no Python."""
    try:
        return declared(source)
    except (SyntaxError, ValueError):
        return Declared(title="")


def _study(name: str, path: Path) -> Study | None:
    try:
        source = path.read_text(encoding="utf-8")
        found = declared(source)
    except (OSError, SyntaxError, ValueError):
        return None
    return Study(name=name, source=source, declared=found) if "def draw(" in source else None


def suits(study: Study, brief: Brief) -> float:
    """Shared words and ideas, and less than one word's worth of chance that the brief's own letters decide."""
    about = meaning(brief.text)
    tags = frozenset(stem(word) for tag in study.declared.tags for word in tokens(tag))
    title = frozenset(map(stem, tokens(study.title)))
    text = frozenset(map(stem, tokens(study.clause)))
    ideas = meaning(" ".join(study.declared.tags)).ideas
    shared = TAG * len(about.stems & tags) + TITLE * len(about.stems & title) + TEXT * len(about.stems & text)
    return shared + IDEA * len(about.ideas & ideas) + 0.9 * chance(brief.text, brief.seed, study.name).random()
