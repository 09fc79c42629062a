"""Tenants: the only writer of them, and the way from a tenant to its connector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path

from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from connectors.base import Connector, Permission
from connectors.discovery import discover
from connectors.errors import ConnectorError, DeniedError, SettingError
from inventory import secrets
from inventory.digests import storable
from inventory.models import Tenant

_LONGEST_NAME = 1000
"""Characters; an index holds no more than about twice as many bytes."""
_EDITED = frozenset({"name", "settings", "credential", "allow_private", "environment", "high_value", "scan_interval"})
"""What a person edits. The rest stays as scans and ticks write it meanwhile: a missing permission, the next scan."""
_ADDRESSES = ("url", "uri", "issuer", "host", "domain")
"""How the name of a setting ends that says where the credential is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What a person enters of a tenant. `settings` are clear values by name, secret ones included."""

    name: str
    settings: Mapping[str, str] = field(repr=False)
    allow_private: bool = False
    environment: str = ""
    high_value: bool | None = None
    scan_interval: timedelta | None = None


def create(kind: str, details: Details) -> Tenant:
    """Connect a tenant; sends nothing yet. With an interval its first scan is due at once.

    Raises SettingError naming the field that is wrong, or another ConnectorError.
    """
    connector = _connector(kind)
    plain, secret = _parted(connector, details.settings)
    tenant = Tenant(kind=kind, next_scan_at=timezone.now() if details.scan_interval else None)
    _fill_in(tenant, details, plain, secret)
    return _saved(tenant)


def update(tenant: Tenant, details: Details) -> Tenant:
    """Change what a person edits. An empty secret keeps the stored one, unless an address changed.

    Otherwise who may edit a tenant could have its credential sent to an address of their choice. Raises as `create`.
    """
    connector = _connector(tenant.kind)
    plain, secret = _parted(connector, details.settings)
    if _addresses(connector, plain) == _addresses(connector, tenant.settings):
        secret = {**secrets.unseal(tenant.credential), **secret}
    edited, interval = _EDITED, details.scan_interval
    if interval != tenant.scan_interval:
        tenant.next_scan_at = timezone.now() + interval if interval else None
        edited |= {"next_scan_at"}
    _fill_in(tenant, details, plain, secret)
    return _saved(tenant, edited)


def _fill_in(tenant: Tenant, details: Details, plain: dict[str, str], secret: dict[str, str]) -> None:
    """Set what a person entered, once the connector takes it."""
    _try(_connector(tenant.kind), plain, secret, allow_private=details.allow_private)
    tenant.name = _checked_name(details.name.strip())
    tenant.settings = plain
    tenant.credential = secrets.seal(secret)
    tenant.allow_private = details.allow_private
    tenant.environment = _checked_environment(details.environment)
    tenant.high_value = details.high_value
    tenant.scan_interval = details.scan_interval


def for_file(path: Path, kind: str, *, environment: str = "") -> Tenant:
    """The tenant of an export file, made at first use; kind and environment are those of this time.

    Raises SettingError for a path that is no name, or that a connected tenant has for its name.
    """
    values = {"kind": kind, "environment": _checked_environment(environment)}
    tenant, made = Tenant.objects.get_or_create(
        name=_checked_name(str(path.absolute())), defaults={"origin": Tenant.Origin.FILE, **values}
    )
    if tenant.origin != Tenant.Origin.FILE:
        raise SettingError("name", f"a connected tenant is called {tenant.name!r}: rename it, or move the file")
    if not made and (tenant.kind, tenant.environment) != (kind, environment):
        tenant.kind, tenant.environment = kind, environment
        tenant.save(update_fields=["kind", "environment"])
    return tenant


def open_connector(tenant: Tenant) -> Connector:
    """A reader of a connected tenant. Raises ConnectorError."""
    if tenant.origin == Tenant.Origin.FILE:
        raise SettingError("name", "it is a file: only the command line scans it")
    secret = secrets.unseal(tenant.credential)
    return _try(_connector(tenant.kind), tenant.settings, secret, allow_private=tenant.allow_private)


def check_connection(tenant: Tenant) -> tuple[Permission, ...]:
    """Try the connection, and return and record the permissions that are missing. Raises ConnectorError."""
    connector = open_connector(tenant)
    try:
        missing = connector.check()
    except DeniedError as error:
        record_missing(tenant, refused(connector, error) or ())
        raise
    record_missing(tenant, missing)
    tenant.checked_at = timezone.now()
    Tenant.objects.filter(pk=tenant.pk).update(checked_at=tenant.checked_at)
    return missing


def refused(connector: Connector, error: ConnectorError | None) -> Sequence[Permission] | None:
    """The permissions that a read was refused for; `error` is what broke it off, if anything did.

    None where that tells nothing: it broke off for another reason, before anything was refused.
    """
    if isinstance(error, DeniedError):
        named = [permission for permission in connector.permissions if permission.name == error.permission]
        return (*connector.missing, *named)
    return connector.missing if connector.missing or error is None else None


def record_missing(tenant: Tenant, missing: Sequence[Permission]) -> None:
    """Write which permissions are missing, instead of what was recorded before; nothing where that is the same."""
    by_name = {permission.name: {**asdict(permission), "hides": list(permission.hides)} for permission in missing}
    tenant.missing_permissions = found = list(by_name.values())
    others = Tenant.objects.filter(pk=tenant.pk).exclude(missing_permissions=found)
    others.update(missing_permissions=found)


def _connector(kind: str) -> type[Connector]:
    try:
        return discover()[kind]
    except KeyError:
        raise SettingError("kind", f"there is no connector of the kind {kind!r}") from None


def _parted(connector: type[Connector], settings: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The settings that are no secret, and the secret ones that are not empty."""
    unknown = settings.keys() - {setting.name for setting in connector.settings}
    if unknown:
        name = min(unknown)
        raise SettingError(name, f"{connector.label} has no setting {name!r}")
    plain, secret = {}, {}
    for setting in connector.settings:
        value = storable(settings.get(setting.name, setting.default).strip())
        if not setting.secret:
            plain[setting.name] = value
        elif value:
            secret[setting.name] = value
    return plain, secret


def _addresses(connector: type[Connector], plain: Mapping[str, str]) -> dict[str, str]:
    """The settings that say where the credential is sent."""
    named = {setting.name: plain.get(setting.name, "") for setting in connector.settings if not setting.secret}
    return {name: value for name, value in named.items() if name.endswith(_ADDRESSES) or "://" in value}


def _try(
    connector: type[Connector], plain: Mapping[str, str], secret: Mapping[str, str], *, allow_private: bool
) -> Connector:
    """The connector with its settings in clear. Raises ConnectorError where it refuses one."""
    clear = dict(plain)
    for setting in connector.settings:
        if setting.name in secret:
            try:
                clear[setting.name] = secrets.resolve(secret[setting.name])
            except secrets.SecretError as error:
                raise SettingError(setting.name, str(error)) from None
        if setting.required and not clear.get(setting.name):
            raise SettingError(setting.name, f"{setting.label} is missing: enter it")
    return connector.connect(clear, allow_private=allow_private)


def _checked_environment(environment: str) -> str:
    if environment not in Tenant.Environment.values:
        raise SettingError("environment", f"there is no environment {environment!r}")
    return environment


def _checked_name(name: str) -> str:
    if not name:
        raise SettingError("name", "a tenant needs a name")
    if storable(name) != name:
        raise SettingError("name", f"the name is no text in UTF-8, or holds NUL: rename it: {name!a}")
    if len(name) > _LONGEST_NAME or len(name.encode()) > 2 * _LONGEST_NAME:
        raise SettingError("name", f"the name is longer than {_LONGEST_NAME} characters, or {2 * _LONGEST_NAME} bytes")
    return name


def _saved(tenant: Tenant, edited: frozenset[str] | None = None) -> Tenant:
    """Write a new tenant, or these fields of one that is there already."""
    try:
        with transaction.atomic():
            tenant.save(update_fields=edited)
    except IntegrityError as error:
        raise SettingError("name", f"there is a tenant called {tenant.name!r} already") from error
    except DatabaseError as error:
        if edited is None or Tenant.objects.filter(pk=tenant.pk).exists():
            raise
        raise SettingError("name", "the tenant was deleted meanwhile") from error
    return tenant
