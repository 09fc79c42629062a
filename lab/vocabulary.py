"""Names that the made-up companies are put together from."""

from __future__ import annotations

from typing import Final

COMPANIES: Final = (
    "Kestrelby", "Larkhill", "Fernvale", "Dunmore", "Ashcombe", "Brindlewood", "Corvane", "Eastmere", "Galloway Reef",
    "Hollowick",
)  # fmt: skip

VENDORS: Final = (
    "boardwise", "calmdesk", "docflow", "expensio", "formly", "helplane", "meetgrid", "surveyor",
)  # fmt: skip

REGIONS: Final = (
    "", "emea", "apac", "dach", "iberia", "latam", "nordics", "partner", "staging", "uk", "us-east", "us-west",
)  # fmt: skip

SYSTEMS: Final = (
    ("access-review", "Access review", "Managers confirm who may do what", "web"),
    ("budgeting", "Budgeting", "Plans and cost centres", "web"),
    ("checkout", "Checkout", "Pays for a basket", "spa"),
    ("field-service", "Field service", "Visits to customers", "native"),
    ("build-farm", "Build farm", "Builds and signs releases", "service"),
    ("orders-api", "Orders API", "Orders for all front ends", "api"),
    ("crm-cloud", "CRM cloud", "Rented customer relations", "saml"),
    ("account-information", "Account information", "Shows balances of linked bank accounts", "web"),
    ("api-explorer", "API explorer", "Tries our interfaces", "spa"),
    ("backup-agent", "Backup agent", "Copies what must not be lost", "service"),
    ("holiday-planner", "Urlaubsplaner", "Urlaub beantragen und genehmigen", "web"),
    ("command-line", "Command line tool", "For developers", "native"),
    ("payment-initiation", "Payment initiation", "Starts payments from linked accounts", "web"),
    ("shift-planner", "Schichtplan", "Dienste tauschen", "spa"),
    ("payslips", "給与明細", "毎月の給与明細を見る", "web"),
    ("payments-api", "Payments API", "Payments for all front ends", "api"),
    ("travel-expenses", "Frais de déplacement", "Notes de frais et justificatifs", "web"),
    ("staff-app", "Staff app", "News, shifts and pay on the phone", "native"),
    ("suppliers", "Πύλη προμηθευτών", "Παραγγελίες και τιμολόγια", "web"),
    ("report-runner", "Report runner", "Reports at night", "service"),
    ("hr-suite", "HR suite", "Rented personnel files", "saml"),
    ("media-library", "Médiathèque", "Images et vidéos", "spa"),
    ("purchasing", "Příkazy a objednávky", "Nákup a schvalování", "web"),
    ("desktop-sync", "Desktop sync", "Files on the desktop", "native"),
    ("lab-samples", "Labor: Probenverwaltung (Größe ≥ 10 µm)", "Proben und Ergebnisse", "web"),
    ("store-locator", "Store locator", "Finds the next shop", "spa"),
    ("fraud-scoring", "Fraud scoring", "Scores orders", "service"),
    ("wiki", "Wiki", "What we know", "web"),
    ("document-signing", "Document signing", "Rented signatures", "saml"),
    ("help-desk", "Help desk", "Tickets", "web"),
)  # fmt: skip
"""Slug, name, description and kind."""
