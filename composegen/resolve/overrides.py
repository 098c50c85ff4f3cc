"""A service of the spec with what an environment says about it."""

from __future__ import annotations

from typing import Any

from composegen.formats.compose import merge_raw
from composegen.spec.data import Data
from composegen.spec.model import Service, ServiceOverride


def merge(service: Service, override: ServiceOverride) -> Service:
    """Return a service with an override: mappings are merged, the rest is replaced."""
    update = {
        key: _merge_field(
            key,
            service.options.get(key) if key in override.options else getattr(service, key),
            value,
        )
        for key, value in override.given.items()
        if key in ServiceOverride.model_fields or key not in Service.model_fields
    }
    return service.model_copy(update=update)


def _merge_field(key: str, old: Any, new: Any) -> Any:
    if not old:
        return new
    if key in ServiceOverride.model_fields:
        return _merge_known(key, old, new)
    return merge_raw(old, new) if isinstance(old, dict) and isinstance(new, dict) else new


def _merge_known(key: str, old: Any, new: Any) -> Any:
    match key:
        case "data":
            return old | {path: _merge_data(old.get(path), entry) for path, entry in new.items()}
        case "compose":
            return merge_raw(old, new)
        case "environment" | "needs":
            return old | new
        case "healthcheck":
            return old.model_copy(update=new.given)
    return new


def _merge_data(old: Data | None, new: Data) -> Data:
    return new if old is None else old.model_copy(update=new.given)
