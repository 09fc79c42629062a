"""Real metadata documents of many providers are read as facts."""

import json
from pathlib import Path

import pytest

from connectors.facts import Reason
from connectors.files import open_export
from tests.connectors.contract import facts, keeps_the_vocabulary, read_all

FOLDER = Path(__file__).parents[2] / "../shared/data/discovery"
DOCUMENTS = sorted(FOLDER.glob("*.json"))


def test_there_are_documents() -> None:
    if not DOCUMENTS:
        pytest.skip("the discovery documents are not on this machine")
    assert len(DOCUMENTS) == 28


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_document_is_read_as_server_facts(path: Path) -> None:
    document = json.loads(path.read_text())
    connector = open_export(path)
    servers, pages, apps = read_all(connector)
    (server,) = servers
    assert (connector.kind, pages, apps, connector.lists_apps) == ("oidc", [], [], False)
    keeps_the_vocabulary(connector, servers, apps)
    keys_elsewhere = {"jwks"} if "jwks_uri" in document else set()
    assert set(server.observed.not_observed) == {"issuer_verified"} | keys_elsewhere
    known = facts(server)
    assert server.issuer == known["issuer"] == document["issuer"]
    assert known["issuer_verified"].reason is Reason.ABSENT_IN_FILE
    for name in ("code_challenge_methods_supported", "authorization_endpoint", "response_modes_supported"):
        assert known[name] == document.get(name)
