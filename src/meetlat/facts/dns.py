# SPDX-License-Identifier: EUPL-1.2
"""DNS answers as facts: what was said, and how far it can be trusted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import cast

from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Need


class Security(Enum):
    """What DNSSEC validation said of an answer (RFC 4035, 4.3)."""

    SECURE = "secure"
    INSECURE = "insecure"
    BOGUS = "bogus"


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """One resource record of an answer; names are lower case without a final dot, TXT strings are joined."""

    owner: str
    type: str
    data: str


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """A resolver's answer to one question. ``ede`` holds extended errors (RFC 8914) as (code, text)."""

    rcode: str
    security: Security
    records: tuple[DnsRecord, ...]
    ede: tuple[tuple[int, str], ...]

    @property
    def name_exists(self) -> bool:
        """Whether the name exists, with or without data of the asked type (RFC 8020)."""
        return self.rcode == "NOERROR"

    def values(self, record_type: str) -> tuple[str, ...]:
        """Return the data of all records of this type, whatever their owner (so through CNAMEs)."""
        return tuple(record.data for record in self.records if record.type == record_type)


def question(name: str, record_type: str) -> Need:
    """Return the need that asks the validating resolver for a name and type."""
    return Need("dns", name, record_type)


def read(need: Need, seen: Evidence) -> DnsAnswer | None:
    """Read the answer to a DNS question, or None when there is none."""
    return seen.reading(need, _read)


def answer_for(name: str, record_type: str, seen: Evidence) -> DnsAnswer | None:
    """Read the answer for a name and type, or None when there is none."""
    return read(question(name, record_type), seen)


def _read(answer: Mapping[str, object]) -> DnsAnswer:
    """Turn the stored answer into a typed one."""
    records = cast("Sequence[Sequence[str]]", answer["records"])
    ede = cast("Iterable[tuple[int, str]]", answer.get("ede", ()))
    return DnsAnswer(
        rcode=str(answer["rcode"]),
        security=Security(answer["security"]),
        records=tuple(DnsRecord(owner, record_type, data) for owner, record_type, _, data in records),
        ede=tuple((code, text) for code, text in ede),
    )


def existence(domain: Domain) -> Need:
    """Return the need that tells whether a domain exists and how its zone is signed: the SOA question for the name itself."""
    return question(domain.name, "SOA")


def does_not_exist(domain: Domain, seen: Evidence) -> bool:
    """Whether it is established that the domain does not exist (NXDOMAIN)."""
    answer = read(existence(domain), seen)
    return answer is not None and answer.rcode == "NXDOMAIN"
