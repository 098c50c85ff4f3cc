"""`.env`: what is generated once and added, and what a server could not read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from composegen.formats.envfile import values, with_lines
from composegen.plan.model import Variable

# Characters that a URL's user part takes as they are; anything else would have to be encoded.
_URL_SAFE = re.compile(r"[A-Za-z0-9._~-]*")


def new_secret() -> str:
    """Return 32 random letters and digits: the same text for a shell, a URL and every parser."""
    import secrets
    import string

    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(32))


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
    return with_lines(text, lines)


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
