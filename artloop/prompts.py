"""Templates as files: the user's own `prompts/` before the shipped ones. No prompt text lives in Python."""

from __future__ import annotations

import difflib
import hashlib
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from artloop.errors import SettingsError

T = TypeVar("T")


def shuffled(items: Sequence[T], key: object) -> list[T]:
    """Jinja filter: the items in an order that the key alone decides, the same on every machine."""
    return random.Random(str(key)).sample(items, k=len(items))


class Prompts:
    """The templates of some folders; of two with the same name the earlier folder's counts.

    A folder may come with somebody else's project, so its templates run sandboxed: they see the values they are
    given and nothing of Python.
    """

    def __init__(self, folders: list[Path]) -> None:
        self.folders = folders
        self._hashes: dict[str, str] = {}
        self._plain = self._environment(autoescape=False)
        self._escaping = self._environment(autoescape=True)

    def text(self, name: str, **values: Any) -> str:
        """The template filled in, as plain text; a missing value is a `SettingsError` that names file and line."""
        return self._filled(self._plain, name, values)

    def html(self, name: str, **values: Any) -> str:
        """The template filled in, every value escaped for HTML."""
        return self._filled(self._escaping, name, values)

    def source_sha256(self, name: str) -> str:
        """Hash of a template's text and of all it includes when first asked, so that an edited prompt is noticed."""
        if name not in self._hashes:
            digest = hashlib.sha256()
            for part, source in sorted(self._sources(name).items()):
                digest.update(f"{part}\0{source}\0".encode())
            self._hashes[name] = digest.hexdigest()
        return self._hashes[name]

    def size(self, name: str) -> int:
        """Characters of a template and of all it includes."""
        return sum(len(source) for source in self._sources(name).values())

    def _environment(self, autoescape: bool) -> ImmutableSandboxedEnvironment:
        environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(self.folders),
            undefined=StrictUndefined,
            autoescape=autoescape,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["shuffled"] = shuffled
        return environment

    def _filled(self, environment: ImmutableSandboxedEnvironment, name: str, values: dict[str, Any]) -> str:
        try:
            return environment.get_template(name).render(values)
        except (TemplateError, UnicodeDecodeError) as error:
            raise self._explained(error, name) from error

    def _sources(self, name: str) -> dict[str, str]:
        """Name to text of a template and of everything it includes, imports or extends."""
        found: dict[str, str] = {}
        waiting = [name]
        while waiting:
            part = waiting.pop()
            found[part] = source = self._source(part)
            for other in meta.find_referenced_templates(self._plain.parse(source)):
                if other is None:
                    raise SettingsError(
                        f"template {part} includes another by a computed name; write the name out, "
                        "or a change in it would go unnoticed"
                    )
                if other not in found:
                    waiting.append(other)
        return found

    def _source(self, name: str) -> str:
        loader = self._plain.loader
        assert loader is not None
        try:
            source = loader.get_source(self._plain, name)[0]
            self._plain.parse(source, name, self._path(name))
        except (TemplateError, UnicodeDecodeError) as error:
            raise self._explained(error, name) from error
        return source

    def _explained(self, error: TemplateError | UnicodeDecodeError, name: str) -> SettingsError:
        """What is wrong with a template, where, and what to do."""
        if isinstance(error, TemplateNotFound):
            missing = str(error.name or name)
            near = difflib.get_close_matches(missing, self._plain.list_templates(), n=1, cutoff=0)
            hint = f"; the nearest is {near[0]}" if near else ""
            return SettingsError(f"no template {missing} in {', '.join(map(str, self.folders)) or 'no folder'}{hint}")
        if isinstance(error, UnicodeDecodeError):
            return SettingsError(f"template {self._path(name)} is no UTF-8 text: {error.reason}; save it as UTF-8")
        path, line = self._position(error, name)
        return SettingsError(f"template {path}, line {line}: {error.message}; correct it or remove your own copy")

    def _position(self, error: TemplateError, name: str) -> tuple[str, int]:
        """File and line of an error; Jinja rewrites tracebacks so that their frames lie in the templates."""
        if isinstance(error, TemplateSyntaxError):
            return error.filename or self._path(error.name or name), error.lineno
        frame, found = error.__traceback__, (self._path(name), 1)
        while frame is not None:
            file = frame.tb_frame.f_code.co_filename
            if any(Path(file).is_relative_to(folder) for folder in self.folders):
                found = (file, frame.tb_lineno)
            frame = frame.tb_next
        return found

    def _path(self, name: str) -> str:
        return next((str(folder / name) for folder in self.folders if (folder / name).is_file()), name)
