"""What the Keycloak connector asks of the lab is what the published Admin API takes, and so is every answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.keycloak import KeycloakConnector
from lab.clients import SCANNER
from lab.keycloak import Keycloak
from lab.organisation import Organisation
from lab.policies import ENFORCING, NONE, SIGNING, Policies
from lab.server import KeycloakServer, Reply
from tests.connectors.contract import read_all
from tests.connectors.keycloak.made import policy, under
from tests.lab.specification import Specification

_ON_ROLES = policy(under("client-roles", roles=["checkout-user"]), "pkce-enforcer")
ON_ROLES = Policies(tuple(_ON_ROLES["clientPolicies"]["policies"]), tuple(_ON_ROLES["clientProfiles"]["profiles"]))
PUBLIC = "/realms/{}/.well-known/openid-configuration", "/realms/{}/protocol/openid-connect/certs"
"""Documents that are no part of the Admin API."""
TOKENS = "/realms/{}/protocol/openid-connect/token"


class Witness(KeycloakServer):
    """Keeps every read with its answer."""

    def __init__(self, *realms: Keycloak) -> None:
        super().__init__(*realms)
        self.reads: list[tuple[str, Any]] = []

    def get(self, target: str, authorization: str) -> Reply:
        status, body = super().get(target, authorization)
        assert status == 200, target
        self.reads.append((target, json.loads(body)))
        return status, body


@pytest.mark.parametrize("policies", [NONE, SIGNING, ENFORCING, ON_ROLES])
def test_every_request_and_every_answer_is_as_the_published_specification_says(policies: Policies) -> None:
    specification = Specification()
    keycloak = Keycloak(Organisation(4, 300), policies)
    settings = {"realm": keycloak.realm, "client_id": SCANNER}
    settings["client_secret"] = keycloak.accounts[SCANNER].client_secret
    with Witness(keycloak) as server:
        connector = KeycloakConnector.connect({"base_url": server.url, **settings}, allow_private=True)
        connector.check()
        _, _, apps = read_all(connector)
    assert len(apps) == keycloak.oauth_clients
    posted = {target for method, target in server.requests if method == "POST"}
    assert posted == {TOKENS.format(keycloak.realm)}
    public = {path.format(keycloak.realm) for path in PUBLIC}
    admin = [(target, answer) for target, answer in server.reads if target not in public]
    assert len(server.reads) - len(admin) > len(public)
    assert len(admin) > len(apps) if policies is ON_ROLES else len(admin) < 12
    for target, answer in admin:
        specification.check_read(target, answer)


def test_the_export_is_a_realm_of_the_specification() -> None:
    Specification().check_realm(json.loads(Keycloak(Organisation(4, 120), ENFORCING).export()))
