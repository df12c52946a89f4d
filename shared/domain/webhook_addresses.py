"""Where webhooks may go: to public addresses, by https, and nowhere into our own network (rules 21).

An owner types the address, so it may be anything: a name that leads to the cloud's metadata service, to the database,
to this very machine. The text is looked at when it is stored, and each address that its name leads to when connecting.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

MAX_URL = 2000
PORTS = (443, 8443)

_REFUSED = tuple(
    ipaddress.ip_network(each)
    for each in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        # Azure's own: it answers every machine there, and looks public.
        "168.63.129.16/32",
    )
)
_PUBLIC_V6 = ipaddress.ip_network("2000::/3")
_REFUSED_V6 = tuple(
    ipaddress.ip_network(each)
    for each in (
        "2001::/23",
        "2001:db8::/32",
        # An IPv4 address is wrapped in these: whatever it is, it is no web server's own address.
        "2002::/16",
        "3fff::/20",
    )
)
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?")
_NUMBER = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)\.?\Z")
"""A host that ends in a number is an IP address to resolvers, however it is written: 127.1, 2130706433, 0x7f000001."""
_ASCII = re.compile(r"[\x21-\x7e]+")


class AddressError(ValueError):
    """A webhook may not go there. The message says why, for the owner to read."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a webhook goes. `host`: a name, or an IP address without brackets."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """What stands in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"https": 443, "http": 80}[self.scheme] else f"{host}:{self.port}"


def parsed(url: str, *, this_machine: bool) -> Address:
    """The address in a URL. `this_machine`: the loopback addresses are allowed, and http to them.

    Raises AddressError.
    """
    if len(url) > MAX_URL or not _ASCII.fullmatch(url) or "\\" in url:
        raise AddressError("It must be a web address in ASCII without spaces, of at most 2,000 characters.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressError("This is no web address.") from None
    if parts.scheme not in ("https", "http") or not host or "@" in parts.netloc or "#" in url:
        raise AddressError("It must begin with https://, and have no user and no fragment.")
    near = this_machine and is_this_machine(host)
    if parts.scheme == "http" and not near:
        raise AddressError("It must begin with https://.")
    if port is None:
        port = 443 if parts.scheme == "https" else 80
    if port not in PORTS and not near:
        raise AddressError(f"Its port must be one of {', '.join(map(str, PORTS))}.")
    literal = ip_of(host)
    if literal is None and (not _HOST.fullmatch(host) or _NUMBER.search(host)):
        raise AddressError("This is no name of a host.")
    if literal is not None and is_refused(literal, this_machine=this_machine):
        raise AddressError("Webhooks cannot go to this address.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(parts.scheme, host, port, target)


def is_this_machine(host: str) -> bool:
    """Whether a host's text names the loopback interface."""
    literal = ip_of(host)
    return host == "localhost" if literal is None else literal.is_loopback


def ip_of(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address that a host's text is; None for anything else. A scope (`fe80::1%eth0`) is cut off."""
    address, percent, _ = host.partition("%")
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    # Only IPv6 has scopes: 127.0.0.1%2f.a.example is a text that hides a name behind an address.
    return None if percent and found.version == 4 else found


def is_refused(address: IPv4Address | IPv6Address, *, this_machine: bool) -> bool:
    """Whether nothing is ever sent there: whatever is not public. `this_machine`: loopback addresses are allowed."""
    if this_machine and address.is_loopback:
        return False
    if isinstance(address, IPv4Address):
        return not address.is_global or any(address in network for network in _REFUSED)
    # IPv4 inside IPv6 (::ffff:10.0.0.1, 64:ff9b::) lies outside of what is public.
    return not address.is_global or address not in _PUBLIC_V6 or any(address in network for network in _REFUSED_V6)
