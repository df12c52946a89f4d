"""The client's network address, read from X-Forwarded-For so that no client can choose its own.

Each proxy adds the address that called it at the right end of the header. All further left came with the request, and
may be made up. `hops` proxies of ours stand before the app, so the entry that counts is the one `hops` from the right.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_SITE_BITS = 64
_LONGEST = 64
_BRACKETED = re.compile(r"\[([^\]]*)\](?::\d+)?\Z")
_WITH_PORT = re.compile(r"([0-9.]+):\d+\Z")


def client_address(forwarded_for: str | None, hops: int) -> str | None:
    """The address that the outermost of `hops` proxies was called from; None where none is known.

    It is None where no proxy is trusted (`hops` 0), there is no header, or the entry is no address. An entry may have a
    port and brackets. Of an IPv6 address the /64 network counts, because one customer has at least that many addresses.
    A header with fewer entries than proxies did not pass all of them: then the first entry counts.
    """
    if forwarded_for is None or hops < 1:
        return None
    entries = forwarded_for.rsplit(",", hops)[-hops:]
    return _network(entries[0].strip().strip('"'))


def _network(entry: str) -> str | None:
    found = _BRACKETED.match(entry) or _WITH_PORT.match(entry)
    text = found.group(1) if found else entry
    if len(text) > _LONGEST:
        return None
    try:
        address: IPv4Address | IPv6Address | None = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(IPv6Network((int(address), _SITE_BITS), strict=False))
        address = address.ipv4_mapped
    return str(address)
