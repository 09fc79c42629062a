"""A realm: what the mapping of its clients depends on beside their records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from connectors.base import Source
from connectors.facts import Json, NotObserved, Reason
from connectors.keycloak.policies import Policies, read_policies
from connectors.keycloak.redirects import UNKNOWN_SERVER, Roots, holds_variable
from connectors.keycloak.version import Version, read_version
from connectors.urls import mask_password

_REDIRECT_PAGE: Final = (
    "https://www.keycloak.org/docs/latest/server_admin/#con-basic-settings_server_administration_guide"
)
_FIRST_WITH_POLICIES: Final = (12, 0, 0)
_FIRST_WITH_DPOP: Final = (26, 4, 0)
_FIRST_WITH_EXCHANGE: Final = (26, 2, 0)


@dataclass(frozen=True, slots=True)
class Realm:
    """One realm of a server or of a file. The four sources are those of facts that no client record shows."""

    name: str
    issuer: str
    is_file: bool
    roots: Roots
    policies: Policies
    policies_source: Source
    no_policies: Source
    defaults: Source
    documentation: Source
    version: Version | None = None
    signature_algorithm: str | NotObserved | None = None
    """The realm's default; None: it states none."""
    default_scopes: Sequence[str] | None = None
    """Scopes that a client gets which names none; None: not known."""
    optional_scopes: Sequence[str] | None = None
    dpop: bool | None = None
    """The server binds tokens by DPoP; None: not known."""
    token_exchange: bool = False
    """The server certainly has standard token exchange."""

    def basis(self) -> Json:
        """Everything that the mapping looks at, as JSON."""
        return [
            self.name, self.issuer, self.is_file, self.roots.base, self.policies.basis(),
            self.policies_source.url, self.no_policies.url, self.defaults.url,
            None if self.version is None else list(self.version), _json(self.signature_algorithm),
            None if self.default_scopes is None else list(self.default_scopes),
            None if self.optional_scopes is None else list(self.optional_scopes),
            self.dpop, self.token_exchange,
        ]  # fmt: skip


def documentation(source: Source) -> Source:
    """The page on redirect URIs, as of the time of a read."""
    return Source(_REDIRECT_PAGE, source.at)


def _default(source: Source, what: str) -> Source:
    return Source(f"{source.url} (import default: {what})", source.at)


def file_realm(document: Mapping[str, Json], name: str, source: Source) -> Realm:
    """The realm that importing the file makes."""
    version = read_version(document.get("keycloakVersion"))
    base = _frontend(document.get("attributes"))
    return Realm(
        name=name,
        issuer=f"{base}/realms/{quote(name, safe='')}",
        is_file=True,
        roots=Roots(base),
        policies=_policies(document, version),
        policies_source=source,
        no_policies=_default(source, "no client policies in this file"),
        defaults=_default(source, "the client lacks a member, so Keycloak sets it"),
        documentation=documentation(source),
        version=version,
        signature_algorithm=text_or_none(document.get("defaultSignatureAlgorithm")),
        default_scopes=_names(document.get("defaultDefaultClientScopes")),
        optional_scopes=_names(document.get("defaultOptionalClientScopes")),
        dpop=True if version is not None and version >= _FIRST_WITH_DPOP else None,
        token_exchange=version is not None and version >= _FIRST_WITH_EXCHANGE,
    )


def realmless(source: Source) -> Realm:
    """What is known of the realm of clients that were exported alone: nothing."""
    unread = NotObserved(Reason.ABSENT_IN_FILE, "clients exported alone say nothing about client policies")
    return Realm(
        name="",
        issuer="",
        is_file=True,
        roots=Roots(),
        policies=Policies(unread=unread),
        policies_source=source,
        no_policies=_default(source, "no client policies in this file"),
        defaults=_default(source, "the client lacks a member, so Keycloak sets it"),
        documentation=documentation(source),
    )


def text_or_none(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _policies(document: Mapping[str, Json], version: Version | None) -> Policies:
    """Before Keycloak 12 there were none; where the member is missing, an import makes none."""
    if document.get("clientPolicies") is not None:
        return read_policies(document["clientPolicies"], document.get("clientProfiles"), with_global=False)
    return Policies(assumed=version is None or version >= _FIRST_WITH_POLICIES)


def _frontend(attributes: Json) -> str:
    """The realm's frontend URL without a slash at its end, or what stands for an unknown server."""
    url = attributes.get("frontendUrl") if isinstance(attributes, dict) else None
    if not isinstance(url, str) or not url.startswith(("https://", "http://")) or holds_variable(url):
        return UNKNOWN_SERVER
    return mask_password(url).rstrip("/")


def _json(value: str | NotObserved | None) -> Json:
    return value.to_json() if isinstance(value, NotObserved) else value


def _names(value: Json) -> list[str] | None:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else None
