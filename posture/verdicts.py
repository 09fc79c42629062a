"""Distinct verdicts: each kept once, found by what makes it the same."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import Any

from connectors.facts import NotObserved
from inventory.digests import canonical, sha256
from posture.engine import Judgement
from posture.models import Policy as PolicyRow
from posture.models import Verdict
from posture.outcome import Outcome
from posture.policy import Policy

_Key = tuple[Any, ...]


def policy_row(policy: Policy) -> PolicyRow:
    """The stored version of a policy."""
    values = {"name": policy.name, "version": policy.version}
    return PolicyRow.objects.get_or_create(digest=policy.digest, defaults=values)[0]


class Verdicts:
    """Ids of verdicts under one policy, and the outcome behind an id; grows with what was asked for."""

    def __init__(self, policy: PolicyRow) -> None:
        self._policy = policy
        self._ids: dict[_Key, int] = {}
        self._meaning: dict[int, tuple[str, Outcome]] = {}

    def learn(self, judgements: Iterable[Judgement]) -> None:
        """Find or make the verdicts of these judgements: no query where all are known."""
        keyed = ((_key(judgement), judgement) for judgement in judgements)
        new = {key: judgement for key, judgement in keyed if key not in self._ids}
        if not new:
            return
        rows = {key: self._row(judgement) for key, judgement in new.items()}
        # In one order, so that two workers never wait for each other's rows.
        by_digest = dict(sorted(((bytes(r.digest), r) for r in rows.values()), key=itemgetter(0)))
        ids = _stored(by_digest)
        missing = [row for digest, row in by_digest.items() if digest not in ids]
        if missing:
            Verdict.objects.bulk_create(missing, ignore_conflicts=True, batch_size=1000)
            ids |= _stored(bytes(row.digest) for row in missing)
        for key, row in rows.items():
            pk = ids[bytes(row.digest)]
            self._ids[key] = pk
            self._meaning[pk] = (row.control_id, Outcome(row.outcome))

    def id_of(self, judgement: Judgement) -> int:
        """The id of a verdict that was learned."""
        return self._ids[_key(judgement)]

    def recall(self, ids: Iterable[int]) -> None:
        """Look up what stored ids mean."""
        unknown = set(ids) - self._meaning.keys()
        if unknown:
            rows = Verdict.objects.filter(pk__in=unknown).values_list("pk", "control_id", "outcome")
            self._meaning |= {pk: (control_id, Outcome(outcome)) for pk, control_id, outcome in rows}

    def meaning(self, verdict_id: int) -> tuple[str, Outcome]:
        """Control id and outcome of a verdict that was recalled or learned."""
        return self._meaning[verdict_id]

    def _row(self, judgement: Judgement) -> Verdict:
        row = Verdict(
            policy=self._policy,
            control_id=judgement.control.id,
            control_version=judgement.control.version,
            outcome=judgement.outcome.value,
            rung=judgement.rung,
            addressee=judgement.addressee.value,
            severity=judgement.level.rank,
            compensated_by=list(judgement.compensated_by),
            message=judgement.message,
            reasons=[_reason(unseen) for unseen in judgement.reasons],
        )
        row.digest = sha256(
            canonical(
                [
                    self._policy.digest.hex(),
                    row.control_id,
                    row.control_version,
                    row.outcome,
                    row.rung,
                    row.addressee,
                    row.severity,
                    row.compensated_by,
                    row.message,
                    row.reasons,
                ]
            )
        )
        return row


def _stored(digests: Iterable[bytes]) -> dict[bytes, int]:
    found = Verdict.objects.filter(digest__in=list(digests)).values_list("digest", "pk")
    return {bytes(digest): pk for digest, pk in found}


def _key(judgement: Judgement) -> _Key:
    return (
        judgement.control.id,
        judgement.outcome,
        judgement.rung,
        judgement.addressee,
        judgement.compensated_by,
        judgement.message,
        judgement.reasons,
    )


def _reason(unseen: NotObserved) -> dict[str, str]:
    return {"fact": unseen.fact, "reason": unseen.reason.value, "detail": unseen.detail}
