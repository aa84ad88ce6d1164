"""Which addresses a URL found in data may lead to: public ones only, unless allowed.

A row of a data set is written by strangers. Fetched from inside a cluster, `http://10.0.0.5/`
or a cloud's metadata address would give them what only the cluster may see.
"""

import socket
from collections.abc import Callable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from schemas.audio.sound import DecodeError

Resolve = Callable[[str, int], Sequence[str]]
"""From a host name and a port to addresses; OSError if there are none."""

_NAT64 = IPv6Network("64:ff9b::/96")
_SPECIAL: tuple[IPv4Network | IPv6Network, ...] = tuple(
    map(
        ip_network,
        (
            "100.64.0.0/10",  # shared by a provider's customers
            "192.0.0.0/24",
            "192.88.99.0/24",
            "64:ff9b:1::/48",
            "3fff::/20",
            "5f00::/16",
            "fec0::/10",
        ),
    )
)
"""Networks that some versions of Python's list of special ones lack."""


def system_addresses(host: str, port: int) -> Sequence[str]:
    """Return the addresses that the system's resolver gives for a name.

    Raises:
        OSError: If it knows none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(address: str) -> bool:
    """Say whether an address is one of the open internet.

    An IPv6 address that carries an IPv4 address in itself counts as that one, and one that is
    IPv4 in disguise (`::ffff:...`) is never public: no name of the open internet has such.

    Raises:
        ValueError: If it is no address.

    Example:
        >>> [is_public(a) for a in ("93.184.215.14", "10.0.0.1", "100.64.0.1", "::1")]
        [True, False, False, False]
    """
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return False
        return _is_open(parsed) and all(map(_is_open, _carried(parsed)))
    return _is_open(parsed)


def any_address(address: str) -> bool:  # noqa: ARG001 (the counterpart of `is_public`)
    """Say that an address may be connected to, whichever it is."""
    return True


def checked_addresses(
    host: str, port: int, resolve: Resolve, accepts: Callable[[str], bool]
) -> Sequence[str]:
    """Resolve a name once, and check every address that it has.

    Args:
        host: Name or address, as a URL has it.
        port: Port.
        resolve: The resolver.
        accepts: Says of an address whether it may be connected to.

    Returns:
        The addresses, to be connected to as they are: asking again could give others.

    Raises:
        DecodeError: `private_address` if one of them is not public, `unreachable` if there is
            none.
    """
    try:
        addresses = list(resolve(host, port))
    except (OSError, UnicodeError) as error:
        raise DecodeError("unreachable", f"expected an address of {host}: {error}") from error
    if not addresses:
        raise DecodeError("unreachable", f"expected an address of {host}, got none")
    for address in addresses:
        if not accepts(address):
            msg = (
                f"expected a public address, {host} leads to {address}; "
                "--allow-private accepts it, if the data is to be trusted"
            )
            raise DecodeError("private_address", msg)
    return addresses


def _is_open(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address is global, and none of the kinds that no server has."""
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    local = address.is_loopback or address.is_link_local or address.is_private
    listed = any(address in network for network in _SPECIAL)
    return address.is_global and not (special or local or listed)


def _carried(address: IPv6Address) -> list[IPv4Address]:
    """Return the IPv4 addresses inside an IPv6 address: NAT64, 6to4, Teredo."""
    carried = [address.sixtofour, *(address.teredo or ())]
    if address in _NAT64 or int(address) < 2**32:  # the latter: IPv4-compatible, long deprecated
        carried.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in carried if one is not None]
