"""Reads a tenant through its connector into the inventory: the only writer of servers, apps and credentials.

A keyed digest of each record is compared with the stored ones before mapping, so that a record that has not changed
is neither mapped nor written: a sync that finds nothing new writes its own row and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from connectors.base import App, Connector, Page, Server
from connectors.errors import ConnectorError, ProtocolError
from connectors.facts import Facts, Json, Subject, to_json
from inventory import models, servers, staging, tenants
from inventory.digests import canonical, keyed_by, sha256, storable
from inventory.leases import Lease
from inventory.models import AuthorizationServer, Sync
from inventory.readings import Readings

LONGEST_IDENTIFIER = 2000
"""Bytes of an issuer or client_id that an index can hold."""
_SHOWN_OF_LONG = 200
"""Characters of a longer client_id that are kept in the column."""


def ingest(lease: Lease, connector: Connector) -> None:
    """Read servers and apps, and store what changed.

    Apps that were not listed have ended, but only where the listing came to its end. Raises ConnectorError where it
    broke off, after storing what was read until then, and LostLeaseError, before which nothing more is written.
    """
    try:
        _read(lease, connector)
    except ConnectorError as error:
        _record_refusals(lease, connector, error)
        raise
    _record_refusals(lease, connector, None)


def _record_refusals(lease: Lease, connector: Connector, error: ConnectorError | None) -> None:
    missing = tenants.refused(connector, error)
    if missing is not None:
        with transaction.atomic():
            lease.beat()
            tenants.record_missing(lease.sync.tenant, missing)


def _read(lease: Lease, connector: Connector) -> None:
    sync = lease.sync
    mapping = _mapping(connector)
    lease.beat(Sync.Step.SERVERS, mapping=mapping)
    found = list(connector.authorization_servers())
    digest_of = keyed_by(connector, (server.issuer for server in found))
    server_ids = _store_servers(lease, found, digest_of, mapping.cannot_see[Subject.AUTHORIZATION_SERVER])
    lease.beat(Sync.Step.APPS, requests_sent=connector.requests)
    broken: ConnectorError | None = None
    with staging.staging() as staged:
        listing = _Listing(
            connector, digest_of, server_ids, mapping.cannot_see[Subject.CLIENT], _stored(sync.tenant_id), staged
        )
        try:
            for page in connector.apps():
                listing.read(page)
                lease.beat(
                    apps_seen=len(listing.seen), records_skipped=connector.skipped, requests_sent=connector.requests
                )
        except ConnectorError as error:
            broken = error
        staged.flush()
        _merge(lease, listing, complete=broken is None)
    if broken:
        raise broken


@dataclass(slots=True)
class _Listing:
    """What was listed so far. `stored` are the apps we know by digest: id, and whether it is live."""

    connector: Connector
    digest_of: Callable[[bytes], bytes]
    server_ids: dict[str, int]
    cannot_see: dict[str, Json]
    stored: dict[bytes, tuple[int, bool]]
    staged: staging.Staging
    seen: set[bytes] = field(default_factory=set)
    readings: Readings = field(default_factory=Readings)

    def read(self, page: Page) -> None:
        """Map and stage the records of a page that have not been stored as they are."""
        texts = [canonical(record) for record in page.records]
        page_sha256: bytes | None = None
        for record, text in zip(page.records, texts, strict=True):
            record_sha256 = sha256(text)
            digest = self.digest_of(record_sha256)
            if digest in self.seen:
                continue
            self.seen.add(digest)
            if digest in self.stored:
                continue
            page_sha256 = page_sha256 or sha256(f"[{','.join(texts)}]")
            app = self.connector.map_app(record, page.source)
            self._stage(app, page, page_sha256, (record_sha256, text, digest))

    def unchanged(self) -> list[int]:
        """Ids of apps that are listed as we know them."""
        return [pk for digest, (pk, _) in self.stored.items() if digest in self.seen]

    def returned(self) -> list[int]:
        """Ids of unchanged apps that had ended and are listed again."""
        return [pk for digest, (pk, live) in self.stored.items() if not live and digest in self.seen]

    def unseen(self) -> list[int]:
        """Ids of live apps that are not listed as we know them: ended, or changed and staged."""
        return [pk for digest, (pk, live) in self.stored.items() if live and digest not in self.seen]

    def _stage(self, app: App, page: Page, page_sha256: bytes, record: tuple[bytes, str, bytes]) -> None:
        record_sha256, text, digest = record
        if app.issuer not in self.server_ids:
            raise ValueError(f"{self.connector.kind} maps an app to an issuer that it does not list: {app.issuer!r}")
        unseen = servers.gaps(Subject.CLIENT, app.observed, self.cannot_see)
        observations = []
        for reading in app.observed.readings:
            whole = page_sha256 if reading.source == page.source else record_sha256
            number = self.readings.number(reading.source, whole)
            observations.append((number, int(reading.rung), canonical(reading.facts)))
        self.staged.add(
            (
                self.server_ids[app.issuer],
                _identifier(app.client_id),
                storable(app.external_id),
                *_columns(app),
                record_sha256,
                text,
                digest,
                canonical(unseen),
            ),
            observations,
            _credentials(app),
        )


def _merge(lease: Lease, listing: _Listing, *, complete: bool) -> None:
    """One short transaction that nobody can take the lease in. `complete`: the listing came to its end."""
    sync, at = lease.sync, timezone.now()
    # A file is all that there is of its tenant; another source may say nothing about apps that are there.
    is_file = sync.tenant.origin == models.Tenant.Origin.FILE
    ends_apps = complete and (listing.connector.lists_apps or is_file)
    with transaction.atomic():
        lease.beat(Sync.Step.STORING)
        needed = listing.staged.settle(listing.unchanged())
        added, changed = listing.staged.merge(sync.tenant_id, at, listing.readings.store(sync, needed))
        added += staging.give_back(listing.returned(), at)
        ended = staging.end(listing.unseen(), at) if ends_apps else 0
        if complete:
            servers.end_unseen(sync.tenant_id, list(listing.server_ids), at)
        # What an earlier try stored, before its worker was gone, was done by this sync too.
        lease.beat(
            apps_seen=len(listing.seen),
            apps_added=sync.apps_added + added,
            apps_changed=sync.apps_changed + changed,
            apps_ended=sync.apps_ended + ended,
            records_skipped=listing.connector.skipped,
            requests_sent=listing.connector.requests,
            complete=ends_apps,
        )


def _mapping(connector: Connector) -> models.Mapping:
    cannot_see = {str(subject): to_json(dict(connector.cannot_see.get(subject, {}))) for subject in Subject}
    mapping, made = models.Mapping.objects.get_or_create(
        kind=connector.kind, version=connector.version, defaults={"cannot_see": cannot_see}
    )
    if not made and mapping.cannot_see != cannot_see:
        mapping.cannot_see = cannot_see
        mapping.save(update_fields=["cannot_see"])
    return mapping


def _store_servers(
    lease: Lease, found: list[Server], digest_of: Callable[[bytes], bytes], cannot_see: dict[str, Json]
) -> dict[str, int]:
    """Server ids by issuer, all written."""
    for server in found:
        readings = server.observed.readings
        _check_issuer(server.issuer, readings[0].source.url if readings else "")
    digests = [(server, digest_of(sha256(canonical(server.record)))) for server in found]
    with transaction.atomic():
        lease.beat()
        servers.store(digests, lease.sync, timezone.now(), cannot_see)
    stored = AuthorizationServer.objects.filter(tenant_id=lease.sync.tenant_id)
    issuers = {server.issuer for server in found}
    return {issuer: pk for issuer, pk in stored.values_list("issuer", "pk") if issuer in issuers}


def _stored(tenant_id: int) -> dict[bytes, tuple[int, bool]]:
    rows = models.App.objects.filter(tenant_id=tenant_id).values_list("digest", "pk", "ended_at")
    return {bytes(digest): (pk, ended_at is None) for digest, pk, ended_at in rows.iterator()}


def _columns(app: App) -> tuple[str, str, bool]:
    """client_name, client_type and platform_client, for filters."""
    facts: Facts = {}
    for reading in sorted(app.observed.readings, key=lambda reading: reading.rung):
        facts.update(reading.facts)
    client_name, client_type = facts.get("client_name") or "", facts.get("client_type") or ""
    return storable(client_name), client_type, facts.get("platform_client") is True


def _credentials(app: App) -> Iterator[tuple[str, str]]:
    """Key and facts of each credential. Two that nothing tells apart are numbered."""
    keys: set[str] = set()
    for facts in app.credentials:
        document = to_json(facts)
        told = [document.get(name) for name in ("credential_type", "kid", "alg", "created_at")]
        telling = told[:2] if isinstance(told[1], str) else told
        key = first = ":".join(part for part in telling if isinstance(part, str)) or "credential"
        if len(first) > 200:
            key = first = sha256(first).hex()
        number = 1
        while key in keys:
            number += 1
            key = f"{first}#{number}"
        keys.add(key)
        yield storable(key), canonical(document)


def _identifier(client_id: str) -> str:
    """The client_id as an index can hold it: a long one is cut, and its digest tells it from others."""
    text = storable(client_id)
    if len(text.encode()) <= LONGEST_IDENTIFIER:
        return text
    return f"{text[:_SHOWN_OF_LONG]}... sha256:{sha256(text).hex()}"


def _check_issuer(issuer: str, url: str) -> None:
    if storable(issuer) != issuer:
        raise ProtocolError(url, f"the issuer is no text in UTF-8, or holds NUL: {issuer[:40]!a}")
    if len(issuer.encode()) > LONGEST_IDENTIFIER:
        raise ProtocolError(url, f"the issuer is longer than {LONGEST_IDENTIFIER} bytes: {issuer[:40]!r}...")
