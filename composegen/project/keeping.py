"""The ways to keep data: what a new server would not find, and how to migrate it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping

from composegen.catalog.catalog import Catalog
from composegen.catalog.component import fill
from composegen.catalog.store_facts import AppendOnlyFact
from composegen.plan.model import COMPOSE_FILES, create_command
from composegen.project.lock import VolumeEntry


def is_renamed(old: VolumeEntry, new: VolumeEntry) -> bool:
    """Say whether a server would look for its data under another name than it is kept under."""
    same = old.component == new.component or old.format == "files"
    return same and bool(new.named_by) and old.named_by not in (None, new.named_by)


def changes_hands(old: VolumeEntry, new: VolumeEntry) -> bool:
    """Say whether a database would run as another user than its files belong to."""
    users = [entry.user and entry.user.partition(":")[0] for entry in (old, new)]
    return users[0] != users[1] and "database" in (old.kind, new.kind)


def switched_log(old: VolumeEntry, new: VolumeEntry, catalog: Catalog) -> AppendOnlyFact | None:
    """Return the fact about a log of every write that would be turned on or off, if any.

    A lock of format 1 says nothing of it, and then it was on in all that we wrote.
    """
    was = False if old.append_only is None and old.format == "files" else old.append_only
    if None in (was, new.append_only) or was == new.append_only:
        return None
    return catalog[new.component].facts_for({}).append_only


def heirs(
    name: str, old: VolumeEntry, known: Mapping[str, VolumeEntry], new: Mapping[str, VolumeEntry]
) -> dict[str, VolumeEntry]:
    """Return the volumes that can take over what a volume holds, each of them new in this run.

    Those at the same path come before all others, and of these the service's own.
    """
    here = f"{name.partition('/')[0]}/"
    before = {entry.service for other, entry in known.items() if other.startswith(here)}
    fresh = {
        other.removeprefix(here): entry
        for other, entry in new.items()
        if other.startswith(here) and other not in known and entry.component == old.component
        if entry.service == old.service or entry.service not in before
    }
    there = {volume: entry for volume, entry in fresh.items() if entry.target == old.target}
    if there:
        own = {volume: entry for volume, entry in there.items() if entry.service == old.service}
        return own or there
    taken = {(one.service, one.target) for other, one in known.items() if other not in new}
    return {
        volume: entry
        for volume, entry in fresh.items()
        if (entry.service, entry.target) not in taken
    }


def keep_using(
    name: str,
    old: VolumeEntry,
    heirs: Mapping[str, VolumeEntry],
    project: str | None,
    catalog: Catalog,
) -> Iterator[str]:
    """Yield the ways to keep data whose volume would no longer have a user."""
    if not heirs:
        yield "the volume stays; nothing deletes it, and the service finds it again if it returns"
        return
    if len(heirs) > 1:
        yield (
            f"does one of {', '.join(heirs)} take it over? declare it at that volume in the "
            f"spec: volume: {{key: NEW, renamed_from: {old.key}}}"
        )
        return
    heir, entry = next(iter(heirs.items()))
    if project:
        yield (
            "renamed the project? declare it at the top of the spec to keep its volumes: "
            f"renamed_from: {project}"
        )
    if entry.service != old.service:
        yield (
            f"renamed the service? declare it in services.{entry.service} to keep its volume: "
            f"renamed_from: {old.service}"
        )
    yield (
        f"renamed the volume? declare it in services.{entry.service}.data.{entry.target}.volume: "
        f"{{key: NEW, renamed_from: {old.key}}}"
    )
    if entry.format == old.format:
        yield f"or move the data, {_move(name, old, heir, entry, catalog)}"
    else:
        yield f"{entry.component} {entry.version} can't use its files: restore a dump there"


def _move(name: str, old: VolumeEntry, heir: str, entry: VolumeEntry, catalog: Catalog) -> str:
    """Return how to move data to a new volume so that the new server finds it and can open it."""
    environment, _, volume = name.partition("/")
    fact = switched_log(old, entry, catalog)
    steps = [with_log(fact, environment, old.service, entry)] if fact else []
    steps += [keep_name(environment, old, entry)] if is_renamed(old, entry) else []
    create = create_command(heir, entry.driver, entry.driver_opts)
    owner = entry.user or "0:0" if changes_hands(old, entry) else None
    steps.append(
        "after generate --accept and before the next up, with the stack down: "
        f"{create} && {copy(volume, heir, owner)}"
    )
    return "; then ".join(steps)


def take_along(name: str, old: VolumeEntry, new: VolumeEntry, catalog: Catalog) -> str:
    """Return how to migrate the data from one version to another, step by step."""
    environment, _, volume = name.partition("/")
    compose = f"docker compose --file {COMPOSE_FILES[environment]}"
    key = f"{old.key}_{new.version}".replace(".", "_")
    steps = [
        f"in the spec services.{new.service}.data: {{{new.target}: {{volume: {key}}}}}",
        f"composegen generate --accept orphan:{name}, which leaves the volume {volume} unchanged",
        f"{compose} up -d --wait {new.service}",
    ]
    backup = catalog[old.component].facts_for({}).backup
    if backup and backup.dump and backup.restore and old.component == new.component:
        file = f"{old.service}-{environment}.dump"
        dump, restore = (fill(text, old.first_start) for text in (backup.dump, backup.restore))
        steps.insert(
            0,
            f"with {old.version} still running: {compose} exec -T {old.service} {dump} > {file}",
        )
        steps.append(f"{compose} exec -T {new.service} {restore} < {file}")
    else:
        steps.insert(0, f"dump it with {old.component} {old.version}")
        steps.append(f"restore the dump into {new.component} {new.version}")
    return "or migrate the data: " + "; then ".join(steps)


def with_log(fact: AppendOnlyFact, environment: str, service: str, new: VolumeEntry) -> str:
    """Return how a server writes what the new one will read."""
    words = shlex.join(fact.write_log if new.append_only else fact.write_dump)
    compose = f"docker compose --file {COMPOSE_FILES[environment]} exec -T"
    return (
        "with the old server still running (and, if it has a password, -e REDISCLI_AUTH=PASSWORD "
        f"before {service}): {compose} {service} {words}"
    )


def keep_name(environment: str, old: VolumeEntry, new: VolumeEntry) -> str:
    """Return how a server keeps the name that its data is stored under."""
    if old.named_by:
        return f"keep the name: {_named(new.service, old.named_by)}"
    compose = f"docker compose --file {COMPOSE_FILES[environment]}"
    name = dict.fromkeys(new.named_by or {}, "NAME")
    return (
        f"ask the old server for its name while it runs: {compose} exec -T {old.service} hostname; "
        f"then keep it: {_named(new.service, name)}, and accept this"
    )


def copy(old: str, new: str, owner: str | None = None) -> str:
    """Return the command that copies a volume into another one, which must be empty."""
    # empty folders are what an image brings along
    script = "if find /to ! -type d | grep .; then echo not empty; exit 1; fi; cp -a /from/. /to/"
    script += f"; chown -R {owner} /to" if owner else ""
    return f"docker run --rm -v {old}:/from:ro -v {new}:/to alpine sh -ec '{script}'"


def listed(names: Mapping[str, str]) -> str:
    """Return names as the entries of a YAML mapping on one line; text of digits stays text."""
    return ", ".join(f"{key}: {json.dumps(text)}" for key, text in names.items())


def _named(service: str, names: Mapping[str, str]) -> str:
    """Return what the spec has to say so that a service has a hostname and variables."""
    hostname = {key: text for key, text in names.items() if key == "hostname"}
    variables = {key: text for key, text in names.items() if key != "hostname"}
    keys = [f"compose: {{{listed(hostname)}}}"] if hostname else []
    keys += [f"environment: {{{listed(variables)}}}"] if variables else []
    return f"services.{service}: {{{', '.join(keys)}}}"
