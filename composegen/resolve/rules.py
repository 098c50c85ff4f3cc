"""What a piece of data may not be: one function a rule, each returns what is wrong or None."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from composegen.plan.model import Decision
from composegen.resolve.choose import Chosen
from composegen.resolve.persistence import Piece, objection


@dataclass(frozen=True, slots=True)
class Case:
    """One piece of data, where it goes, and whose it is."""

    piece: Piece
    decision: Decision
    chosen: Chosen

    @property
    def tested(self) -> bool:
        """Say whether it is the test environment, where memory replaces what the spec means."""
        return self.chosen.environment == "test"


def broken(case: Case) -> Iterator[str]:
    """Yield what every broken rule says."""
    yield from _said(RULES, case)
    if not case.piece.said.insist:
        for message in _said(RISKS, case):
            yield f"{message}; to allow it anyway, add insist: true to this entry"


def cautions(case: Case) -> Iterator[str]:
    """Yield what the user has to know about what was allowed, or insisted on."""
    yield from _said(CAUTIONS, case)
    if case.piece.said.insist:
        yield from _said(RISKS, case)


def at_risk(case: Case) -> str | None:
    """A place that would lose data, or open config, needs the user to insist."""
    return objection(case.decision, case.chosen.environment)


def memory_only(case: Case) -> str | None:
    """Limits of memory on something that is not in memory would be without effect."""
    said = case.piece.said
    wrong = [key for key in ("size", "mode") if getattr(said, key)]
    if not wrong or case.tested or case.decision.place == "tmpfs":
        return None
    return f"{wrong[0]}: applies only in memory, and this is {case.decision.place}; remove it"


def volume_only(case: Case) -> str | None:
    """Options of a volume on something else would be without effect."""
    said, place = case.piece.said, case.decision.place
    if said.volume and said.mount in ("bind", "tmpfs"):
        return f"volume: applies only to a named volume, and mount: says {said.mount}"
    if said.volume and place != "volume" and not case.tested:
        return f"volume: applies only to a named volume, and this is {place}; add persist: true"
    return None


def bind_only(case: Case) -> str | None:
    """A path of the host on something that is not bound to it would be without effect."""
    place = case.decision.place
    if not case.piece.said.source or case.piece.kind == "code" or case.tested or place == "bind":
        return None
    return f"source: applies only to a bind mount, and this is {place}; add edited: true"


def external_is_made_elsewhere(case: Case) -> str | None:
    """Compose makes no external volume, so it has no use for a driver."""
    volume = case.piece.said.volume
    if volume and volume.external and (volume.driver or volume.driver_opts):
        return "an external volume is created elsewhere: remove driver: and driver_opts:"
    return None


def image_needs_a_place(case: Case) -> str | None:
    """Where the image itself writes data, no mount would mean an anonymous volume."""
    if case.piece.target in case.chosen.facts.data and case.decision.place in ("image", "nowhere"):
        who = case.chosen.component.name
        return f"{who} writes here, so it can't be {case.decision.kind}; remove kind:"
    return None


def relative_source(case: Case) -> str | None:
    """An absolute path ties the stack to one machine."""
    source = case.piece.said.source
    if source and source.startswith("/"):
        return (
            f"{source} is an absolute path, so the stack runs only on this machine; "
            "write it relative to the spec"
        )
    return None


def database_on_the_host(case: Case) -> str | None:
    """While developing, a database may lie in a folder of the host, and may fail to start there."""
    decision, environment = case.decision, case.chosen.environment
    if environment != "dev" or (decision.kind, decision.place) != ("database", "bind"):
        return None
    who = case.chosen.component.name
    return f"{who} may not write to a host folder; a volume needs no permission"


def bind_in_disguise(case: Case) -> str | None:
    """A volume made of a folder of the host has the weaknesses of a bind mount."""
    volume = case.piece.said.volume
    options = (volume and volume.driver_opts) or {}
    if case.decision.place != "volume" or "bind" not in options.get("o", "").split(","):
        return None
    return (
        f"the volume is the folder {options.get('device', '')} on this machine: it must exist "
        "before up, and the host's permissions decide who may write to it"
    )


Rule = Callable[[Case], str | None]

RULES: tuple[Rule, ...] = (
    memory_only,
    volume_only,
    bind_only,
    external_is_made_elsewhere,
    image_needs_a_place,
)
# What the user can insist on, and is warned of then.
RISKS: tuple[Rule, ...] = (at_risk, relative_source)
CAUTIONS: tuple[Rule, ...] = (database_on_the_host, bind_in_disguise)


def _said(rules: Iterable[Rule], case: Case) -> Iterator[str]:
    return (message for rule in rules if (message := rule(case)))


def inside(path: str, other: str) -> bool:
    """Say whether a path lies below another one."""
    return path.startswith(other.rstrip("/") + "/")


def clash(inner: Decision, outer: Decision, service: str) -> str | None:
    """Return what is wrong with a path and a mount of the same service at or above it."""
    if inner.place == "image":
        if inner.target == outer.target or inside(inner.target, outer.target):
            way = (
                "name the folders and files in it, for example code: [src]"
                if outer.kind == "code"
                else "use another path, for example /data/x"
            )
            return f"{outer.target} would hide {inner.target}, which is in the image; {way}"
    elif inner.place != "nowhere" and inside(inner.target, outer.target):
        hint = ", for example /data/x" if outer.kind == "code" else ""
        return (
            f"{inner.target} lies inside {outer.target}, which holds the {outer.kind} of "
            f"{service}; use a path outside it{hint}"
        )
    return None
