"""Where the shipped templates and presets live."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource_dir(name: str) -> Path:
    """Return the directory of shipped `templates` or `presets`.

    A wheel carries them inside the package; a checkout keeps them beside it.
    """
    packaged = _PACKAGE / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / name
