"""Scans what the command line was given: export files, each on its own, and tenants by name."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from connectors.base import Connector
from connectors.errors import ConnectorError
from connectors.files import open_export
from inventory import leases, tenants
from inventory.digests import storable
from inventory.models import Sync, Tenant
from posture import scan
from posture.perform import FaultError, faults_explained

logger = logging.getLogger(__name__)

POLL = 0.5
"""Seconds between looks at a scan that another process runs."""


@dataclass(frozen=True, slots=True)
class Input:
    """One argument after its scan: either `tenant`, which holds what was found, or an `error`.

    `kind` is that of the connector, None where nothing could tell.
    """

    source: str
    kind: str | None
    tenant: Tenant | None
    error: str | None


def scan_all(arguments: Iterable[str], environment: str) -> Iterator[Input]:
    """Scan each argument once, in order. An argument that names a file is a file, any other a tenant.

    `environment` is recorded for the files; what a tenant's apps are is a setting of the tenant.
    """
    done: set[str] = set()
    for argument in arguments:
        path = existing_file(argument)
        identity = str(path) if path else argument
        if identity not in done:
            done.add(identity)
            yield _scan(argument, path, environment)


def existing_file(argument: str) -> Path | None:
    """The absolute path of what exists under this name, be it a link that leads nowhere or in a folder closed to us."""
    try:
        os.lstat(argument)
    except PermissionError:
        pass  # what cannot be looked at is there, so that its error is "permission denied"
    except (OSError, ValueError):
        return None
    return Path(os.path.realpath(argument))


def _scan(argument: str, path: Path | None, environment: str) -> Input:
    """A fault of ours over one input must not hide what the others hold."""
    try:
        with faults_explained():
            return _scan_file(argument, path, environment) if path else _scan_tenant(argument)
    except FaultError as fault:
        logger.exception("the scan of %a failed", argument)
        return Input(argument, None, None, str(fault))


def _scan_file(argument: str, path: Path, environment: str) -> Input:
    try:
        connector = open_export(path)
        tenant = tenants.for_file(path, connector.kind, environment=environment)
    except ConnectorError as error:
        return Input(argument, None, None, str(error))
    return _run(argument, tenant, connector)


def _scan_tenant(name: str) -> Input:
    tenant = Tenant.objects.filter(name=storable(name)).first()
    if tenant is None:
        return Input(name, None, None, "no such file, and no tenant has this name")
    if tenant.origin == Tenant.Origin.FILE:
        return Input(name, tenant.kind, None, "the file is gone: what was read of it is still in the inventory")
    return _run(name, tenant, None)


def _run(source: str, tenant: Tenant, connector: Connector | None) -> Input:
    """Run a scan here, or wait for the one that a worker has taken already."""
    sync = _here(leases.request_sync(tenant), connector)
    while sync.state in Sync.UNFINISHED:
        time.sleep(POLL)
        leases.reap()
        sync = _here(sync, connector)
    if sync.state != Sync.State.DONE:
        return Input(source, tenant.kind, None, sync.error or "the scan was cancelled")
    return Input(source, tenant.kind, tenant, None)


def _here(sync: Sync, connector: Connector | None) -> Sync:
    """Ctrl-C cancels the scan that runs here, and none that a worker runs."""
    try:
        return scan.run(sync.pk, connector)
    except KeyboardInterrupt:
        leases.cancel(sync)
        raise
