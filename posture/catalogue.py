"""Every control there is: those of `posture.controls`, and those of other packages by entry point.

A package offers controls of its own by an entry point of the group "amphora.controls" that names a module.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Final

import posture.controls
from posture.control import Control
from posture.engine import order
from posture.signature import ControlError

CATALOGUE_VERSION: Final = "0.2.0"
"""Version of the published catalogue that our own controls follow."""

ENTRY_POINTS: Final = "amphora.controls"


@lru_cache(maxsize=1)
def controls() -> tuple[Control, ...]:
    """Every control, each after those it asks for. Raises ControlError for one that is written wrongly."""
    return order(_unique(_found()))


@lru_cache(maxsize=1)
def by_id() -> Mapping[str, Control]:
    """Every control by its id, in the order of ids."""
    return MappingProxyType({control.id: control for control in sorted(controls(), key=lambda each: each.id)})


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()


def source_digest(folder: Path) -> str:
    """SHA-256 over the modules in a folder and in its `controls`, with the data files beside them."""
    parts = [path for path in (*folder.iterdir(), *(folder / "controls").iterdir()) if path.suffix in {".py", ".json"}]
    contents = [f"{path.relative_to(folder)} {_sha256(path)}" for path in sorted(parts)]
    return hashlib.sha256("\n".join(contents).encode()).hexdigest()


_SOURCES: Final = source_digest(Path(__file__).parent)
"""Taken when the process starts: a later update of the files on disk does not change what it judges by."""


@lru_cache(maxsize=1)
def digest() -> bytes:
    """SHA-256 over what verdicts depend on: the code of this package, and of each control the id, version, tunables
    and the module it stands in. All is judged again where any of that changes, whether or not a version was raised."""
    content = [
        [control.id, control.version, dict(control.applies_tunables), dict(control.tunables), _sha256(_file(control))]
        for control in by_id().values()
    ]
    return hashlib.sha256(json.dumps([_SOURCES, content], sort_keys=True, default=list).encode()).digest()


def _file(control: Control) -> Path:
    return Path(inspect.getfile(control.decide))


def _found() -> Iterator[Control]:
    for module in pkgutil.iter_modules(posture.controls.__path__, "posture.controls."):
        yield from controls_of(importlib.import_module(module.name))
    for entry_point in entry_points(group=ENTRY_POINTS):
        yield from controls_of(entry_point.load())


def controls_of(module: ModuleType) -> list[Control]:
    """The controls that a module holds, by id."""
    held = [value for value in vars(module).values() if isinstance(value, Control)]
    return sorted(held, key=lambda control: control.id)


def _unique(found: Iterable[Control]) -> list[Control]:
    unique: dict[str, Control] = {}
    for control in found:
        if unique.setdefault(control.id, control) is not control:
            raise ControlError(f"two controls have the id {control.id}")
    return list(unique.values())
