"""The entries of `ports:`, in the short and the long form of Compose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from composegen.errors import did_you_mean
from composegen.formats.words import shown

_PORTS = r"[0-9]{1,5}(?:-[0-9]{1,5})?"
# An entry of `ports:`; a host or a target can be a range, `8000-8005`.
PORT_MAPPING = re.compile(
    r"(?:(?P<ip>[0-9]+(?:\.[0-9]+){3}|\[[0-9a-fA-F:.]+\]):)?"
    rf"(?:(?P<host>{_PORTS})?:)?(?P<target>{_PORTS})(?P<protocol>/tcp|/udp|)"
)
_PORT_KEYS = ("target", "published", "host_ip", "protocol", "mode")


def port_mapping(value: Any) -> str:
    """Return an entry of `ports:` in the short form; raises ValueError."""
    text = _short_port(value) if isinstance(value, dict) else value
    text = str(text) if isinstance(text, int) and not isinstance(text, bool) else text
    if isinstance(text, str) and _is_mapping(text := _bracketed(text)):
        return text
    raise ValueError(
        f"{shown(value)} is not a port mapping; write 'HOST:CONTAINER' or 'IP:HOST:CONTAINER', "
        "for example '127.0.0.1:8000:8000'"
    )


def _short_port(value: Mapping[str, Any]) -> str:
    """Return the long form of a port as text; its `mode` means nothing outside a Swarm."""
    for key in value:
        if key not in _PORT_KEYS:
            raise ValueError(f"unknown key '{key}' of a port{did_you_mean(key, _PORT_KEYS)}")
    parts = [value[key] for key in ("host_ip", "published") if key in value]
    whole = ":".join(map(str, [*parts, value.get("target", "")]))
    if "host_ip" in value and "published" not in value:
        whole = f"{value['host_ip']}::{value.get('target', '')}"
    return f"{whole}/{value['protocol']}" if value.get("protocol", "tcp") != "tcp" else whole


def _bracketed(text: str) -> str:
    """Return a port mapping with brackets around an IPv6 address that has none."""
    if text.startswith("[") or text.count(":") < 4:
        return text
    address, host, target = text.rsplit(":", 2)
    return f"[{address}]:{host}:{target}"


def _is_mapping(text: str) -> bool:
    match = None if text.startswith(":") else PORT_MAPPING.fullmatch(text)
    if match is None or not _is_address(match["ip"]):
        return False
    target = port_range(match["target"])
    host = port_range(match["host"]) if match["host"] else target
    fits = len(target) in (1, len(host))
    return fits and all(one and one[0] > 0 and one[-1] <= 65535 for one in (host, target))


def port_range(text: str) -> range:
    """Return the ports of `8000` or `8000-8005`."""
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _is_address(text: str | None) -> bool:
    import ipaddress

    try:
        return text is None or bool(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        return False
