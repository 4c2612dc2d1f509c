"""Wrong tokens, counted by where they come from.

A right token is always let in: a stranger who guesses behind the same router, or another user of
this computer, can keep nobody out. Guessing is hopeless in any case, as tokens have 256 random
bits; what the limit bounds is the work and the lines of the log that guessing costs.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

BURST = 10
"""Wrong tokens that are answered as such at once; more than an editor's retries."""
REFILL_SECONDS = 1.0
"""After so long one more is."""
_PLACES = 4096
_IPV6_NETWORK = 64
"""One customer has at least so many addresses of IPv6: a network is one place."""


class Attempt(NamedTuple):
    """A wrong token: the seconds to wait if there were too many, the ``first`` time or again."""

    wait_seconds: float = 0.0
    first: bool = False


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float
    told: bool = False


class Attempts:
    """Token buckets by place; at most a few thousand are remembered."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def failed(self, place: str) -> Attempt:
        """Count a wrong token."""
        now = self._clock()
        bucket = self._buckets.setdefault(place, _Bucket(BURST, now))
        self._buckets.move_to_end(place)
        if len(self._buckets) > _PLACES:
            self._buckets.popitem(last=False)
        bucket.left = min(BURST, bucket.left + (now - bucket.at) / REFILL_SECONDS)
        bucket.at = now
        if bucket.left >= 1:
            bucket.left -= 1
            # Told anew only after a rest, as one who goes on guessing has one more now and then.
            bucket.told = bucket.told and bucket.left < BURST // 2
            return Attempt()
        first, bucket.told = not bucket.told, True
        return Attempt((1 - bucket.left) * REFILL_SECONDS, first)


def host_of(peer: str) -> str:
    """The address in a peer as gRPC names it, such as ``ipv6:%5B::1%5D:50051``; else all of it."""
    kind, _, address = peer.partition(":")
    return unquote(address).rpartition(":")[0].strip("[]") if kind in ("ipv4", "ipv6") else peer


def place_of(peer: str) -> str:
    """Where a peer is: its address, or its network in IPv6."""
    host = host_of(peer).partition("%")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address) or address.is_loopback:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _IPV6_NETWORK), strict=False))
