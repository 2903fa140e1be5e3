"""Where a request comes from: the other end of its connection, or what a trusted proxy says of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

UNKNOWN = "unknown"
_LONGEST = 100
"""Signs of an address, with the name of its zone."""


def networks(text: str) -> tuple[Network, ...]:
    """`10.0.0.1, 192.168.0.0/16`. Raises ValueError."""
    return tuple(ip_network(each.strip()) for each in text.split(",")) if text.strip() else ()


def client_of(peer: str | None, forwarded_for: Sequence[str], trusted: Sequence[Network]) -> str:
    """
    Whom a request is counted for.

    `forwarded_for` are the values of X-Forwarded-For, which anybody can write: they are read from the right, and as
    far as a trusted proxy has written them. Of an IPv6 address only the network (/64) counts, which is one customer's.
    """
    if not forwarded_for:
        return _told(peer) if peer and len(peer) <= _LONGEST else UNKNOWN
    address = _address(peer)
    if address is None:
        return UNKNOWN
    said = [each for value in forwarded_for for each in value.split(",")]
    while said and _is_trusted(address, trusted):
        before = _address(said.pop().strip())
        if before is None:
            break
        address = before
    return _written(address)


@lru_cache(maxsize=1000)
def _told(peer: str) -> str:
    address = _address(peer)
    return UNKNOWN if address is None else _written(address)


def _written(address: Address) -> str:
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address)


def is_secure(scheme: str, peer: str | None, forwarded_proto: Sequence[str], trusted: Sequence[Network]) -> bool:
    """Whether a request came over TLS: to here, or to the trusted proxy that says so (X-Forwarded-Proto)."""
    address = _address(peer)
    is_told = address is not None and _is_trusted(address, trusted) and bool(forwarded_proto)
    return scheme == "https" or (is_told and forwarded_proto[-1].rpartition(",")[2].strip().lower() == "https")


def _address(text: str | None) -> Address | None:
    return _parsed(text) if text and len(text) <= _LONGEST else None


@lru_cache(maxsize=1000)
def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)
