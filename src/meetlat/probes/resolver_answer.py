# SPDX-License-Identifier: EUPL-1.2
"""An answer of the resolver, read as far as anyone looks at it: the records of the answer section and what EDNS says.

``dns.message.from_wire`` reads every section into sets of records; that was an eighth of all processor time of a measurement, most of it
for the SOA record below "no data". Here the pieces of dnspython (names, data of records) are taken one by one, and what nobody reads is
passed over.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import dns.edns
import dns.exception
import dns.flags
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.wire
from dns.rdtypes.ANY.OPT import OPT

_RECORD = "!HHIH"  # type, class, TTL and length of the data (RFC 1035, 4.1.3)
_MOST_TTL = 0x7FFF_FFFF  # more counts as nothing (RFC 2181, 8)
_TYPE_AND_CLASS = 4


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the answer section."""

    owner: dns.name.Name
    type: dns.rdatatype.RdataType
    ttl: int
    data: dns.rdata.Rdata


@dataclass(frozen=True, slots=True)
class ResolverAnswer:
    """What the resolver said. ``is_authentic`` is its AD bit; ``errors`` are extended errors (RFC 8914) as code and text."""

    rcode: dns.rcode.Rcode
    is_authentic: bool
    records: tuple[Record, ...]
    errors: list[tuple[int, str]]

    def texts(self, record_type: str) -> list[str]:
        """Return the data of all records of a type as text, sorted."""
        return sorted(str(record.data) for record in self.records if record.type.name == record_type)


def read_answer(message: bytes, skipped_types: frozenset[dns.rdatatype.RdataType] = frozenset()) -> ResolverAnswer:
    """Read an answer in wire format; what comes behind it is passed over. Raises dns.exception.DNSException and ValueError."""
    parser = dns.wire.Parser(message)
    _, flags, questions, answers, authority, additional = parser.get_struct("!HHHHHH")
    for _ in range(questions):
        dns.name.from_wire_parser(parser)
        parser.get_bytes(_TYPE_AND_CLASS)
    records = tuple(_records(parser, answers, skipped_types))
    for _ in range(authority):
        _skip(parser)
    extended_flags = 0
    errors: list[tuple[int, str]] = []
    for _ in range(additional):
        dns.name.from_wire_parser(parser)
        kind, sender, extended, length = parser.get_struct(_RECORD)
        if kind != dns.rdatatype.OPT or not length:
            parser.get_bytes(length)
            extended_flags = extended if kind == dns.rdatatype.OPT else extended_flags
            continue
        extended_flags = extended
        errors += _errors(_data(parser, sender, kind, length))
    return ResolverAnswer(dns.rcode.from_flags(flags, extended_flags), bool(flags & dns.flags.AD), records, errors)


def _records(parser: dns.wire.Parser, count: int, skipped_types: frozenset[dns.rdatatype.RdataType]) -> Iterator[Record]:
    """Read records, but for those of some types."""
    for _ in range(count):
        owner = dns.name.from_wire_parser(parser)
        kind, of_class, ttl, length = parser.get_struct(_RECORD)
        if kind in skipped_types:
            parser.get_bytes(length)
            continue
        data = _data(parser, of_class, kind, length)
        yield Record(owner, data.rdtype, ttl if ttl <= _MOST_TTL else 0, data)


def _data(parser: dns.wire.Parser, of_class: int, kind: int, length: int) -> dns.rdata.Rdata:
    """Read the data of one record."""
    if length > parser.remaining():
        raise ValueError("a record longer than its message")
    with parser.restrict_to(length):
        return dns.rdata.from_wire_parser(dns.rdataclass.RdataClass.make(of_class), dns.rdatatype.RdataType.make(kind), parser)


def _skip(parser: dns.wire.Parser) -> None:
    """Pass over one record."""
    dns.name.from_wire_parser(parser)
    *_, length = parser.get_struct(_RECORD)
    parser.get_bytes(length)


def _errors(data: dns.rdata.Rdata) -> list[tuple[int, str]]:
    """Read the extended errors out of an OPT record."""
    options = data.options if isinstance(data, OPT) else ()
    return [(int(option.code), (option.text or "")[:200]) for option in options if isinstance(option, dns.edns.EDEOption)]
