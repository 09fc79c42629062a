"""A whole scan: claim, ingest, evaluate, count, finish or fail."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.base import Connector
from connectors.errors import ConnectorError
from inventory import leases, tenants
from inventory.ingest import ingest
from inventory.leases import Lease, LostLeaseError
from inventory.models import Sync
from posture import coverage
from posture.evaluate import evaluate

logger = logging.getLogger(__name__)


class FaultError(Exception):
    """Amphora itself failed. The message is for a person; the cause is for the log."""


@contextmanager
def faults_explained() -> Iterator[None]:
    """Raise FaultError for what nobody expected; what says itself what is wrong passes."""
    try:
        yield
    except (ConnectorError, LostLeaseError, FaultError):
        raise
    except Exception as fault:
        raise FaultError(f"Amphora failed ({type(fault).__name__}): its log tells where") from fault


def run(sync_id: int, connector: Connector | None = None) -> Sync:
    """Scan what the sync is about, and return the sync as it then stands.

    Safe to call twice: where another worker has the sync, or it is finished, nothing happens. `connector` is given
    where the tenant is a file that was opened already. A failed read ends in the state FAILED with its message;
    a fault of ours does too, and is raised as FaultError.
    """
    lease = leases.claim(sync_id)
    if lease:
        with leases.kept_alive(lease):
            try:
                with faults_explained():
                    _scan(lease, connector)
            except LostLeaseError as lost:
                logger.info("%s", lost)
            except FaultError as fault:
                _fail(lease, str(fault))
                raise
    return Sync.objects.select_related("tenant").get(pk=sync_id)


def _scan(lease: Lease, connector: Connector | None) -> None:
    try:
        ingest(lease, connector or tenants.open_connector(lease.sync.tenant))
    except ConnectorError as error:
        # What was read until the listing broke off is stored, so it is judged and counted too.
        if lease.sync.step == Sync.Step.STORING:
            _judge(lease)
        _fail(lease, str(error))
    else:
        _judge(lease)
        lease.finish(complete=lease.sync.complete)


def _judge(lease: Lease) -> None:
    evaluate(lease)
    coverage.count(lease)


def _fail(lease: Lease, message: str) -> None:
    try:
        lease.fail(message)
    except LostLeaseError as lost:
        logger.info("%s", lost)
