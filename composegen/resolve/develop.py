"""What `docker compose watch` does in dev, where the code is not mounted."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from composegen.plan.model import Mount, Watch
from composegen.resolve.choose import Chosen
from composegen.resolve.code import WORKDIR, code_folders, is_file

# Made by running the code or by tools beside it; of no use in the container.
_IGNORED = ("__pycache__/", ".venv/", "node_modules/")


def watch(chosen: Chosen, mounts: Iterable[Mount]) -> tuple[Watch, ...]:
    """Return the rules: sync the code, build again for new requirements, restart for config."""
    sync = chosen.options.get("sync", "bind")
    if not chosen.is_app or chosen.environment != "dev" or sync == "bind":
        return ()
    folder = chosen.folder
    code = [
        Watch(
            "sync",
            _host(folder, one),
            posixpath.normpath(posixpath.join(WORKDIR, one)),
            () if is_file(one) else _IGNORED,
            # a volume may hold the code of an older image
            initial_sync=sync == "volume" and not is_file(one),
        )
        for one in code_folders(chosen)
    ]
    rebuild = [Watch("rebuild", _host(folder, name)) for name in chosen.context.requirements]
    restart = [
        Watch("restart", mount.source)
        for mount in mounts
        if mount.type == "bind" and mount.read_only
    ]
    return (*code, *rebuild, *restart)


def _host(folder: str, name: str) -> str:
    return f"./{posixpath.normpath(posixpath.join(folder, name))}"
