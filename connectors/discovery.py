"""Finds connectors by walking this package, and third-party ones by entry point."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from inspect import isabstract
from types import ModuleType

import connectors
from connectors.base import Connector

ENTRY_POINT_GROUP = "amphora.connectors"
"""Third-party packages name a module under this group; its Connector classes are found like our own."""


def walk(package: ModuleType) -> list[ModuleType]:
    """Every module beneath a package, imported, in order of name."""
    found = pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    return [importlib.import_module(module.name) for module in found]


@cache
def discover() -> dict[str, type[Connector]]:
    """Connector classes by kind. Raises ValueError when two claim one kind."""
    modules = walk(connectors) + [point.load() for point in entry_points(group=ENTRY_POINT_GROUP)]
    found: dict[str, type[Connector]] = {}
    for module in modules:
        for candidate in vars(module).values():
            if not (isinstance(candidate, type) and issubclass(candidate, Connector)) or isabstract(candidate):
                continue
            if found.setdefault(candidate.kind, candidate) is not candidate:
                raise ValueError(f"two connectors call themselves {candidate.kind!r}")
    return dict(sorted(found.items()))
