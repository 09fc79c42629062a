"""A made-up company: the same number gives the same company, however large."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from lab.vocabulary import COMPANIES, REGIONS, SYSTEMS, VENDORS

Kind = Literal["web", "spa", "native", "service", "api", "saml"]
Care = Literal["exemplary", "good", "old", "careless"]
_CARE: Final[tuple[Care, ...]] = ("exemplary", "good", "old", "careless")
_HOW_MANY: Final = (15, 40, 25, 20)
_NAMESPACE: Final = uuid.UUID("5f2d6f3c-3d57-4b63-9a1e-5a1f6a0d9c11")


@dataclass(frozen=True, slots=True)
class PlannedApp:
    """An application of the company; `seed` decides all that is left open here."""

    slug: str
    name: str
    description: str
    kind: Kind
    care: Care
    vendor: str
    seed: int


@dataclass(frozen=True)
class Organisation:
    """The company of a number, with as many applications as wanted."""

    number: int
    apps_count: int

    @property
    def name(self) -> str:
        return COMPANIES[self.number % len(COMPANIES)]

    @property
    def slug(self) -> str:
        return f"{self.name.lower().replace(' ', '-')}-{self.number}"

    @property
    def domain(self) -> str:
        return f"{self.name.lower().replace(' ', '-')}.example.com"

    def uuid(self, *parts: object) -> str:
        """An identifier that is the same for the same parts."""
        return str(uuid.uuid5(_NAMESPACE, repr((self.number, *parts))))

    @cached_property
    def apps(self) -> tuple[PlannedApp, ...]:
        return tuple(self._plan())

    def _plan(self) -> Iterator[PlannedApp]:
        chance = random.Random(self.number)
        for position in range(self.apps_count):
            around, system = divmod(position, len(SYSTEMS))
            slug, name, description, kind = SYSTEMS[system]
            again, region = divmod(around, len(REGIONS))
            parts = [slug, REGIONS[region], str(again + 1) if again else ""]
            (care,) = chance.choices(_CARE, _HOW_MANY)
            vendor = chance.choice(VENDORS) if kind == "web" and chance.random() < 0.12 else ""
            yield PlannedApp(
                slug="-".join(part for part in parts if part),
                name=name,
                description=description,
                kind=kind,  # type: ignore[arg-type]
                care=care,
                vendor=vendor,
                seed=chance.getrandbits(48),
            )
