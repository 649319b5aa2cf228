# SPDX-License-Identifier: EUPL-1.2
"""A fast signer of zones, with every fault that the lab wants on purpose.

dnspython's own signer makes about a hundred zones a second and only good ones; this one makes several hundred, and bad ones too.
Names and record data are still put into wire form by dnspython.
"""

import base64
import hashlib
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from lab.plan import Record, Signing

_ALGORITHM = 13  # ECDSAP256SHA256, RFC 6605
_DAY = timedelta(days=1)
_IN = dns.rdataclass.IN
_NEVER_SIGNED = {"NS", "A", "AAAA"}  # at or below a delegation
Names = dict[dns.name.Name, dict[str, list[Record]]]


@dataclass(frozen=True, slots=True)
class ZoneKey:
    """One key that signs all (a CSK), with its DNSKEY and key tag."""

    private: ec.EllipticCurvePrivateKey
    dnskey: str
    tag: int


def make_key(seed: str) -> ZoneKey:
    """Make the key that belongs to a seed: the lab is the same each time it is raised, but for the moment."""
    number = int.from_bytes(hashlib.sha384(seed.encode()).digest(), "big") % (2**255) + 1
    private = ec.derive_private_key(number, ec.SECP256R1())
    point = private.public_key().public_numbers()
    public = point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big")
    dnskey = f"257 3 {_ALGORITHM} {base64.b64encode(public).decode()}"
    rdata = dns.rdata.from_text(_IN, dns.rdatatype.DNSKEY, dnskey)
    return ZoneKey(private, dnskey, dns.dnssec.key_id(rdata))  # type: ignore[arg-type] # it is a DNSKEY


def ds_of(zone: str, key: ZoneKey) -> str:
    """Return the DS record data for a zone signed with a key (RFC 4509)."""
    rdata = dns.rdata.from_text(_IN, dns.rdatatype.DNSKEY, key.dnskey)
    return dns.dnssec.make_ds(zone + ".", rdata, "SHA256").to_text()


def signed_zone(origin: str, records: Sequence[Record], signing: Signing, key: ZoneKey, now: datetime) -> str:
    """Return the text of a zone file, signed (or spoilt) as asked."""
    if signing in {Signing.UNSIGNED, Signing.DS_BUT_UNSIGNED}:
        return "".join(f"{one.name}. {one.ttl} IN {one.type} {one.data}\n" for one in records)
    zone = _Zone(origin, [*records, Record(origin, "DNSKEY", key.dnskey)], key, _period(signing, now))
    return "".join(zone.lines(nsec3=signing is Signing.SIGNED_NSEC3, signs=signing is not Signing.MISSING_RRSIG))


def _period(signing: Signing, now: datetime) -> tuple[int, int]:
    """Return from when until when the signatures are valid, in seconds since 1970."""
    begin, end = now - 2 * _DAY, now + 28 * _DAY
    if signing is Signing.EXPIRED:
        begin, end = now - 30 * _DAY, now - _DAY
    elif signing is Signing.NOT_YET_VALID:
        begin, end = now + 2 * _DAY, now + 30 * _DAY
    return int(begin.timestamp()), int(end.timestamp())


class _Zone:
    """A zone on its way to being signed."""

    def __init__(self, origin: str, records: Iterable[Record], key: ZoneKey, period: tuple[int, int]) -> None:
        self.origin = dns.name.from_text(origin)
        self.key = key
        self.period = period
        self.names: Names = defaultdict(lambda: defaultdict(list))
        for record in records:
            self.names[dns.name.from_text(record.name)][record.type].append(record)
        self.cuts = {name for name, types in self.names.items() if "NS" in types and name != self.origin}

    def lines(self, *, nsec3: bool, signs: bool) -> Iterator[str]:
        """Yield the lines of the zone file. Without ``signs`` only the DNSKEY is signed: the rest has lost its signatures."""
        denial = "NSEC3" if nsec3 else "NSEC"
        if nsec3:
            self.names[self.origin]["NSEC3PARAM"].append(Record(_shown(self.origin), "NSEC3PARAM", "1 0 0 -", 0))
        extra = list(self._nsec3() if nsec3 else self._nsec())
        for record in extra:
            self.names[dns.name.from_text(record.name)][denial].append(record)
        for name, types in self.names.items():
            for kind, records in types.items():
                yield from (f"{record.name}. {record.ttl} IN {kind} {record.data}\n" for record in records)
                if (signs or kind == "DNSKEY") and self._is_signed(name, kind):
                    yield self._signature(name, kind, records)

    def _is_below_cut(self, name: dns.name.Name) -> bool:
        """Whether a name lies below a delegation, so holds only glue."""
        # From the name upwards: going past all cuts is quadratic, and a top-level domain has thousands of them.
        while len(name) > len(self.origin):
            name = name.parent()
            if name in self.cuts:
                return True
        return False

    def _is_signed(self, name: dns.name.Name, kind: str) -> bool:
        """Whether records of this name and type are this zone's to sign."""
        if name in self.cuts:
            return kind not in _NEVER_SIGNED
        return not (kind in {"A", "AAAA"} and self._is_below_cut(name))

    def _authoritative(self) -> list[dns.name.Name]:
        """List the names that the zone speaks for, delegations included, in canonical order."""
        return sorted(name for name in self.names if not self._is_below_cut(name))

    def _nsec(self) -> Iterator[Record]:
        """Make the NSEC chain (RFC 4034, 4)."""
        ordered = self._authoritative()
        for name, following in zip(ordered, [*ordered[1:], ordered[0]], strict=True):
            types = self._types(name) | {"NSEC", "RRSIG"}
            yield Record(_shown(name), "NSEC", f"{following.to_text()} {_sorted_types(types)}")

    def _nsec3(self) -> Iterator[Record]:
        """Make the NSEC3 chain without salt or extra iterations (RFC 5155; RFC 9276), empty non-terminals included."""
        names = set(self._authoritative())
        for name in list(names):
            parent = name.parent()
            while parent != self.origin and parent.is_subdomain(self.origin):
                names.add(parent)
                parent = parent.parent()
        hashed = sorted((dns.dnssec.nsec3_hash(name, None, 0, 1), name) for name in names)
        zone = _shown(self.origin)
        for (digest, name), (following, _) in zip(hashed, [*hashed[1:], hashed[0]], strict=True):
            types = self._types(name) if name in self.names else set()
            signed = types | ({"RRSIG"} if types - ({"NS"} if name in self.cuts else set()) else set())
            yield Record(f"{digest.lower()}.{zone}", "NSEC3", f"1 0 0 - {following} {_sorted_types(signed)}".strip())

    def _types(self, name: dns.name.Name) -> set[str]:
        """List the types at a name that belong in its denial record."""
        types = {kind for kind in self.names[name] if kind not in {"NSEC", "NSEC3"}}
        return types & {"NS", "DS"} if name in self.cuts else types

    def _signature(self, name: dns.name.Name, kind: str, records: Sequence[Record]) -> str:
        """Make the RRSIG of a set of records (RFC 4034, 3.1.8.1)."""
        number = dns.rdatatype.from_text(kind)
        ttl = records[0].ttl
        begin, end = self.period
        labels = len(name) - 1 - name.is_wild()  # RFC 4034, 3.1.3: neither the root nor a wildcard counts
        head = struct.pack("!HBBIIIH", number, _ALGORITHM, labels, ttl, end, begin, self.key.tag)
        signer = self.origin.to_digestable()
        owner = name.to_digestable() + struct.pack("!HHI", number, 1, ttl)
        wires = sorted({dns.rdata.from_text(_IN, number, record.data).to_digestable(dns.name.root) for record in records})
        data = head + signer + b"".join(owner + struct.pack("!H", len(wire)) + wire for wire in wires)
        first, second = decode_dss_signature(self.key.private.sign(data, ec.ECDSA(hashes.SHA256())))
        signature = base64.b64encode(first.to_bytes(32, "big") + second.to_bytes(32, "big")).decode()
        shown = f"{kind} {_ALGORITHM} {labels} {ttl} {_moment(end)} {_moment(begin)} {self.key.tag} {self.origin.to_text()} {signature}"
        return f"{name.to_text()} {ttl} IN RRSIG {shown}\n"


def _moment(seconds: int) -> str:
    """Write a moment as RRSIG has it; NSD does not read the other form, plain seconds, as RFC 4034, 3.2 means it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%d%H%M%S")


def _shown(name: dns.name.Name) -> str:
    """Write a name as a Record has it: without the final dot, so empty for the root."""
    return name.to_text(omit_final_dot=True).removesuffix(".") if name == dns.name.root else name.to_text(omit_final_dot=True)


def _sorted_types(types: Iterable[str]) -> str:
    """Write the types of a denial record."""
    return " ".join(sorted(types, key=dns.rdatatype.from_text))
