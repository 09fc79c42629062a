"""Serves realms over HTTP on loopback: token endpoint, public documents, Admin REST API (read-only)."""

from __future__ import annotations

import base64
import binascii
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs, unquote, unquote_plus, urlsplit

from lab import realm as realm_documents
from lab.keycloak import VIEW_CLIENTS, VIEW_REALM, Account, Keycloak

_TOKEN_LIFETIME: Final = 300
_NOT_FOUND: Final = {"error": "HTTP 404 Not Found"}
_FORBIDDEN: Final = {"error": "HTTP 403 Forbidden"}
_UNAUTHORIZED: Final = {"error": "HTTP 401 Unauthorized"}
Query = dict[str, list[str]]
Reply = tuple[int, bytes]


class KeycloakServer:
    """Realms at one address, from `start` (or `with`) to `stop`. `requests` lists method and target of all so far."""

    def __init__(self, *realms: Keycloak) -> None:
        self.realms = {keycloak.realm: keycloak for keycloak in realms}
        self.requests: list[tuple[str, str]] = []
        self._tokens: dict[str, tuple[str, Account]] = {}
        self.faults: dict[str, Reply] = {}
        """Replies to reads of paths that end so, in place of the right ones."""
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def revoke_tokens(self) -> None:
        """Let every token that was given out end now."""
        self._tokens.clear()

    def get(self, target: str, authorization: str) -> Reply:
        parts = urlsplit(target)
        for end, reply in self.faults.items():
            if parts.path.endswith(end):
                return reply
        path = [unquote(part) for part in parts.path.strip("/").split("/")]
        keycloak = self.realms.get(_realm(path))
        if keycloak is None:
            return _json(404, {"error": "Realm does not exist"})
        if path[0] == "realms":
            return self._public(keycloak, "/".join(path[2:]))
        realm, account = self._tokens.get(authorization.removeprefix("Bearer "), ("", None))
        if account is None:
            return _json(401, _UNAUTHORIZED)
        if realm != keycloak.realm or not account.roles:
            return _json(403, _FORBIDDEN)
        return _admin(keycloak, path[3:], parse_qs(parts.query), account.roles)

    def post(self, target: str, form: Query, authorization: str) -> Reply:
        path = [unquote(part) for part in urlsplit(target).path.strip("/").split("/")]
        keycloak = self.realms.get(_realm(path))
        if keycloak is None or path[2:] != ["protocol", "openid-connect", "token"]:
            return _json(404, {"error": "Realm does not exist"})
        if form.get("grant_type") != ["client_credentials"]:
            return _json(400, {"error": "unsupported_grant_type", "error_description": "Unsupported grant_type"})
        name, secret = _client_of(form, authorization)
        account = keycloak.accounts.get(name)
        if account is None or account.client_secret != secret:
            return _json(401, {"error": "invalid_client", "error_description": "Invalid client or credentials"})
        token = keycloak.new_token(name, len(self.requests))
        self._tokens[token] = (keycloak.realm, account)
        return _json(
            200,
            {
                "access_token": token,
                "expires_in": _TOKEN_LIFETIME,
                "refresh_expires_in": 0,
                "token_type": "Bearer",
                "not-before-policy": 0,
                "scope": "profile email",
            },
        )

    def _public(self, keycloak: Keycloak, path: str) -> Reply:
        if path == ".well-known/openid-configuration":
            return _json(200, realm_documents.metadata(f"{self.url}/realms/{keycloak.realm}"))
        if path == "protocol/openid-connect/certs":
            return _json(200, realm_documents.jwks())
        return _json(404, _NOT_FOUND)


def _admin(keycloak: Keycloak, path: list[str], query: Query, roles: set[str]) -> Reply:
    if not path:
        return _json(200, keycloak.settings(view_realm=VIEW_REALM in roles))
    if path[0] == "clients":
        return _clients(keycloak, path[1:], query) if VIEW_CLIENTS in roles else _json(403, _FORBIDDEN)
    if path[0] != "client-policies":
        return _json(404, _NOT_FOUND)
    if VIEW_REALM not in roles:
        return _json(403, _FORBIDDEN)
    if path[1:] == ["policies"]:
        return _json(200, _with_global("policies", keycloak.policies.policies, query))
    if path[1:] == ["profiles"]:
        return _json(200, _with_global("profiles", keycloak.policies.profiles, query))
    return _json(404, _NOT_FOUND)


def _clients(keycloak: Keycloak, path: list[str], query: Query) -> Reply:
    if path:
        roles = keycloak.roles_of(path[0]) if path[1:] == ["roles"] else None
        return _json(404, {"error": "Could not find client"}) if roles is None else _json(200, roles)
    first = int(query.get("first", ["0"])[0])
    maximum = int(query["max"][0]) if "max" in query else None
    if keycloak.breaks_at is not None and (maximum is None or first + maximum > keycloak.breaks_at):
        return _json(500, {"error": "unknown_error"})
    return 200, keycloak.listing(first, maximum)


def _with_global(name: str, listed: tuple[dict[str, Any], ...], query: Query) -> dict[str, Any]:
    body: dict[str, Any] = {name: list(listed)}
    if query.get(f"include-global-{name}") == ["true"]:
        body[f"global{name.capitalize()}"] = []
    return body


def _realm(path: list[str]) -> str:
    """The realm that a path names; empty where it names none."""
    if path[:2] == ["admin", "realms"]:
        return path[2] if len(path) > 2 else ""
    return path[1] if path[0] == "realms" and len(path) > 1 else ""


def _client_of(form: Query, authorization: str) -> tuple[str, str]:
    """Name and secret, by client_secret_basic or client_secret_post."""
    if not authorization.startswith("Basic "):
        return form.get("client_id", [""])[0], form.get("client_secret", [""])[0]
    try:
        pair = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    name, _, secret = pair.partition(":")
    return unquote_plus(name), unquote_plus(secret)


def _json(status: int, body: Any) -> Reply:
    return status, json.dumps(body).encode()


def _handler(server: KeycloakServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        """Buffered: headers and body leave as one."""

        def do_GET(self) -> None:
            server.requests.append(("GET", self.path))
            self._send(*server.get(self.path, self.headers.get("Authorization", "")))

        def do_POST(self) -> None:
            server.requests.append(("POST", self.path))
            form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode())
            self._send(*server.post(self.path, form, self.headers.get("Authorization", "")))

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (named so in http.server)
            """Say nothing: the requests are kept in `KeycloakServer.requests`."""

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
