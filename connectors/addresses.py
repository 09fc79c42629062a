"""Keeps the scanner from being sent to addresses that nobody meant (server-side request forgery).

A host name is resolved once, what it resolves to is judged, and the connection is made to the very address that was
judged, so that a name cannot point elsewhere a moment later. TLS is still verified for the name. Through a company
proxy the proxy resolves names; then only addresses written as numbers can be judged here.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Event, Timer
from typing import Any, Final

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.response import HTTPResponse
from urllib3.util import connection

from connectors.errors import UnreachableError
from connectors.urls import origin

Address = IPv4Address | IPv6Address

_METADATA: Final = tuple(
    ip_network(network) for network in ("100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32", "fd00:ec2::/32")
)
"""Services of cloud platforms that hand out credentials and are not link-local (Alibaba, Oracle, Azure, AWS)."""
_TOO_LATE: Final = "the head of the answer did not come in time"
_NAT64: Final = ip_network("64:ff9b::/96")


def refusal(address: Address, *, allow_private: bool, plain: bool) -> str:
    """Why no connection may be made to the address; empty when it may. `plain`: without TLS."""
    carried = _carried(address)
    if carried is not None:
        return refusal(carried, allow_private=allow_private, plain=plain)
    if address.is_link_local or any(address in network for network in _METADATA):
        return "it is link-local or a cloud platform's metadata service, which is never scanned"
    if address.is_unspecified or address.is_multicast or (address.is_reserved and not address.is_loopback):
        return "it is no address of a single host"
    if plain and not address.is_loopback:
        return "plain http is accepted on the loopback address only; use https"
    site_local = isinstance(address, IPv6Address) and address.is_site_local
    if (site_local or not address.is_global) and not allow_private:
        return "it is a private or loopback address; allow private addresses for this tenant if that is meant"
    return ""


def _carried(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for, by any of the schemes in use."""
    if not isinstance(address, IPv6Address):
        return None
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]


def _literal(host: str) -> Address | None:
    """The address that a host is written as, in any of the ways that resolvers accept (0x7f.1, 2130706433)."""
    written = host.strip("[]").partition("%")[0].removesuffix(".")
    try:
        return ip_address(written)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(written))
    except (OSError, ValueError):
        return None


class _Guarded(HTTPConnection):
    """Connects to judged addresses only, and bounds the time that the head of an answer takes."""

    allow_private = False

    def _new_conn(self) -> socket.socket:
        timeout = self.timeout if isinstance(self.timeout, int | float) else None
        fault: OSError | None = None
        for address in self._judged():
            try:
                return connection.create_connection(
                    (address, self.port), timeout, self.source_address, self.socket_options
                )
            except OSError as error:
                fault = error
        if isinstance(fault, TimeoutError):
            raise ConnectTimeoutError(self, "no connection in time") from fault
        raise NewConnectionError(self, "no connection") from fault

    def _judged(self) -> Iterator[str]:
        """The permitted addresses of the host, in the resolver's order. Raises when it has none."""
        host = self._dns_host.strip("[]")
        try:
            found = socket.getaddrinfo(host, self.port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            fault = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
            raise NameResolutionError(host, self, fault) from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        plain = not isinstance(self, HTTPSConnection)
        refused = {a: refusal(ip_address(a), allow_private=self.allow_private, plain=plain) for a in addresses}
        permitted = [address for address in addresses if not refused[address]]
        if not permitted:
            resolved = "" if addresses[0] == host else f" ({addresses[0]})"
            raise UnreachableError(f"Refused to connect to {host}{resolved}: {refused[addresses[0]]}.")
        yield from permitted

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        # A read timeout bounds each piece of the head, not the whole: a trickle of bytes would hold us for hours.
        seconds = self.timeout if isinstance(self.timeout, int | float) else None
        if seconds is None or self.sock is None:
            return super().getresponse()
        late = Event()
        watch = Timer(seconds, _shut, (self.sock, late))
        watch.daemon = True
        watch.start()
        try:
            response = super().getresponse()
        except (OSError, HTTPException):
            if late.is_set():
                raise TimeoutError(_TOO_LATE) from None
            raise
        finally:
            watch.cancel()
        if late.is_set():
            response.close()
            raise TimeoutError(_TOO_LATE)
        return response


def _shut(sock: socket.socket, late: Event) -> None:
    late.set()
    with suppress(OSError):  # it may have been closed in the meantime
        sock.shutdown(socket.SHUT_RDWR)


class _GuardedTls(_Guarded, HTTPSConnection):
    pass


class _Private(_Guarded):
    allow_private = True


class _PrivateTls(_GuardedTls):
    allow_private = True


def _pool_classes(*, allow_private: bool) -> dict[str, Any]:
    plain, tls = (_Private, _PrivateTls) if allow_private else (_Guarded, _GuardedTls)
    return {
        "http": type("GuardedPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("GuardedTlsPool", (HTTPSConnectionPool,), {"ConnectionCls": tls}),
    }


class GuardedAdapter(HTTPAdapter):
    """Transport for `requests` that judges every address before it connects."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pool_classes(allow_private=self._allow_private)

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        scheme, host, _ = origin(request.url or "")
        if scheme == "http":
            kwargs["proxies"] = {}  # accepted on the loopback address only, which no proxy can reach for us
        literal = _literal(host)
        if literal is not None and select_proxy(request.url or "", kwargs.get("proxies")):
            reason = refusal(literal, allow_private=self._allow_private, plain=False)
            if reason:
                raise UnreachableError(f"Refused to connect to {host}: {reason}.")
        return super().send(request, *args, **kwargs)
