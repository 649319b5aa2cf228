# SPDX-License-Identifier: EUPL-1.2
"""The probe for ``dns`` needs: one question to the validating resolver, with what validation said of it."""

from collections.abc import Mapping

import dns.exception
import dns.rcode
import dns.rdatatype
from dns.rdtypes.ANY.CAA import CAA
from dns.rdtypes.txtbase import TXTBase

from meetlat.model.evidence import Failure, Need
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.resolver import Resolver
from meetlat.probes.resolver_answer import ResolverAnswer

_MAX_RECORDS = 1_000
_MAX_DATA = 16_384
_USABLE = {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}
# With these the resolver speaks of itself: whatever is wrong at the other side, it reports as SERVFAIL (RFC 4035, 5.5).
_OUR_OWN = {dns.rcode.REFUSED, dns.rcode.FORMERR, dns.rcode.NOTIMP}


class DnsProbe:
    """Answers needs of kind ``dns``: subject is the name, detail the type."""

    kind = "dns"

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    async def observe(self, need: Need) -> Mapping[str, object]:
        """Ask, and on SERVFAIL ask again with checking disabled: an answer then means bogus, none means that nobody can tell.

        Answer: rcode, security (secure, insecure, bogus), ede [[code, text]], records [[owner, type, ttl, data]].
        Raises NoAnswerError: SERVFAIL, DNS_TIMEOUT, RESOLVER_DOWN, MALFORMED; NOT_ASKED when the subject is no name.
        """
        try:
            first = await self._resolver.ask(need.subject, need.detail)
            if first.rcode in _USABLE:
                security = "secure" if first.is_authentic else "insecure"
                return {"rcode": first.rcode.name, "security": security, "ede": first.errors, "records": _records(first)}
            if first.rcode in _OUR_OWN:
                raise NoAnswerError(Failure.RESOLVER_DOWN, f"the resolver says {dns.rcode.to_text(first.rcode)}")
            unchecked = await self._resolver.ask(need.subject, need.detail, checking_disabled=True)
        except (dns.exception.DNSException, UnicodeError) as error:
            raise NoAnswerError(Failure.NOT_ASKED, f"{type(error).__name__}: {error}") from error
        if unchecked.rcode in _USABLE:
            told = {"rcode": unchecked.rcode.name, "security": "bogus", "ede": first.errors, "records": _records(unchecked)}
            # Validation may have failed for a passing reason (a lost DNSKEY answer), so it deserves a second look.
            return {**told, "complete": False}
        said = "; ".join(f"{code} {text}".strip() for code, text in first.errors)
        raise NoAnswerError(Failure.SERVFAIL, f"{dns.rcode.to_text(first.rcode)} {said}".strip())


def _records(answer: ResolverAnswer) -> list[tuple[str, str, int, str]]:
    """Write the records down, bounded."""
    found = [
        (record.owner.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(record.type), record.ttl, _data(record.data))
        for record in answer.records
    ]
    # The order in which servers shuffle records is no fact of theirs.
    return sorted(found)[:_MAX_RECORDS]


def _data(rdata: object) -> str:
    """Write record data as text: names lower case without a final dot, TXT strings joined (RFC 7208, 3.3)."""
    if isinstance(rdata, TXTBase):
        return b"".join(rdata.strings).decode("ascii", errors="backslashreplace")[:_MAX_DATA]
    text = str(rdata)
    if isinstance(rdata, CAA):
        return text[:_MAX_DATA]  # its value is no name: case and dots are the grammar's to judge (RFC 8659, 4)
    # One dot only: the dot before the final one is escaped, and part of the last label.
    parts = (part if part == "." else part.removesuffix(".") for part in text.lower().split(" "))
    return " ".join(parts)[:_MAX_DATA]
