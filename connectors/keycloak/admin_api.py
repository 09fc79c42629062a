"""GET on one realm's public documents and on the Admin REST API, with the token of a service account."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, quote_plus

from connectors.base import Permission
from connectors.errors import AuthenticationError, DeniedError, ProtocolError
from connectors.http import Answer, HttpSession

_RENEWED_AT: Final = 0.8
"""Part of a token's lifetime after which the next one is asked for."""
_DEFAULT_LIFETIME: Final = 60.0
_LONGEST_LIFETIME: Final = 10**9
_MASTER: Final = "master"
"""The realm whose service accounts may read others: their roles belong to one client of it for each other realm."""


class AdminApi:
    """GET on one realm's public documents and its Admin REST API, with a service account's token."""

    def __init__(self, settings: Mapping[str, str], *, allow_private: bool) -> None:
        self.base_url = settings["base_url"]
        self.realm = settings["realm"]
        self._client_id = settings["client_id"]
        self._client_secret = settings["client_secret"]
        self._token_realm = settings.get("token_realm") or self.realm
        self._session = HttpSession(self.base_url, allow_private=allow_private)
        self._token = ""
        self._renew_at = 0.0

    @property
    def requests_sent(self) -> int:
        return self._session.requests_sent

    def role(self, permission: Permission) -> str:
        """A permission in Keycloak's words: a role, and the client that it belongs to."""
        owner = f"{self.realm}-realm" if self._token_realm == _MASTER else "realm-management"
        return f"{permission.name} (a role of the client {owner})"

    def public(self, path: str) -> Answer:
        """Read a public document of the realm."""
        try:
            return self._session.get(f"/realms/{path_part(self.realm)}/{path}", expect=dict)
        except (DeniedError, AuthenticationError) as fault:
            url = f"{self.base_url}/realms/{self.realm}/{path}"
            message = "This document is public, but something before Keycloak (a proxy?) refuses it"
            raise ProtocolError(url, message, 403) from fault

    def admin(
        self, path: str, params: Mapping[str, str | int] | None = None, *, needs: Permission, expect: type
    ) -> Answer:
        """Read below /admin/realms/{realm}. A token that was revoked in the meantime is replaced once.

        Raises DeniedError with the name of the permission; its message also tells whose role that is.
        """
        where = f"/admin/realms/{path_part(self.realm)}{path}"

        def get(token: str) -> Answer:
            bearer = f"Bearer {token}"
            try:
                return self._session.get(
                    where, params, permission=self.role(needs), expect=expect, authorization=bearer
                )
            except DeniedError as fault:
                raise DeniedError(needs.name, str(fault)) from None

        token = self._current_token()
        try:
            return get(token)
        except AuthenticationError:
            self._renew_at = 0.0
        return get(self._current_token())

    def _current_token(self) -> str:
        if time.monotonic() >= self._renew_at:
            path = f"/realms/{path_part(self._token_realm)}/protocol/openid-connect/token"
            asked = time.monotonic()
            answer = self._answer_or_advice(path)
            token, lifetime = answer.body.get("access_token"), answer.body.get("expires_in")
            if not isinstance(token, str) or not token:
                raise ProtocolError(answer.source.url, "The token endpoint gave no access token")
            known = isinstance(lifetime, int | float) and 0 < lifetime < _LONGEST_LIFETIME
            self._token = token
            self._renew_at = asked + _RENEWED_AT * (float(lifetime) if known else _DEFAULT_LIFETIME)
        return self._token

    def _answer_or_advice(self, path: str) -> Answer:
        pair = f"{quote_plus(self._client_id)}:{quote_plus(self._client_secret)}"
        basic = "Basic " + base64.b64encode(pair.encode()).decode()
        form = {"grant_type": "client_credentials"}
        try:
            return self._session.post_form(path, form, authorization=basic)
        except ProtocolError as fault:
            raise self.advice(fault, self._token_realm) from fault
        except AuthenticationError as fault:
            raise AuthenticationError(
                f"{fault} Check client id and secret, that the client stands in the realm {self._token_realm}, and that"
                ' "Service accounts roles" (client credentials) is switched on for it.'
            ) from fault

    def advice(self, fault: ProtocolError, realm: str) -> ProtocolError:
        """What to do about an answer that is not Keycloak's."""
        if fault.status == 404:
            return ProtocolError(
                fault.url,
                f"There is no realm {realm!r} at {self.base_url}. Check its name (it is case-sensitive) and the server"
                " URL: it ends in /auth before Keycloak 17 and where http-relative-path is /auth, and not otherwise",
                fault.status,
            )
        if fault.status is not None and 200 <= fault.status < 300:
            return ProtocolError(
                fault.url,
                f"{fault}. The server URL must be that of Keycloak itself, up to and without /realms or /admin",
                fault.status,
            )
        return fault


def path_part(text: str) -> str:
    """Text as one segment of a path."""
    return quote(text, safe="")
