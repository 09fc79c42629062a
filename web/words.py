"""What the words of the pages mean: the one place that explains them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from connectors.facts import Reason
from posture.control import Level
from posture.outcome import Addressee, Outcome


class Word(NamedTuple):
    term: str
    meaning: str


WORDS: Final[Mapping[str, Word]] = {
    "app": Word("App", "A client registered at an authorization server: an OAuth app, as its server knows it."),
    "tenant": Word("Tenant", "One place that apps are read from: an organisation at a provider, or an export file."),
    "connector": Word("Connector", "What reads one kind of provider and turns its answers into facts."),
    "sync": Word("Scan", "Reads a tenant, takes up what changed, and judges what must be judged again."),
    "authorization-server": Word(
        "Authorization server", "What users log in at and tokens come from; named by its issuer."
    ),
    "client-type": Word(
        "Client type",
        "Confidential: it can keep a secret. Public: it cannot. Resource server: it only accepts tokens.",
    ),
    "fact": Word("Fact", "One thing seen about an app or a server, under the name that its standard registers."),
    "reading": Word("Reading", "A fact as one request or file showed it, with its source and time."),
    "control": Word("Control", "A question asked of every app or authorization server that it applies to."),
    "verdict": Word("Verdict", "The answer to one control for one app or server, as it stands now."),
    "outcome": Word("Outcome", "What a verdict ends in: pass, warn, fail, unknown, not applicable, or error."),
    "severity": Word("Severity", "How bad a failure is: note, low, medium, high or critical; likelihood by impact."),
    "compensation": Word(
        "Compensation", "Other controls that pass and reach the same protection: the failure is one step less severe."
    ),
    "rung": Word(
        "Known by",
        "How well a fact is known, weakest first: attested, advertised, declared, captured, verified.",
    ),
    "addressee": Word(
        "Who can act", "Owner: you. Vendor: the maker of a third-party app. Platform: built-in clients, whole servers."
    ),
    "platform": Word(
        "The platform's own", "Clients that the platform made for its own use, and settings of a whole server."
    ),
    "posture": Word("Posture", "Verdicts that pass, of those that pass, warn or fail and that you can act on."),
    "visibility": Word("Visibility", "Verdicts that could be judged, of those that apply and that you can act on."),
    "unknown": Word(
        "Unknown", "Something that could still change the verdict was not seen. It is neither good nor bad."
    ),
    "not-seen": Word("Not seen", "A fact that could not be read, with the reason and who can change that."),
    "attested": Word(
        "What a person states", "Facts that no interface gives; recorded here by hand, with name and time."
    ),
    "evidence": Word("Evidence", "Every verdict with the facts it rests on, as an export that stands on its own."),
    "profile": Word(
        "Profile",
        "A set of demands: baseline (RFC 9700), strict (FAPI 2.0), message signing (FAPI 2.0 Message Signing).",
    ),
    "redirect-uri": Word("Redirect URI", "An address that the server may send a user's login back to."),
    "pkce": Word("PKCE", "Proof Key for Code Exchange (RFC 7636): a stolen code is worthless without its verifier."),
    "jar": Word("JAR", "JWT-secured authorization request (RFC 9101): the request is signed by the app."),
    "jarm": Word("JARM", "JWT-secured authorization response mode: the response is signed by the server."),
    "par": Word("PAR", "Pushed authorization request (RFC 9126): the request goes to the server directly first."),
}

OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.PASS: "What was asked is in place.",
    Outcome.WARN: "Not wrong, but weaker than it should be, or the app cannot comply on its platform.",
    Outcome.FAIL: "What was asked is not in place.",
    Outcome.UNKNOWN: "Something that could still change the verdict was not seen.",
    Outcome.NOT_APPLICABLE: "The question does not arise here.",
    Outcome.ERROR: "The control itself failed. Look at the log and report it.",
}

ADDRESSEES: Final[Mapping[Addressee, str]] = {
    Addressee.OWNER: "You can change it. Only these verdicts count in your posture.",
    Addressee.VENDOR: "The maker of a third-party app must change it.",
    Addressee.PLATFORM: "The platform must change it, or it is a setting of the whole authorization server.",
}

SEVERITIES: Final[Mapping[Level, str]] = {
    Level.CRITICAL: "Likely to be abused, and abuse takes over accounts or data. Act now.",
    Level.HIGH: "Likely and of effect, or less likely and grave. Plan it next.",
    Level.MEDIUM: "A protection is missing that attacks have to get around otherwise.",
    Level.LOW: "Hard to abuse, or of little effect by itself.",
    Level.NOTE: "Good to know; nothing follows from it by itself.",
}
"""Of a failed control: likelihood by impact; one step less where other controls compensate."""

FACTORS: Final[Mapping[str, tuple[str, str]]] = {
    "exploitability": ("Exploitability", "How easily it is abused, from 1 (hard) to 3 (easy)."),
    "prevalence": ("Prevalence", "How common it is, from 1 (rare) to 3 (widespread)."),
    "detectability": (
        "Detectability",
        "How hard abuse is to notice, from 1 (easy to notice) to 3 (hard to notice).",
    ),
    "technical_impact": (
        "Technical impact",
        "What abuse does, from 1 (little) to 3 (takes over accounts or data).",
    ),
}

FITS: Final[Mapping[str, str]] = {
    "direct": "The control checks what the id asks for.",
    "partial": "The control checks a part of what the id asks for.",
    "label_only": "The id is what readers look for; what it asks for is something else.",
}

FRAMEWORKS: Final[Mapping[str, str]] = {
    "owasp_nhi_2025": "OWASP Non-Human Identities Top 10 (2025)",
    "owasp_nhi_2025_also": "OWASP Non-Human Identities Top 10 (2025), in second place",
    "nist_csf_1_1": "NIST Cybersecurity Framework 1.1",
    "nist_csf_2_0": "NIST Cybersecurity Framework 2.0",
    "nist_ai_rmf": "NIST AI Risk Management Framework",
    "fapi": "FAPI profiles",
    "rfc9700": "RFC 9700, OAuth 2.0 security best current practice (section)",
    "oauth_2_1_draft_16": "OAuth 2.1, draft 16 (section)",
    "cis_v8_1": "CIS Controls 8.1",
    "iso_27001_2022": "ISO/IEC 27001:2022 annex A",
    "soc2_tsc": "SOC 2 trust services criteria",
    "mitre_attack": "MITRE ATT&CK",
    "cwe": "CWE",
}

PLATFORMS: Final[Mapping[str, str]] = {
    "keycloak": "Keycloak",
    "okta": "Okta",
    "auth0": "Auth0",
    "entra": "Entra ID",
    "google": "Google",
    "generic": "Any other server",
}


def reason_label(reason: Reason | str) -> str:
    """Why something was not seen, as words: `Absent in file`."""
    return Reason(reason).value.replace("_", " ").capitalize()
