"""Changing a password where it counts: in the running databases first, then in the files."""

from __future__ import annotations

from composegen.engine import credentials
from composegen.engine.docker import docker, real_volumes, running
from composegen.errors import ComposegenError, did_you_mean
from composegen.formats import envfile
from composegen.plan.model import COMPOSE_FILES, Variable
from composegen.project import env
from composegen.project.folder import Project, text_of
from composegen.project.seen import SEEN, fingerprint, with_print
from composegen.project.write import Change, apply, current
from composegen.resolve.choose import option_values
from composegen.resolve.overrides import merge

PENDING = ".composegen/local/rotating"


def rotate(project: Project, name: str) -> list[str]:
    """Give a password a new value and return what was done and what is left to do, a line each.

    Raises ComposegenError, with the steps, where a database that has the old one is not running:
    then nothing was changed.
    """
    variable = _find(project, name)
    # what can't be read is found before a server has a password that can't be written down
    envfile.values(text_of(project.disk, ".env"))
    _refuse_unreachable(project, variable)
    value = _pending(project, name)
    options = {
        (environment, service): option_values(
            merge(one, here.services[service]) if service in here.services else one,
            project.catalog,
        )
        for environment, here in project.spec.environments.items()
        for service, one in project.spec.services.items()
    }
    wanted = credentials.rotations(project.stack, variable, value, options, project.catalog)
    there = real_volumes((), [f"{one.environment}/{one.volume}" for one in wanted])
    wanted = [one for one in wanted if one.volume in there]
    _refuse_stopped(project, name, wanted)
    done: list[str] = []
    # kept until the end: a run that is cut off must not be the only one that knew the password
    pending = current(project.root, PENDING)
    apply(project.root, [Change(PENDING, pending, f"{name}={value}\n".encode(), 0o600)])
    for one in wanted:
        file = COMPOSE_FILES[one.environment]
        words = ("compose", "--file", file, "exec", "-T", one.service, *one.command)
        try:
            docker(*words, folder=project.root, text=one.text)
        except ComposegenError as error:
            half = "; ".join(done) or "nothing was changed"
            raise ComposegenError(
                f"{one.environment}: {error}\n{half}; .env is unchanged. Fix that (if the last "
                f"one was not followed by it: {_compose(one.environment)} up -d --wait), then "
                "rotate again: it continues with the same new password"
            ) from None
        done.append(f"{one.environment}: {one.service} has the new password")
    _write(project, variable, value)
    (project.root / PENDING).unlink()
    done.append(f".env: {name} is new")
    for environment in sorted({one.environment for one in wanted}):
        anew = " --force-recreate" if _in_file(project, environment, name) else ""
        done.append(f"now, so that its clients use it: {_compose(environment)} up -d{anew}")
    return done


def _compose(environment: str) -> str:
    """Return how Compose is called: in dev without a file, which would leave out the override."""
    file = "" if environment == "dev" else f" --file {COMPOSE_FILES[environment]}"
    return f"docker compose{file}"


def _in_file(project: Project, environment: str, name: str) -> bool:
    """Say whether a container reads the password from a file, of which it keeps the old one."""
    plans = [plan for plan in project.stack.plans if plan.environment == environment]
    return any(name in service.secrets.values() for plan in plans for service in plan.services)


def _pending(project: Project, name: str) -> str:
    """Return the new password: that of a run which was cut off, else a new one."""
    known = envfile.values((current(project.root, PENDING) or b"").decode())
    return known.get(name) or env.new_secret()


def _find(project: Project, name: str) -> Variable:
    known = {one.name: one for one in project.stack.secrets}
    if name not in known:
        raise ComposegenError(f"{name}: not a generated password{did_you_mean(name, known)}")
    return known[name]


def _refuse_unreachable(project: Project, variable: Variable) -> None:
    by_hand = credentials.without_a_way(project.stack, variable, project.catalog)
    if by_hand:
        raise ComposegenError(
            f"{variable.name}: it is read on the first start only, and no command "
            f"changes it; nothing was changed. {by_hand}, then put the new one into .env and run "
            f"composegen generate --accept credential:{variable.name}"
        )


def _refuse_stopped(project: Project, name: str, wanted: list[credentials.Rotation]) -> None:
    stopped = [
        one
        for one in wanted
        if not running(COMPOSE_FILES[one.environment], one.service, project.root)
    ]
    if stopped:
        steps = "\n".join(
            f"  {_compose(one.environment)} up -d --wait {one.service}" for one in stopped
        )
        raise ComposegenError(
            f"{name}: {', '.join(one.volume for one in stopped)} also has it, but is not running; "
            f"nothing was changed. Start it, then rotate again:\n{steps}"
        )


def _write(project: Project, variable: Variable, value: str) -> None:
    root = project.root
    changes = []
    env = current(root, ".env") or b""
    text = envfile.replaced(env.decode(), variable.name, value)
    changes.append(Change(".env", env, text.encode(), 0o600))
    for path in credentials.files(project.stack, variable):
        changes.append(Change(path, current(root, path), value.encode()))
    seen = with_print(root, variable.name, fingerprint(value))
    changes.append(Change(SEEN, current(root, SEEN), seen.encode(), 0o600))
    apply(root, changes)
