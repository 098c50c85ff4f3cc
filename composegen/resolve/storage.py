"""Where each service's data goes: decisions, mounts and named volumes."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from composegen.catalog.component import fill
from composegen.catalog.fact import Fact
from composegen.errors import Path, Problem, did_you_mean, dotted
from composegen.formats.interpolation import escape
from composegen.plan.model import Decision, Mount, Volume
from composegen.resolve import files, rules
from composegen.resolve.choose import Chosen
from composegen.resolve.code import WORKDIR, code_folders, sync
from composegen.resolve.persistence import SHARED_IN_TEST, Piece, decide
from composegen.spec.data import KINDS, Data, VolumeOptions
from composegen.spec.quantities import bytes_of

HOST_USER = ("${HOST_UID:-1000}", "${HOST_GID:-1000}")


@dataclass(frozen=True, slots=True)
class Stored:
    """One decision with what follows from it, and where in the spec it comes from.

    What is `given` is a file or folder of the host that the user named and only reads.
    """

    decision: Decision
    mount: Mount | None
    volume: Volume | None
    place: Path
    name: str
    given: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Home:
    """What volumes and folders are called after.

    `named` says whether the names of volumes are written out; `taken` has the folders of the host
    that earlier services got, by name.
    """

    project: str
    named: bool
    taken: dict[str, str] = field(default_factory=dict)

    def folder(self, name: str, service: str) -> str:
        """Return a folder of the host for a service's data, one of its own."""
        folder = f"./{name.replace('_', '-')}"
        mine = self.taken.setdefault(folder, service) == service
        return folder if mine else f"./{service}-{folder.removeprefix('./')}"


def store(chosen: Chosen, home: Home, problems: list[Problem]) -> list[Stored]:
    """Return every piece of a service's data: the image's, the user's and the code."""
    ours = [*_image_data(chosen), *_init(chosen), *files.pieces(chosen), *_code(chosen)]
    pieces = [*ours, *_user_data(chosen, [piece for piece, _ in ours], problems)]
    names = _names(chosen, [piece for piece, _ in pieces])
    stored = []
    for piece, place in pieces:
        decision = decide(piece, chosen.environment)
        case = rules.Case(piece, decision, chosen)
        problems += [Problem(place, message) for message in rules.broken(case)]
        mount, volume = _mount(chosen, piece, decision, names[piece.target], home)
        given = "data" in place and bool(piece.said.source) and decision.read_only
        warnings = tuple(f"{dotted(place)}: {message}" for message in rules.cautions(case))
        stored.append(Stored(decision, mount, volume, place, names[piece.target], given, warnings))
    problems += _nested(chosen, stored)
    databases = [one for one in stored if one.decision.kind == "database" and one.volume]
    if databases and (chosen.said.replicas or 1) > 1:
        message = "two servers can't write to one database; remove replicas:"
        problems.append(Problem(chosen.place("replicas"), message))
    return stored


def mounts(chosen: Chosen, stored: Iterable[Stored], *, read_only: bool) -> tuple[Mount, ...]:
    """Return a service's mounts: its data, and memory for what it writes elsewhere."""
    result = [item.mount for item in stored if item.mount]
    known = {mount.target for mount in result}
    everywhere = read_only or chosen.is_app
    result += [
        _owned(
            Mount("tmpfs", target, mode=fact.mode, why=fill(fact.why or "", chosen.values)),
            owner(chosen),
        )
        for target, fact in chosen.facts.scratch.items()
        if target not in known and (everywhere or fact.mode)
    ]
    return tuple(result)


def owner(chosen: Chosen) -> tuple[str, str] | None:
    """Return the user and group that the container runs as, None for the image's own."""
    if chosen.said.user:
        match = re.fullmatch(r"((?:\$\{[^}]*\}|[^:$])*)(?::(.*))?", chosen.said.user)
        assert match, "checked when the spec was read"
        return match[1], match[2] or match[1]
    if is_host_user(chosen):
        return HOST_USER
    if chosen.facts.user.id is None:
        return None
    user, _, group = chosen.facts.user.id.partition(":")
    return user, group


def is_host_user(chosen: Chosen) -> bool:
    """Say whether the container runs as the host's user: its image is built for that user."""
    in_dev = chosen.facts.user.host_in_dev and chosen.environment == "dev"
    return in_dev and not chosen.said.user


def _image_data(chosen: Chosen) -> list[tuple[Piece, Path]]:
    said = chosen.said.data or {}
    result = []
    for target, fact in chosen.facts.data.items():
        entry = said.get(target, Data())
        place = chosen.place("data", target) if target in said else chosen.place("component")
        result.append((Piece(chosen.name, target, entry.kind or fact.kind, entry), place))
    return result


def _user_data(
    chosen: Chosen, ours: Iterable[Piece], problems: list[Problem]
) -> list[tuple[Piece, Path]]:
    """Return the data that the spec alone knows; its entries for `ours` are in there already."""
    result = []
    code = {piece.target for piece in ours if piece.kind == "code"}
    config = (files.mounted(path, fact) for path, fact in chosen.facts.files.items())
    known = {*chosen.facts.data, *config}
    installed = chosen.facts.build and chosen.facts.build.dependencies
    for target, entry in (chosen.said.data or {}).items():
        if target in known or (target in code and entry.kind in (None, "code")):
            continue
        if target in code or (installed and f"{target}/".startswith(f"{installed}/")):
            message = f"{target} holds the code or installed packages; use another path"
            problems.append(Problem(chosen.place("data", target), message))
            continue
        place = chosen.place("data", target)
        if entry.kind is None:
            problems.append(Problem(place, f"needs a kind:{did_you_mean('', KINDS)[1:]}"))
            continue
        result.append((Piece(chosen.name, target, entry.kind, entry), place))
    return result


def _init(chosen: Chosen) -> list[tuple[Piece, Path]]:
    folder = chosen.options.get("init")
    if not folder or not chosen.facts.init:
        return []
    said = Data(kind="config", source=folder)
    place = chosen.place("init")
    return [(Piece(chosen.name, chosen.facts.init.target, "config", said), place)]


def _code(chosen: Chosen) -> list[tuple[Piece, Path]]:
    if not chosen.facts.build:
        return []
    place = chosen.place("code" if chosen.options.get("code") else "component")
    pieces = [(Piece(chosen.name, chosen.facts.build.dependencies, "dependencies", Data()), place)]
    for entry in code_folders(chosen):
        target = posixpath.normpath(posixpath.join(WORKDIR, entry))
        own = (chosen.said.data or {}).get(target, Data())
        source = own.source or posixpath.join(chosen.folder, entry)
        said = own.model_copy(update={"source": source})
        pieces.append((Piece(chosen.name, target, "code", said, sync(chosen, entry)), place))
    return pieces


def _names(chosen: Chosen, pieces: list[Piece]) -> dict[str, str]:
    """Return a short name for each path, the last part where that is enough to tell them apart."""
    names = {target: fact.name for target, fact in chosen.facts.data.items()}
    for piece in pieces:
        short = _word(posixpath.basename(piece.target))
        long = _word(piece.target)
        numbered = (f"{long}_{number}" for number in itertools.count(2))
        tries = itertools.chain((short, long), numbered)
        taken = set(names.values())
        names.setdefault(piece.target, next(one for one in tries if one not in taken))
    return names


def _word(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "data"


def _mount(
    chosen: Chosen, piece: Piece, decision: Decision, name: str, home: Home
) -> tuple[Mount | None, Volume | None]:
    fact = chosen.facts.data.get(piece.target)
    detail = _detail(chosen, piece.target)
    why = (
        f"{decision.reason}; {detail}" if detail and decision.place != "tmpfs" else decision.reason
    )
    base = Mount("tmpfs", piece.target, read_only=decision.read_only, why=why)
    if decision.place == "tmpfs":
        mode = piece.said.mode or (fact.mode if fact else "1777")
        return _owned(replace(base, size=_whole(piece.said.size), mode=mode), owner(chosen)), None
    if decision.place == "bind":
        source = piece.said.source or home.folder(name, chosen.name)
        bind = replace(base, type="bind", source=_relative(source))
        if piece.kind == "code" and chosen.options.get("consistency"):
            consistency = chosen.options["consistency"]
            why = f"{why}; {consistency} is accepted but has no effect; use sync: watch instead"
            bind = replace(bind, consistency=consistency, why=why)
        return bind, None
    if decision.place == "volume":
        volume = _volume(chosen, piece, name, home)
        return replace(base, type="volume", source=volume.key), volume
    return None, None


def _detail(chosen: Chosen, target: str) -> str:
    """Return what the catalog says about a path, beside the reason for where it is."""
    facts: dict[str, Fact] = {**chosen.facts.data}
    if chosen.facts.init:
        facts[chosen.facts.init.target] = chosen.facts.init
    for path, file in chosen.facts.files.items():
        facts[files.mounted(path, file)] = file
    why = facts[target].why if target in facts else None
    return fill(why, chosen.values) if why else ""


def _whole(size: str | None) -> str | None:
    """Return a size as the kernel reads it: a whole number and one of K, M and G, or of bytes."""
    if size is None or re.fullmatch(r"[0-9]+[KMG]", size):
        return size
    return str(bytes_of(size))


def _owned(mount: Mount, user: tuple[str, str] | None) -> Mount:
    """Give memory to the container's user.

    A mode that opens it to everybody is not enough: a runtime may take that of the folder below,
    which is root's and 0755, when the same container starts again (seen with runc 1.1).
    """
    if user is None or not mount.mode:
        return mount
    numeric = all(part.isdigit() or part.startswith("$") for part in user)
    return replace(mount, uid=user[0], gid=user[1]) if numeric else mount


def _relative(source: str) -> str:
    path = posixpath.normpath(source)
    return path if path.startswith(("/", "../")) or path in (".", "..") else f"./{path}"


def _volume(chosen: Chosen, piece: Piece, name: str, home: Home) -> Volume:
    options = piece.said.volume or VolumeOptions()
    key = options.key or f"{chosen.kept_name}_{name}"
    protected = bool(piece.said.protect) and chosen.environment == "prod"
    external = bool(options.external) or protected
    own_name = f"{home.project}_{options.renamed_from or key}"
    if chosen.environment == "test" and piece.kind in SHARED_IN_TEST:
        # a name or a volume of somebody else's would be what the other environments keep
        name_here = own_name if home.named or options.renamed_from else None
        return Volume(key, name_here, driver_opts={"device": "tmpfs", "type": "tmpfs"})
    docker_name = options.name
    if docker_name is None and (external or home.named or options.renamed_from):
        docker_name = options.key if options.external and options.key else own_name
    said = options.driver_opts or {}
    driver_opts = {name: escape(text) for name, text in sorted(said.items())}
    return Volume(key, docker_name, options.driver, driver_opts, external)


def _nested(chosen: Chosen, stored: list[Stored]) -> list[Problem]:
    """Return a problem for every path that hides another or lies inside its mount."""
    problems = []
    outer = [item for item in stored if item.mount and item.mount.type != "tmpfs"]
    for item in stored:
        for other in outer:
            message = None
            if item is not other:
                message = rules.clash(item.decision, other.decision, chosen.name)
            if message:
                place = other.place if item.decision.place == "image" else item.place
                problems.append(Problem(place, message))
    return problems
