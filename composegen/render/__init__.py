"""Plan in, texts out: owns the templates, and reads back what they gave before anybody sees it."""

from __future__ import annotations

import contextlib
import json
import posixpath
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import jinja2.bccache

from composegen.errors import ComposegenError
from composegen.formats.compose import mount_target
from composegen.formats.yaml12 import read
from composegen.plan.model import COMPOSE_FILES, Plan, Stack
from composegen.render import emit, env
from composegen.render.compose import document, reasons
from composegen.resources import resource_dir

_HEADINGS = {
    (
        "volumes",
        "prod",
    ): "fixed names: data is still found after the folder or the project is renamed; "
    "`down -v` deletes all but the external ones; protect: true in stack.yaml makes one external",
}


class RenderError(Exception):
    """A template gave a text that does not say what the plan says: a bug, or an own template's."""


def render(
    stack: Stack, environments: Sequence[str], templates: Sequence[Path] = ()
) -> dict[str, str]:
    """Return the text of every file, by its path beside the spec.

    Compose files are those of the given environments, the rest is shared by all. Templates in the
    given folders come before ours. Raises RenderError where a Compose file, read back, differs from
    the plan.
    """
    environment = _jinja((*templates, resource_dir("templates")))
    own = templates[0] if templates else None
    texts = {}
    for plan in stack.plans:
        if plan.environment in environments:
            with _blaming(own, "docker-compose.yml.j2"):
                texts[COMPOSE_FILES[plan.environment]] = _compose(environment, plan)
    for file in (*stack.dockerfiles, *stack.files):
        with _blaming(own, file.template):
            texts[file.path] = environment.get_template(file.template).render(file.values)
    for context, lines in stack.ignored.items():
        path = ".dockerignore" if context == "." else f"{context}/.dockerignore"
        everything = any(
            "." in file.values["code"]
            for file in stack.dockerfiles
            if (posixpath.dirname(file.path) or ".") == context
        )
        texts[path] = environment.get_template("dockerignore.j2").render(
            lines=lines, everything=everything
        )
    if stack.variables:
        texts[".env.example"] = env.example(stack.variables)
    return texts


@contextlib.contextmanager
def _blaming(folder: Path | None, template: str) -> Iterator[None]:
    """Make what goes wrong with the user's own template the user's to mend."""
    try:
        yield
    except Exception as error:
        if folder is None:
            raise
        name = f"{folder / template}"
        raise ComposegenError(f"{name}: {type(error).__name__}: {error}") from None


def _compose(environment: jinja2.Environment, plan: Plan) -> str:
    wanted = document(plan)
    why: defaultdict[tuple[str, ...], str] = defaultdict(str, reasons(plan))
    headings = {
        section: text for (section, name), text in _HEADINGS.items() if name == plan.environment
    }
    text = environment.get_template("docker-compose.yml.j2").render(
        plan=plan, document=wanted, why=why, headings=headings
    )
    _check(text, wanted, COMPOSE_FILES[plan.environment])
    return text


def _check(text: str, wanted: Any, name: str) -> None:
    """Raise RenderError where a text, read back, is not the document that it was made from."""
    value = read(text.encode(), limit=None).value
    if repr(value) != repr(_plain(wanted)):
        raise RenderError(f"{name}: {_difference(value, _plain(wanted))}")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _difference(got: Any, wanted: Any, path: str = "") -> str:
    if isinstance(got, dict) and isinstance(wanted, dict) and got.keys() == wanted.keys():
        for key in wanted:
            if got[key] != wanted[key]:
                return _difference(got[key], wanted[key], f"{path}.{key}")
    return f"{path.lstrip('.') or 'the file'}: the text says {got!r}, the plan {wanted!r}"


class _Bytecode(jinja2.FileSystemBytecodeCache):
    """Compiled templates beside their sources, as Python keeps its own; none where it can't."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "__pycache__"
        super().__init__(str(self._folder), "%s.jinja")

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        with contextlib.suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            super().dump_bytecode(bucket)


def _jinja(folders: Sequence[Path]) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([str(folder) for folder in folders]),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        bytecode_cache=_Bytecode(folders[-1]),
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "block": emit.block,
        "comment": emit.comment,
        "entry": emit.entry,
        "key_text": emit.key_text,
        "listed": emit.listed,
        "mount_target": mount_target,
        "quoted": emit.quoted,
        "words": lambda words: json.dumps(list(words), ensure_ascii=False),
    }
    return environment
