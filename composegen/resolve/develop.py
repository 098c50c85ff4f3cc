"""What `docker compose watch` does in dev, where the code is not mounted."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from composegen.context import Context
from composegen.plan import Mount, Watch
from composegen.resolve.choose import Chosen
from composegen.resolve.storage import WORKDIR, code_folders

# Made by running the code or by tools beside it; of no use in the container.
_IGNORED = ("__pycache__/", ".venv/", "node_modules/")


def watch(chosen: Chosen, context: Context, mounts: Iterable[Mount]) -> tuple[Watch, ...]:
    """Return the rules: sync the code, build again for new requirements, restart for config."""
    sync = chosen.options.get("sync", "bind")
    if not chosen.is_app or chosen.environment != "dev" or sync == "bind":
        return ()
    folder = chosen.said.build or "."
    code = [
        Watch(
            "sync",
            _host(folder, one),
            posixpath.normpath(posixpath.join(WORKDIR, one)),
            _IGNORED,
            # a volume may hold the code of an older image
            initial_sync=sync == "volume",
        )
        for one in code_folders(chosen)
    ]
    rebuild = [Watch("rebuild", _host(folder, name)) for name in context.requirements]
    restart = [
        Watch("restart", mount.source)
        for mount in mounts
        if mount.type == "bind" and mount.read_only
    ]
    return (*code, *rebuild, *restart)


def _host(folder: str, name: str) -> str:
    return f"./{posixpath.normpath(posixpath.join(folder, name))}"
