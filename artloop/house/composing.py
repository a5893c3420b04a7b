"""Two studies made one sketch: a plain Grafix program in which the second is seen behind, or within, the first."""

from __future__ import annotations

import ast
import textwrap

from artloop.house.blocks.lettering import LETTERING
from artloop.house.blocks.tools import TOOLS
from artloop.house.blocks.views import SEEN, SHADOW
from artloop.house.repertoire import Repertoire, Study, read_declared, suits
from artloop.house.scene import Scene
from artloop.house.scenes import SCENES
from artloop.models import Brief, Params, Value
from artloop.source import DECLARED, Declared, written

Ranges = dict[str, tuple[float, float]]
CAPITALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ ")
VIEW = "view_"
"""What the names of an opening's parameters begin with."""
LONGEST = 24
"""Letters of a word below a picture."""


class Parts(Value):
    """A sketch taken apart: what it imports, and what it does, without its docstring and declarations."""

    imports: tuple[str, ...]
    body: str


def known(name: str, repertoire: Repertoire, word: str = "") -> Study | None:
    """The study of that name, or the composition of two, with the word below where there is a place for one."""
    scene = scene_of(name)
    return composed(scene, repertoire, word) if scene else repertoire.named(name)


def scene_of(name: str) -> Scene | None:
    """The scene of that name."""
    return next((scene for scene in SCENES if scene.name == name), None)


def first_of(study: Study, repertoire: Repertoire) -> Study:
    """The first study of a composition; any other as it is."""
    scene = scene_of(study.name)
    return repertoire.named(scene.near) or study if scene else study


def suited(brief: Brief, repertoire: Repertoire) -> list[Scene]:
    """Scenes for a brief, best match first, no study in two of them; none for a sketch that was given."""
    if brief.sketch is not None:
        return []
    worth = {scene.name: suits(announced, brief) for scene in SCENES if (announced := _announced(scene, repertoire))}
    found: list[Scene] = []
    for scene in sorted(SCENES, key=lambda scene: (-worth.get(scene.name, 0.0), scene.name)):
        used = {name for other in found for name in (other.near, other.far)}
        if scene.name in worth and not used & {scene.near, scene.far}:
            found.append(scene)
    return found


def _announced(scene: Scene, repertoire: Repertoire) -> Study | None:
    """What a composition will declare, before anybody has made it."""
    near, far = repertoire.named(scene.near), repertoire.named(scene.far)
    if near is None or far is None:
        return None
    told = Declared(title=f"{_title(scene)}: {scene.clause}", tags=_tags(near, far))
    return Study(name=scene.name, source="", declared=told)


def _tags(near: Study, far: Study) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*near.declared.tags, *far.declared.tags]))


def composed(scene: Scene, repertoire: Repertoire, word: str = "") -> Study | None:
    """The two studies of a scene as one; None if one of them is missing or is no readable sketch."""
    near, far = repertoire.named(scene.near), repertoire.named(scene.far)
    if near is None or far is None:
        return None
    source = merged(scene, near, far, lettered(word) if scene.caption else "")
    return Study(name=scene.name, source=source, declared=read_declared(source))


def lettered(word: str) -> str:
    """The word in capitals; empty if it is too long for one line or there are no such capitals for it."""
    text = " ".join(word.upper().split())
    return text if len(text) <= LONGEST and all(letter in CAPITALS for letter in text) else ""


def merged(scene: Scene, near: Study, far: Study, word: str = "") -> str:
    """The source of the composition: the first study as it stands, the second as a function of its sheet."""
    front, back = parts(near.source), parts(far.source)
    imports = [*front.imports, *(line for line in back.imports if line not in front.imports)]
    head = [_docstring(scene, near, far), "\n".join(imports), _declarations(scene, near, far, word)]
    code = TOOLS + SHADOW + _view(scene, far, back.body) + SEEN + (LETTERING if word else "")
    return "\n\n".join(head) + f"\n\n{front.body}\n" + code


def parts(source: str) -> Parts:
    """Take a sketch apart, comments and spacing as they are."""
    tree, lines = ast.parse(source), source.splitlines()
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    gone = [*imports, *(node for node in tree.body if _is_declaration(node)), *tree.body[: _has_docstring(tree)]]
    dropped = {number for node in gone for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    body = "\n".join(line for number, line in enumerate(lines, 1) if number not in dropped)
    return Parts(imports=tuple(ast.get_source_segment(source, node) or "" for node in imports), body=body.strip())


def _has_docstring(tree: ast.Module) -> int:
    return int(ast.get_docstring(tree) is not None)


def _is_declaration(node: ast.stmt) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name in DECLARED
        case _:
            return False


def _title(scene: Scene) -> str:
    return f"{scene.title[:1].upper()}{scene.title[1:]}"


def _docstring(scene: Scene, near: Study, far: Study) -> str:
    said = f"Two studies on one sheet: {near.name} in front, {far.name} behind it. {scene.why}"
    clause = f"{scene.clause[:1].lower()}{scene.clause[1:]}"
    return f'"""{_title(scene)}: {clause}\n\n' + textwrap.fill(said, 100) + '\n"""'


def _declarations(scene: Scene, near: Study, far: Study, word: str) -> str:
    """Sheet, seed, pen and the parameters of both studies and of the view, those of the second with its prefix."""
    params, ranges = settings(scene, near, far)
    params, ranges = (params | {"type_mm": 3.6}, ranges | {"type_mm": (3.0, 4.4)}) if word else (params, ranges)
    values = {
        "CANVAS": near.declared.canvas or (148, 210),
        "SEED": near.declared.seed or 0,
        "PEN_MM": near.declared.pen_mm or 0.3,
        "PARAMS": params,
        "RANGES": ranges,
        "TAGS": _tags(near, far),
        "VIEW": scene.view,
    } | ({"WORD": word} if word else {})
    return "\n".join(f"{name} = {written(value)}" for name, value in values.items())


def settings(scene: Scene, near: Study, far: Study) -> tuple[Params, Ranges]:
    """All parameters and their ranges; what the scene has fixed has no range."""
    params, ranges = dict(near.declared.params), dict(near.declared.ranges)
    params |= {scene.prefix + name: value for name, value in far.declared.params.items()}
    ranges |= {scene.prefix + name: span for name, span in far.declared.ranges.items()}
    params |= scene.params
    ranges = {name: span for name, span in ranges.items() if name not in scene.params}
    return params | scene.placing, ranges | scene.spans


def _view(scene: Scene, far: Study, body: str) -> str:
    """The second study as a function that draws it on a sheet of any size."""
    begins = f'name.startswith("{scene.prefix}")'
    own = f'{{name.removeprefix("{scene.prefix}"): value for name, value in PARAMS.items() if {begins}}}'
    seed = "" if scene.seed is None else f"    SEED = {scene.seed}\n"
    head = f'def house_view(CANVAS):\n    """{far.declared.title}"""\n    PARAMS = HOUSE_OWN\n{seed}'
    turned = f"\n\nHOUSE_TURNED = {scene.turned or False}"
    return f"{turned}\nHOUSE_OWN = {own}\n\n\n{head}{textwrap.indent(body, '    ')}\n    return draw\n"
