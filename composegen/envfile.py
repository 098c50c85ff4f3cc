"""`.env`: what Compose fills in. Lines are only ever added; what is there stays, byte for byte."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from composegen.plan import Variable

_KEY = re.compile(
    r"^\ufeff?[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*[=:](.*)$", re.MULTILINE
)
# Characters that a URL's user part takes as they are; anything else would have to be encoded.
_URL_SAFE = re.compile(r"[A-Za-z0-9._~-]*")


def new_secret() -> str:
    """Return 32 random letters and digits: the same text for a shell, a URL and every parser."""
    import secrets
    import string

    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(32))


def keys(text: str) -> set[str]:
    """Return the names of the variables that a file sets."""
    return {match[1] for match in _KEY.finditer(text)}


def values(text: str) -> dict[str, str]:
    """Return the plain values of a file; of quoted ones what is between the quotes."""
    return {match[1]: _unquoted(match[2].strip()) for match in _KEY.finditer(text)}


def complete(
    text: str, variables: Sequence[Variable], sources: Mapping[str, Callable[[], str]]
) -> str:
    """Return a file with the missing variables added at its end.

    `sources` gives a value for each source of a variable: generated, host-uid, host-gid, user.
    """
    said = values(text)
    empty = {one.name for one in variables if one.source == "generated" and not said.get(one.name)}
    known = said.keys() - empty
    lines = [
        f"{variable.name}={sources[variable.source]()}\n"
        for variable in variables
        if variable.name not in known
    ]
    if not lines:
        return text
    gap = "" if not text or text.endswith("\n") else "\n"
    return text + gap + "".join(lines)


def example(variables: Iterable[Variable]) -> str:
    """Return `.env.example`: every variable and what it is for, no value that is a secret."""
    lines = ["# written by composegen: `composegen generate` makes a .env with what is missing"]
    for variable in variables:
        value = "1000" if variable.source.startswith("host-") else ""
        lines += ["", f"# {variable.about}", f"{variable.name}={value}"]
    return "\n".join(lines) + "\n"


def quote(value: str) -> str:
    """Return a value as Compose reads it back unchanged; a line break can't be written."""
    if re.fullmatch(r"[A-Za-z0-9_./:@%+,-]+", value):
        return value
    if "'" not in value and "\\" not in value:
        return f"'{value}'"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'


def unfit_for_url(text: str, variables: Iterable[Variable]) -> list[str]:
    """Return the variables whose value would break the URL that it is put into."""
    known = values(text)
    return [
        variable.name
        for variable in variables
        if variable.in_url and not _URL_SAFE.fullmatch(known.get(variable.name, ""))
    ]


def unfit(text: str, variables: Iterable[Variable]) -> list[Variable]:
    """Return the variables whose value is set and not of the form that its servers take."""
    known = values(text)
    return [
        variable
        for variable in variables
        if variable.pattern
        and known.get(variable.name)
        and not re.fullmatch(variable.pattern, known[variable.name])
    ]


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return re.split(r"\s#", value)[0].rstrip()
