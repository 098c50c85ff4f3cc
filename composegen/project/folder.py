"""A folder with a spec: reading it, and what its files shall be."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from composegen.catalog.catalog import BUILTIN, Catalog
from composegen.errors import ComposegenError, Problem, SpecError, dotted
from composegen.errors import Path as SpecPath
from composegen.formats import envfile
from composegen.formats.yaml12 import MAX_BYTES, Document, YamlError, place, read
from composegen.plan.model import Stack
from composegen.project import env
from composegen.project.build_folder import look, probes
from composegen.project.lock import LOCK, Lock, read_lock
from composegen.project.seen import IGNORE, digest, own_files, state
from composegen.project.write import TEMPORARY, Disk, current
from composegen.resolve import build_folders, resolve
from composegen.resolve.choose import Pinned
from composegen.resolve.context import LANGUAGES, Contexts
from composegen.resources import SECRETS
from composegen.spec.model import Spec, parse_spec

# Files of ours that are shared with the user: lines are only ever added.
MODES = {".env": 0o600, ".gitignore": 0o644}

_IGNORED = (".env",)


@dataclass(frozen=True, slots=True)
class Project:
    """A spec that holds, with everything that follows from it and what was there before.

    `inputs` has the state of each path that it was read from, as it was before it was read: what is
    saved while a run goes on is not what the run has seen.
    """

    file: Path
    disk: Disk
    digest: str
    inputs: Mapping[str, str | None]
    spec: Spec
    catalog: Catalog
    stack: Stack
    lock: Lock | None

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.file.parent


def load(file: Path) -> Project:
    """Read a spec and resolve it; raises SpecError with everything that is wrong."""
    return load_text(file, _bytes(file))


def load_text(file: Path, data: bytes) -> Project:
    """Resolve the text of a spec as if it stood in the file; raises SpecError like load."""
    try:
        document = read(data)
    except YamlError as error:
        raise SpecError([error.within(file.name)]) from None
    root = file.parent
    seen = digest(data)
    inputs = {path: state(root / path) for path in own_files(root)} | {file.name: seen}
    disk = Disk(root)
    lock = read_lock(disk.file(LOCK))
    catalog = Catalog((root / "components", BUILTIN))
    spec, problems = parse_spec(document.value)
    stack = None
    if spec is not None:
        folders = sorted(build_folders(spec))
        inputs |= {path: state(root / path) for path in _probed(root, folders)}
        contexts: Contexts = {
            (folder, language): look(root / folder, language)
            for folder in folders
            for language in LANGUAGES
        }
        known = {problem.path for problem in problems} | _places_of_gone(document.value, spec)
        stack, more = resolve(spec, catalog, contexts, _pinned(lock))
        problems += [one for one in more if not _follows(one.path, known)]
    if problems or spec is None or stack is None:
        raise SpecError(_lines(file.name, document, problems))
    return Project(file, disk, seen, inputs, spec, catalog, stack, lock)


def is_stale(project: Project) -> bool:
    """Say whether the spec or the lock on the disk is another one than was read."""
    is_other = digest(_bytes(project.file)) != project.digest
    return is_other or read_lock(current(project.root, LOCK)) != project.lock


def _probed(root: Path, folders: Iterable[str]) -> list[str]:
    return [(Path(one) / probe).as_posix() for one in folders for probe in probes(root / one)]


def _pinned(lock: Lock | None) -> Pinned:
    if lock is None:
        return Pinned()
    named_by = {place: entry.named_by for place, entry in lock.volumes.items()}
    return Pinned(lock.versions, lock.ports, named_by, known=True)


def shared_files(project: Project) -> dict[str, str]:
    """Return the files that are the user's as well, completed: `.env`, `.gitignore`, folders.

    Raises ComposegenError where a secret that the user chose would break a URL or its server.
    """
    root, disk, variables = project.root, project.disk, project.stack.variables
    owner = _owner(root)
    sources: dict[str, Callable[[], str]] = {
        "generated": env.new_secret,
        "host-uid": lambda: str(owner[0]),
        "host-gid": lambda: str(owner[1]),
        "user": str,
    }
    text = text_of(disk, ".env")
    for name in env.unfit_for_url(text, variables):
        raise ComposegenError(
            f".env: {name}: the value is part of a URL; use letters, digits and ._~- only, or pass "
            "the connection in parts, for example needs: {db: {PGPASSWORD: password}}"
        )
    for variable in env.unfit(text, variables):
        raise ComposegenError(
            f".env: {variable.name}: {', '.join(variable.services)} can't read this value as it "
            f"is: {variable.form}; choose another one, letters and digits always work"
        )
    result = {
        ".gitignore": _with_lines(text_of(disk, ".gitignore"), _IGNORED),
        IGNORE: _with_lines(text_of(disk, IGNORE), ("local/",)),
    }
    if variables:
        result[".env"] = env.complete(text, variables, sources)
    result |= _secret_files(project, result.get(".env", ""))
    for folder in project.stack.folders:
        if _is_bare(root / folder):
            result[f"{folder.removeprefix('./')}/.gitkeep"] = ""
    return result


def _is_bare(folder: Path) -> bool:
    """Say whether a folder is missing, or a run made it and was cut off before it had a file."""
    try:
        return all(name.endswith(TEMPORARY) for name in os.listdir(folder))  # noqa: PTH208
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _secret_files(project: Project, env: str) -> dict[str, str]:
    """Return the files with secrets, each with the value that `.env` has.

    A file is readable by all, since a container's user is none of the host's; its folder is not.
    Raises ComposegenError where a file and `.env` say different things.
    """
    wanted = {
        f"{SECRETS}/{name}": variable
        for plan in project.stack.plans
        for service in plan.services
        for name, variable in service.secrets.items()
    }
    if not wanted:
        return {}
    values = envfile.values(env)
    for path, variable in wanted.items():
        there = text_of(project.disk, path)
        if there and there != values.get(variable, ""):
            raise ComposegenError(f"{path}: differs from {variable} in .env; make both the same")
    ignore = f"{SECRETS}/.gitignore"
    files = {path: values.get(variable, "") for path, variable in sorted(wanted.items())}
    return {ignore: _with_lines(text_of(project.disk, ignore), ("*",)), **files}


def _owner(root: Path) -> tuple[int, int]:
    """Return the user and group whom the project's files belong to."""
    if not hasattr(os, "getuid"):
        return 1000, 1000
    status = root.stat()
    return status.st_uid, status.st_gid


def text_of(disk: Disk, path: str) -> str:
    """Return what a file says, nothing where there is none; ComposegenError if it is no text."""
    data = disk.file(path) or b""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ComposegenError(f"{path}: not UTF-8; save the file as UTF-8") from None


def _with_lines(text: str, lines: tuple[str, ...]) -> str:
    missing = [f"{line}\n" for line in lines if line not in text.splitlines()]
    return envfile.with_lines(text, missing)


def _bytes(file: Path) -> bytes:
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise ComposegenError(f"{file}: not a file; give the path of a spec such as stack.yaml")
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        hint = "; start one with: composegen new my-app --preset ai-agent"
        raise ComposegenError(f"{file}: no such file{hint}") from None
    except OSError as error:
        raise ComposegenError(f"{file}: {error.strerror}") from None


def _places_of_gone(value: Mapping[str, object], spec: Spec) -> set[SpecPath]:
    """Return where services are named that were left out, as something is wrong with them."""
    services = value.get("services")
    gone = set(services) - set(spec.services) if isinstance(services, dict) else set()
    users: set[SpecPath] = {("services", name) for name in spec.services}
    for environment, here in spec.environments.items():
        users |= {("environments", environment, name) for name in here.services}
    in_environments = {("environments", one, name) for one in spec.environments for name in gone}
    return in_environments | {(*user, "needs", name) for user in users for name in gone}


def _follows(path: SpecPath, known: set[SpecPath]) -> bool:
    """Say whether a place lies at or below one where a problem is known, or holds such a one."""
    below = any(path[:length] in known for length in range(1, len(path) + 1))
    return below or any(one[:-1] == path for one in known)


def _lines(name: str, document: Document, problems: list[Problem]) -> list[str]:
    placed = []
    for problem in problems:
        path = problem.path
        while path not in document.positions:
            path = path[:-1]
        placed.append((document.positions[path], problem))
    placed.sort(key=lambda pair: (pair[0].line, pair[0].column))
    return [
        f"{place(name, position)} {dotted(problem.path)}{': ' if problem.path else ''}"
        f"{problem.message}"
        for position, problem in placed
    ]
