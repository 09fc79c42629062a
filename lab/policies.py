"""Client policies of a realm, with the profiles that they refer to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Policies:
    """Both as the Admin REST API shows them."""

    policies: tuple[dict[str, Any], ...] = ()
    profiles: tuple[dict[str, Any], ...] = ()


def _profile(name: str, description: str, **executors: dict[str, Any]) -> dict[str, Any]:
    listed = [{"executor": key.replace("_", "-"), "configuration": value} for key, value in executors.items()]
    return {"name": name, "description": description, "executors": listed}


def _policy(
    name: str, description: str, condition: str, profile: str, *, enabled: bool = True, **settings: Any
) -> dict[str, Any]:
    configuration = {"is-negative-logic": False, **settings}
    return {
        "name": name,
        "description": description,
        "enabled": enabled,
        "conditions": [{"condition": condition, "configuration": configuration}],
        "profiles": [profile],
    }


_AUTO: Final = {"auto-configure": True}
_MESSAGE_SIGNING: Final = _profile(
    "message-signing",
    "What payments ask for",
    pkce_enforcer=_AUTO,
    secure_request_object={"available-period": "3600", "verify-nbf": True, "encryption-required": False},
    secure_response_type={"auto-configure": True, "allow-token-response-type": False},
)
_PUSHED: Final = _profile("pushed-requests", "Requests are pushed", secure_par_content={})
_BROWSER: Final = _profile(
    "browser-apps", "OAuth 2.1 for public clients", pkce_enforcer=_AUTO, reject_implicit_grant=_AUTO
)
_NO_PASSWORDS: Final = _profile("no-passwords", "No password grant", reject_ropc_grant=_AUTO)
_PAYMENTS: Final[dict[str, Any]] = {"scopes": ["payments"], "type": "Default"}
_SIGNED: Final = _policy("payments", "Signed requests and responses", "client-scopes", "message-signing", **_PAYMENTS)

NONE: Final = Policies()
SIGNING: Final = Policies((_SIGNED,), (_MESSAGE_SIGNING,))
ENFORCING: Final = Policies(
    (
        _SIGNED,
        _policy("pushed for payments", "Payments are pushed", "client-scopes", "pushed-requests", **_PAYMENTS),
        _policy("browser apps", "Public clients", "client-access-type", "browser-apps", type=["public"]),
        _policy("no passwords", "Nobody takes passwords", "any-client", "no-passwords"),
        _policy("pushed for all", "Not yet", "any-client", "pushed-requests", enabled=False),
    ),
    (_MESSAGE_SIGNING, _PUSHED, _BROWSER, _NO_PASSWORDS),
)
