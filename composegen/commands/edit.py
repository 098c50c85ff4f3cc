"""add and remove: edits of the spec."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from composegen.commands import DONE, report
from composegen.errors import ComposegenError, SpecError
from composegen.spec.short_form import component_and_version


def add(file: Path, component: str, name: str | None, needed_by: Sequence[str]) -> int:
    """Add a service to the spec; comments and order stay."""
    from composegen.catalog.catalog import BUILTIN, Catalog
    from composegen.spec.edit import add_service

    kind, version = component_and_version(component)
    one = Catalog((file.parent / "components", BUILTIN))[kind]
    refusal = one.refusal(version) if version else None
    if refusal:
        raise ComposegenError(refusal)
    service = component if version is not None or one.role != "app" else {"component": kind}
    return _edit(file, lambda text: add_service(text, name or kind, service, needed_by))


def remove(file: Path, name: str) -> int:
    """Take a service out of the spec; its volume stays."""
    from composegen.spec.edit import remove_service

    return _edit(file, lambda text: remove_service(text, name))


def _edit(file: Path, change: Callable[[str], str]) -> int:
    """Change the spec's text, if what comes out is a spec that holds."""
    from composegen.formats.yaml12 import YamlError, read
    from composegen.project.folder import load_text
    from composegen.project.write import Change, apply, current, exclusive

    with exclusive(file.parent):
        old = current(file.parent, file.name)
        if old is None:
            raise ComposegenError(f"{file}: no such file")
        try:
            read(old)
        except YamlError as error:
            raise SpecError([error.within(file.name)]) from None
        new = change(old.decode()).encode()
        load_text(file, new)
        apply(file.parent, [Change(file.name, old, new)])
    report.message(f"updated {file}; see what it means with composegen plan")
    return DONE
