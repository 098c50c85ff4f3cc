"""How values are shown and names are suggested."""

from __future__ import annotations

import re
from typing import Any

from composegen.formats.yaml12 import Float


def slug(text: str, *, length: int = 63) -> str:
    """Return the nearest name that Compose and DNS accept, or `app` where nothing is left."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:length].strip("-") or "app"


def shown(value: Any) -> str:
    """Return a value as the user wrote it, cut to a readable length."""
    text = value.text if isinstance(value, Float) else value
    if isinstance(text, bool) or text is None:
        text = {True: "true", False: "false", None: "nothing"}[text]
    text = f"'{text}'" if isinstance(value, str) else str(text)
    text = "".join(one if one.isprintable() else "?" for one in text)
    return text if len(text) <= 60 else f"{text[:57]}..."
