"""The persistence tree: one piece of data in, one decision out.

    Must it outlive the container?
    ├── no  → tmpfs
    └── yes → Is it edited or read by people on the host?
              ├── yes → bind mount (read-only unless the container writes it)
              └── no  → named volume

What a build puts into the image needs no mount, so that question comes first.
"""

from __future__ import annotations

from dataclasses import dataclass

from composegen.plan.model import Answer, Decision, Place, Rejected
from composegen.spec.data import Data, Environment, Kind

OUTLIVE = "Must it outlive the container?"
ON_HOST = "Is it edited or read by people on the host?"
WRITTEN = "Does the container write it?"
GIVEN = "Is the mount given?"
IN_IMAGE = "Is it part of the image?"

_PLACES: dict[Place, str] = {
    "bind": "in a bind mount",
    "image": "in the image",
    "nowhere": "left out",
    "tmpfs": "in memory",
    "volume": "in a named volume",
}


_AGAINST_OUTSIDE: dict[Place, str] = {
    "bind": "a host folder would hide what was built",
    "tmpfs": "it would be empty on every start",
    "volume": "a volume would keep the old copy after the next build",
}


@dataclass(frozen=True, slots=True)
class _Rule:
    """How a kind answers the questions, each with its reason."""

    lasts: tuple[bool, str]
    on_host: tuple[bool, str] = (False, "nobody edits it on the host")
    written: bool = True
    in_image: str | None = None
    absent: str | None = None


_EMPTY = (False, "every test run starts empty")

_KINDS: dict[Kind, _Rule] = {
    "backups": _Rule((True, "must be kept"), (True, "read on the host")),
    "cache": _Rule((False, "can be rebuilt")),
    "code": _Rule((True, "must be kept"), (True, "edited on the host")),
    "config": _Rule((True, "must be kept"), (True, "edited on the host"), written=False),
    "database": _Rule((True, "must be kept")),
    "dependencies": _Rule(
        (False, "rebuilt from the lock file"), in_image="installed when the image is built"
    ),
    "files": _Rule((True, "must be kept")),
    "log": _Rule((True, "must be kept"), (True, "read on the host")),
    "models": _Rule((True, "large and slow to download")),
    "secrets": _Rule((True, "must be kept"), (True, "edited on the host"), written=False),
    "temp": _Rule((False, "need not be kept")),
    "uploads": _Rule((True, "must be kept")),
}

# What an environment changes about a kind.
_CODE_IN_IMAGE = _Rule((True, "must be kept"), in_image="copied when the image is built")
# How code gets into a container in dev where a bind mount is too slow for it.
_SYNC = {
    "volume": _Rule((True, "must be kept"), (False, "`docker compose watch` syncs edits")),
    "watch": _Rule(
        (True, "must be kept"), in_image="copied, and `docker compose watch` syncs edits"
    ),
}
# What services share by name in test: each with memory of its own would share nothing.
SHARED_IN_TEST: tuple[Kind, ...] = ("files", "uploads")
_SHARED = _Rule((True, "shared by name; its volume is in memory"))
_NOT_HERE = _Rule((False, "need not be kept"), absent="only prod has it")
_ENVIRONMENTS: dict[Environment, dict[Kind, _Rule]] = {
    "dev": {"backups": _NOT_HERE, "secrets": _NOT_HERE},
    "test": {
        "backups": _NOT_HERE,
        "cache": _Rule(_EMPTY),
        "code": _CODE_IN_IMAGE,
        "database": _Rule(_EMPTY),
        "files": _Rule(_EMPTY),
        "log": _Rule(_EMPTY),
        "secrets": _NOT_HERE,
        "uploads": _Rule(_EMPTY),
    },
    "prod": {"code": _CODE_IN_IMAGE},
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of data: its service, path in the container, kind and entry in the spec.

    `sync` is how edits of code reach a container in dev: bind, watch or volume.
    """

    service: str
    target: str
    kind: Kind
    said: Data
    sync: str = "bind"


def decide(piece: Piece, environment: Environment) -> Decision:
    """Walk the tree for one piece of data in one environment.

    The kind gives the answers, the environment changes them, the user's entry overrides both.
    """
    rule = _ENVIRONMENTS[environment].get(piece.kind, _KINDS[piece.kind])
    if environment == "test" and piece.said.volume and piece.said.volume.key:
        rule = _SHARED if piece.kind in SHARED_IN_TEST else rule
    if piece.kind == "code" and environment == "dev":
        rule = _SYNC.get(piece.sync, rule)
    place, path = _walk(rule, piece.said)
    read_only = _read_only(rule, piece.said) if place != "tmpfs" else False
    if place == "bind":
        path = (*path, _written(rule, piece.said, read_only))
    return Decision(
        service=piece.service,
        target=piece.target,
        kind=piece.kind,
        place=place,
        read_only=read_only,
        reason=_reason(piece.kind, place, path, read_only),
        path=path,
        rejected=tuple(_rejected(place, path)),
        changes=tuple(_changes(place, path)),
    )


def objection(decision: Decision, environment: Environment) -> str | None:
    """Return why a decision may not stand unless the user insists, or None."""
    match decision.kind, decision.place:
        case "database", "tmpfs" if environment != "test":
            return "a database in memory is lost with its container; keep it in a volume"
        case "database", "bind" if environment == "prod":
            return (
                "a database in a bind mount depends on the host's file system and permissions; "
                "keep it in a volume"
            )
        case "config" | "secrets", "bind" if not decision.read_only:
            return f"the container could change its own {decision.kind}; keep it read-only"
    return None


def _walk(rule: _Rule, said: Data) -> tuple[Place, tuple[Answer, ...]]:
    if said.mount:
        place: Place = said.mount
        return place, (Answer(GIVEN, "yes", f"mount: {said.mount} in the spec"),)
    asked = said.persist is not None or said.edited is not None
    if rule.in_image and not asked:
        return "image", (Answer(IN_IMAGE, "yes", rule.in_image),)
    if rule.absent and not asked:
        return "nowhere", (Answer(OUTLIVE, "no", rule.absent),)
    lasts = _answer(OUTLIVE, rule.lasts, said.persist, "persist")
    if lasts.answer == "no":
        return "tmpfs", (lasts,)
    on_host = _answer(ON_HOST, rule.on_host, said.edited, "edited")
    return ("bind" if on_host.answer == "yes" else "volume"), (lasts, on_host)


def _answer(question: str, default: tuple[bool, str], said: bool | None, key: str) -> Answer:
    yes, because = default
    if said is not None and said != yes:
        yes, because = said, f"{key}: {str(said).lower()} in the spec"
    return Answer(question, "yes" if yes else "no", because)


def _read_only(rule: _Rule, said: Data) -> bool:
    return not rule.written if said.read_only is None else said.read_only


def _written(rule: _Rule, said: Data, read_only: bool) -> Answer:
    because = "set in the spec" if said.read_only is not None else "the default for this kind"
    return Answer(WRITTEN, "no" if read_only else "yes", because)


def _reason(kind: Kind, place: Place, path: tuple[Answer, ...], read_only: bool) -> str:
    because = "; ".join(answer.because for answer in path if answer.question != WRITTEN)
    where = "in a read-only bind mount" if place == "bind" and read_only else _PLACES[place]
    return f"{kind} {where}: {because}"


def _rejected(place: Place, path: tuple[Answer, ...]) -> list[Rejected]:
    """Say why each other place was rejected."""
    if place == "nowhere":
        return []
    others: list[Place] = [other for other in ("bind", "tmpfs", "volume") if other != place]
    return [Rejected(other, _against(other, place, path[0].question)) for other in others]


def _against(other: Place, place: Place, first: str) -> str:
    if first == IN_IMAGE:
        return _AGAINST_OUTSIDE[other]
    if first != OUTLIVE:
        return "the spec chose otherwise"
    if place == "tmpfs":
        return "data from one run would still be there in the next"
    if other == "tmpfs":
        return "it would be lost with the container"
    if other == "volume":
        return "nobody could edit or read it on the host"
    return "it would depend on the host's file system and permissions"


def _changes(place: Place, path: tuple[Answer, ...]) -> list[str]:
    """Say which entries of the spec would lead elsewhere."""
    if path[0].question == GIVEN:
        return ["without mount:, the questions would decide"]
    if place == "nowhere":
        return ["persist: true would include it here"]
    if place == "tmpfs":
        return ["persist: true would keep it"]
    if place == "volume":
        return ["persist: false would keep it in memory", "edited: true would use a bind mount"]
    if place == "bind" and len(path) > 1:
        return ["persist: false would keep it in memory", "edited: false would use a volume"]
    if place == "image":
        return ["mount: bind or mount: volume would put it outside the image"]
    return []
