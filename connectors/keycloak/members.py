"""A redacted client record, read by its members and attributes as Keycloak reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from connectors.base import Record
from connectors.facts import Json, NotObserved, Reason, is_not_observed, not_observed
from connectors.keycloak.realm import Realm
from connectors.keycloak.redaction import WRONG_TYPE
from connectors.keycloak.redirects import holds_variable
from connectors.keycloak.unseen import Unseen

RECORD: Final = 0
"""A rule looked at the record alone."""
POLICY: Final = 1
"""A client policy decided."""
DEFAULT: Final = 2
"""A member is missing, so that the import gives it a value."""
NO_POLICIES: Final = 4
"""It mattered that importing the file makes no client policies."""

_IMPORTED: Final[Mapping[str, bool]] = {
    "enabled": True,
    "bearerOnly": False,
    "standardFlowEnabled": True,
    "implicitFlowEnabled": False,
    "directAccessGrantsEnabled": False,
    "serviceAccountsEnabled": False,
    "consentRequired": False,
    "publicClient": False,
}
"""What a realm import gives a client that lacks the member."""
_OTHERWISE_BY_API: Final = frozenset({"publicClient", "directAccessGrantsEnabled"})
"""Members that the Admin API gives the opposite value, where the record states a protocol."""
_OLD_SWITCH: Final = {"standardFlowEnabled": False, "directAccessGrantsEnabled": True}
"""What the removed member directGrantsOnly stands for, when it is true."""
_OLD_SWITCH_WINS: Final = (25, 0, 0)


class Client:
    """One client. Methods raise Unseen; they add to `basis` what their answer rests on beside the record."""

    def __init__(self, record: Record, realm: Realm) -> None:
        self.record = record
        self.realm = realm
        self.basis = RECORD
        attributes = record.get("attributes")
        self.attributes: Mapping[str, Json] = attributes if isinstance(attributes, dict) else {}

    def text(self, name: str) -> str | None:
        """Empty and missing are alike."""
        value = self._member(name)
        return value if isinstance(value, str) and value else None

    def attribute(self, key: str) -> str | None:
        """Empty and missing are alike."""
        if not self.attributes:
            if not self.realm.is_file and not self.has("attributes"):
                raise self._missing("attributes")
            return None
        return _typed(_typed(self.attributes, "attributes").get(key), f"attributes[{key}]") or None

    def switched_on(self, key: str, *, default: bool = False) -> bool:
        text = self.attribute(key)
        return default if text is None else text.lower() == "true"

    def has(self, name: str) -> bool:
        return name in self.record

    def flag(self, name: str) -> bool:
        """A switch; where a file lacks it, as an import sets it."""
        old = self._old_switch(name)
        if old is not None:
            return old
        value = self._member(name)
        if isinstance(value, bool):
            return value
        if name == "authorizationServicesEnabled":
            return False
        if not self.realm.is_file:
            raise self._missing(name)
        if name in _OTHERWISE_BY_API and self.has("protocol"):
            detail = f"{name} is missing: a realm import sets it otherwise than the Admin API does"
            raise Unseen(NotObserved(Reason.ABSENT_IN_FILE, detail))
        self.basis |= DEFAULT
        return _IMPORTED[name]

    def full_scope(self) -> bool:
        value = self._member("fullScopeAllowed")
        if isinstance(value, bool):
            return value
        if not self.realm.is_file:
            raise self._missing("fullScopeAllowed")
        if self.text("clientTemplate"):
            raise Unseen(NotObserved(Reason.ABSENT_IN_FILE, "fullScopeAllowed is missing: a template decides it"))
        self.basis |= DEFAULT
        return not self.flag("consentRequired")

    def is_confidential(self) -> bool:
        return self.flag("authorizationServicesEnabled") or not self.flag("publicClient")

    def service_account(self) -> bool:
        return self.flag("authorizationServicesEnabled") or self.flag("serviceAccountsEnabled")

    def front_channel(self) -> bool:
        return self.flag("standardFlowEnabled") or self.flag("implicitFlowEnabled")

    def redirect_uris(self) -> list[str]:
        return self._listed("redirectUris", [])

    def resolved_redirect_uris(self) -> list[str]:
        """Callbacks with what relative ones stand for, in the same order."""
        listed = self.redirect_uris()
        root = self.text("rootUrl") if any(uri.startswith("/") for uri in listed) else None
        resolved = [self.realm.roots.resolve(uri, root) for uri in listed]
        if self.realm.is_file and any(holds_variable(uri) for uri in resolved):
            detail = "a callback holds a variable of the server that imports the file"
            raise Unseen(NotObserved(Reason.ABSENT_IN_FILE, detail))
        return resolved

    def web_origins(self) -> list[str] | None:
        """As registered; None where they are missing in a file."""
        if not self.has("webOrigins") and self.realm.is_file:
            return None
        return self._listed("webOrigins", [])

    def bound(self, executor: str) -> bool | NotObserved:
        """Whether a client policy brings the executor to its requests; or why it cannot be told."""
        before = self.basis
        answer = self.realm.policies.bind(executor, self, self.realm.version)
        self.basis = before
        if answer is True:
            self.basis |= POLICY
        elif answer is False and self.realm.policies.assumed:
            self.basis |= NO_POLICIES
        return answer

    def access_type(self) -> str:
        if self.flag("publicClient"):
            return "public"
        return "bearer-only" if self.flag("bearerOnly") else "confidential"

    def roles(self) -> Sequence[str]:
        value = self.record.get("roles")
        if isinstance(value, list):
            return value
        if isinstance(value, dict) and is_not_observed(value):
            raise Unseen(not_observed(value))
        raise Unseen(NotObserved(Reason.ABSENT_IN_FILE, "the client's roles are not known"))

    def default_scopes(self) -> Sequence[str]:
        return self._listed("defaultClientScopes", self.realm.default_scopes)

    def optional_scopes(self) -> Sequence[str]:
        return self._listed("optionalClientScopes", self.realm.optional_scopes)

    def _listed(self, name: str, imported: Sequence[str] | None) -> list[str]:
        value = self._member(name)
        if isinstance(value, list):
            return value
        if not self.realm.is_file:
            raise self._missing(name)
        if imported is None:
            raise Unseen(NotObserved(Reason.ABSENT_IN_FILE, f"neither the client nor the realm of the file has {name}"))
        self.basis |= DEFAULT
        return list(imported)

    def _old_switch(self, name: str) -> bool | None:
        """What directGrantsOnly of very old files says of the switch; it loses to it before Keycloak 25."""
        if name not in _OLD_SWITCH or not self.has("directGrantsOnly"):
            return None
        version = self.realm.version
        if self.has(name) and version is not None and version < _OLD_SWITCH_WINS:
            return None
        return self._member("directGrantsOnly") is _OLD_SWITCH[name]

    def _member(self, name: str) -> Json:
        return _typed(self.record.get(name), name)

    def _missing(self, name: str) -> Unseen:
        detail = f"the answer lacks {name}, as it does for a caller without the role view-clients"
        return Unseen(NotObserved(Reason.DENIED, detail))


def _typed(value: Json, place: str) -> Json:
    if isinstance(value, dict) and WRONG_TYPE in value:
        raise Unseen(NotObserved(Reason.FAILED, f"{place} is {value[WRONG_TYPE]}"))
    return value
