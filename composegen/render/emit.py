"""Values as YAML text, in the style of a Compose file written by hand.

Text that is data goes out in double quotes: plain, `0o17` and `1e3` would be numbers for Compose.
"""

from __future__ import annotations

import json
import math
import re
import textwrap
from collections.abc import Mapping
from typing import Any

from composegen.formats.yaml12 import Float, resolve

WIDTH = 100
# Flow lists may be a little longer: one line reads better than ten.
FLOW_WIDTH = 118

# Words that no version of YAML reads as anything but text.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_PLAIN_PATH = re.compile(r"[A-Za-z./$][^\s#,\[\]&*!|>'\"%@`]*(,[^\s#\[\]&*!|>'\"%@`]*)*")
_RESERVED = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
_NOT_PRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")

# Keys whose texts are data, always quoted; and those whose entries linters want bare.
_QUOTED = frozenset(
    ("args", "command", "entrypoint", "environment", "image", "labels", "name", "test", "user")
)
_BARE = frozenset(("cap_add", "cap_drop", "context", "dockerfile", "networks", "profiles"))
_BARE |= frozenset(("ignore", "path", "security_opt", "source", "target", "tmpfs", "volumes"))
_WORDS = frozenset(("command", "entrypoint", "test"))


def quoted(text: str) -> str:
    """Return text in double quotes, with the escapes of YAML."""
    escaped = json.dumps(text, ensure_ascii=False)
    return _NOT_PRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", escaped)


def scalar(value: Any, *, style: str = "") -> str:
    """Return a value on one line: quoted unless a plain word; `style` is the key it is for."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Float):
        return value.text
    if isinstance(value, float) and (math.isinf(value) or math.isnan(value)):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    if not isinstance(value, str):
        return str(value)
    if style == "ports" and value.isascii() and value.isprintable() and "'" not in value:
        return f"'{value}'"
    if style in _BARE and _is_bare(value):
        return value
    plain = _PLAIN.fullmatch(value) and value.lower() not in _RESERVED
    duration = re.fullmatch(r"[0-9]+(ms|s|m|h)", value)
    return value if (plain or duration) and style not in _QUOTED else quoted(value)


def _is_bare(text: str) -> bool:
    plain = _PLAIN_PATH.fullmatch(text) and ": " not in text and text[-1] != ":"
    return (
        bool(plain)
        and text.isprintable()
        and text.lower() not in _RESERVED
        and resolve(text) == text
    )


def key_text(key: str) -> str:
    """Return a mapping's key: bare where that is safe."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", key) and key.lower() not in _RESERVED
    return key if plain else quoted(key)


def entry(key: str, value: Any, indent: int = 0, *, style: str = "") -> str:
    """Return `key: value` with everything below it, indented, without a last line break."""
    style = style if style in _QUOTED else key
    pad = " " * indent
    head = f"{pad}{key_text(key)}:"
    if isinstance(value, Mapping) and value:
        return f"{head}\n{block(value, indent + 2, style=style)}"
    if isinstance(value, list | tuple) and value:
        flow = f"{head} {_flow(value)}"
        nested = any(isinstance(item, Mapping | list | tuple) for item in value)
        if style in _WORDS and not nested and len(flow) <= FLOW_WIDTH:
            return flow
        return f"{head}\n{block(value, indent + 2, style=style)}"
    return f"{head} {_inline(value, indent, len(head), style)}"


def block(value: Any, indent: int, *, style: str = "") -> str:
    """Return a mapping or sequence in block style."""
    if isinstance(value, Mapping):
        return "\n".join(entry(key, item, indent, style=style) for key, item in value.items())
    return "\n".join(listed(item, indent, style=style) for item in value)


def listed(item: Any, indent: int, *, style: str = "") -> str:
    """Return one entry of a sequence, `- item`."""
    pad = " " * indent
    if isinstance(item, Mapping | list | tuple) and item:
        return f"{pad}- {block(item, indent + 2, style=style).lstrip(' ')}"
    return f"{pad}- {_inline(item, indent, indent + 1, style)}"


def comment(text: str, indent: int) -> str:
    """Return text as comment lines."""
    pad = " " * indent + "# "
    return "\n".join(
        pad + line for line in textwrap.wrap(" ".join(text.split()), WIDTH - indent - 2)
    )


def _flow(value: list[Any] | tuple[Any, ...]) -> str:
    return f"[{', '.join(scalar(item, style='name') for item in value)}]"


def _inline(value: Any, indent: int, used: int, style: str) -> str:
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    text = scalar(value, style=style)
    if used + 1 + len(text) <= WIDTH or not isinstance(value, str):
        return text
    return _folded(value, indent + 2) or text


def _folded(text: str, indent: int) -> str | None:
    """Return long text over several lines, where folding gives every byte back."""
    words = text.split(" ")
    if len(words) < 2 or not all(words) or not text.isprintable():
        return None
    lines = textwrap.wrap(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    pad = " " * indent
    return ">-\n" + "\n".join(pad + line for line in lines)
