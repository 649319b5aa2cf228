# SPDX-License-Identifier: EUPL-1.2
"""The addresses of a host, and which of them answer."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from meetlat.facts.dns import DnsAnswer, answer_for, question
from meetlat.model.evidence import Evidence, Need, Observation, derived

# A host with more addresses than this is looked at on the first of each family, sorted: enough to see a difference, polite to large farms.
MAX_ADDRESSES_PER_FAMILY = 3


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of a host; ``is_known`` is False when a question about them has no answer."""

    ipv4: tuple[str, ...]
    ipv6: tuple[str, ...]
    is_known: bool

    @property
    def all(self) -> tuple[str, ...]:
        """Every address, IPv6 first."""
        return self.ipv6 + self.ipv4

    @property
    def none_exist(self) -> bool:
        """Whether it is established that the host has no address at all."""
        return self.is_known and not self.all


def address_questions(host: str) -> tuple[Need, Need]:
    """Return the two questions for the addresses of a host."""
    return question(host, "A"), question(host, "AAAA")


@derived
def addresses(host: str, seen: Evidence) -> Addresses:
    """Read the addresses of a host, sorted, at most three of each family. IPv4-mapped IPv6 addresses are no IPv6."""
    ipv4, ipv6 = answer_for(host, "A", seen), answer_for(host, "AAAA", seen)
    return Addresses(
        ipv4=_first(ipv4.values("A") if ipv4 else ()),
        ipv6=ipv6_of(ipv6) if ipv6 else (),
        is_known=ipv4 is not None and ipv6 is not None,
    )


def ipv6_of(answer: DnsAnswer) -> tuple[str, ...]:
    """Read the IPv6 addresses in the answer to a question for AAAA, as ``addresses`` does."""
    return _first(tuple(address for address in answer.values("AAAA") if not is_mapped(address)))


@lru_cache(maxsize=4_096)  # every rule asks it of the same few
def is_mapped(address: str) -> bool:
    """Whether an IPv6 address is an IPv4 address in disguise (RFC 4291, 2.5.5.2)."""
    parsed = ip_address(address)
    return isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None


@lru_cache(maxsize=4_096)
def _first(values: tuple[str, ...]) -> tuple[str, ...]:
    """Keep the first few in a fixed order, so that the same question is asked next time."""
    return tuple(sorted(set(values), key=ip_address)[:MAX_ADDRESSES_PER_FAMILY])


def connected(observation: Observation | None) -> bool | None:
    """Whether a TCP connection came about: True, False when it failed twice, None when that is not (yet) known."""
    if observation is None:
        return None
    if observation.failure is None or observation.failure.reached:
        return True
    return False if observation.is_confirmed and observation.failure.cause.value != "ours" else None
