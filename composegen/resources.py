"""Where things live: the shipped templates and presets, and a project's secrets."""

from pathlib import Path

# The folder with secrets in files; not committed, and closed to everybody but its owner.
SECRETS = "secrets"

_PACKAGE = Path(__file__).parent


def resource_dir(name: str) -> Path:
    """Return the directory of shipped `templates` or `presets`.

    A wheel carries them inside the package; a checkout keeps them beside it.
    """
    packaged = _PACKAGE / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / name
