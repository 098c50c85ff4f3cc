"""The short form of a service: `component[:version]`."""

from __future__ import annotations


def component_and_version(text: str) -> tuple[str, str | None]:
    """Return what a short form names; None where it has no version."""
    component, colon, version = text.partition(":")
    return component, version if colon else None


def long_service(text: str) -> dict[str, str]:
    """Return the mapping that a short form stands for."""
    component, version = component_and_version(text)
    return {"component": component, **({} if version is None else {"version": version})}
