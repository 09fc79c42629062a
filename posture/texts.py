"""The texts of one family of controls, as data beside its functions: `posture/controls/pkce.json` for `pkce.py`.

The file holds an object "family" (what its controls share) and an object "controls" by id. A control's mappings and
platform hints stand there only where they differ from the family's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.facts import Subject
from posture.control import Applies, Control, Family, Profiles, Requested, Severity, control
from posture.outcome import Result


@dataclass(frozen=True)
class Texts:
    """A family and the texts of its controls."""

    family: Family
    controls: Mapping[str, Mapping[str, Any]]

    def control(
        self, control_id: str, *, applies: Callable[..., Applies] | None = None, version: int = 1
    ) -> Callable[[Callable[..., Result]], Control]:
        """`posture.control.control` with the texts of this id. Raises KeyError where the file has none."""
        texts = self.controls[control_id]
        return control(
            control_id,
            texts["title"],
            check=texts["check"],
            family=self.family,
            severity=Severity(**texts["severity"]),
            profiles=Profiles(**texts["profiles"]),
            fix=texts["fix"],
            citations=tuple(texts["citations"]),
            subject=Subject(texts["subject"]),
            applies=applies,
            mappings=_tuples(texts.get("mappings", {})),
            platforms=texts.get("platforms"),
            compensation=texts.get("compensation", ""),
            by_form=texts.get("by_form", False),
            probes=tuple(texts.get("probes", ())),
            known_cases=tuple(texts.get("known_cases", ())),
            note=texts.get("note", ""),
            version=version,
        )


def load(path: Path) -> Texts:
    """Read the texts of a family from a JSON file."""
    document = json.loads(path.read_text(encoding="utf-8"))
    family = document["family"]
    return Texts(
        Family(
            name=family["name"],
            title=family["title"],
            requested=Requested(**family["requested"]),
            mappings=_tuples(family["mappings"]),
            platforms=family["platforms"],
            judges_resource_servers=family.get("judges_resource_servers", False),
            is_ours=family.get("is_ours", False),
        ),
        document["controls"],
    )


def _tuples(lists: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(items) for name, items in lists.items()}
