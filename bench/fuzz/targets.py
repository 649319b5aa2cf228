# SPDX-License-Identifier: EUPL-1.2
"""Every parser of hostile bytes, as a function that takes any bytes and lets through nothing but what the parser may raise."""

import asyncio
import base64
import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

import dns.message
import h11

from bench.fuzz import sources
from meetlat.facts import caa, certificates, csp, dmarc, hsts, likeness, ocsp, response_headers, security_txt, spf, tlsa, urls
from meetlat.model.domain import Domain
from meetlat.probes import http, name_server
from meetlat.probes.failing import NoAnswerError
from meetlat.probes.smtp_dialogue import SmtpDialogue
from meetlat.probes.tls import client12, client13
from meetlat.probes.tls.client import start
from meetlat.probes.tls.flight import Flight, FlightError, read_chain, read_chain_staple
from meetlat.probes.tls.key_exchange import encrypted_premaster, is_signed_by, proof_of
from meetlat.probes.tls.protection import Sealing13, sealings, traits
from meetlat.probes.tls.secrets import Schedule13
from meetlat.probes.tls.session import Session, Wishes, opening
from meetlat.probes.tls.ssl2_flight import Ssl2Flight
from meetlat.probes.tls.wire import Wire

_AT = datetime(2026, 6, 1, tzinfo=UTC)
_LARGEST_BODY = 65_536  # of a web page; the probe keeps no more


@dataclass(frozen=True)
class Target:
    """One parser, and the tests in whose literals its seeds stand."""

    run: Callable[[bytes], None]
    tests: tuple[str, ...]


class _Told:
    """A channel that says some bytes, in pieces of the size that the first of them tells, and closes."""

    def __init__(self, content: bytes) -> None:
        self._size, self._left = 1 + (content[0] if content else 0) * 64, content[1:]

    async def send(self, content: bytes) -> None:
        """Take anything."""

    async def receive(self) -> bytes:
        """Give the next piece."""
        piece, self._left = self._left[: self._size], self._left[self._size :]
        return piece

    async def close(self) -> None:
        """Take leave."""


def _text(content: bytes) -> str:
    """Read as the probes do."""
    return content.decode("utf-8", errors="replace")


def tls_flight(content: bytes) -> None:
    """The first flight, in pieces; and what is done with it."""
    flight = Flight()
    with suppress(FlightError):
        for at in range(0, len(content), 97):
            if flight.feed(content[at : at + 97]):
                break
        if (proof := proof_of(flight.reply, bytes(32))) is not None:
            _ = proof.holds
    if len(content) > 300_000 and not flight.is_done:
        raise AssertionError("more was taken in than is allowed")


def ssl2_flight(content: bytes) -> None:
    """The answer on a hello of SSL 2.0."""
    flight = Ssl2Flight()
    with suppress(FlightError):
        for at in range(0, len(content), 97):
            if flight.feed(content[at : at + 97]):
                break


def tls_client(content: bytes) -> None:
    """A whole handshake of our client with a server that says these bytes."""
    with suppress(NoAnswerError):
        _loop(start(_Told(content), Wishes("loopback.test", wants_proof=True)))
        raise AssertionError("a session out of nothing")


def tls13_messages(content: bytes) -> None:
    """The messages of TLS 1.3 that come sealed, as if they had been opened: the flight, and what follows the handshake."""
    wire, begun, schedule = Wire(_Told(content)), opening(Wishes("loopback.test", wants_proof=True)), Schedule13("sha256", bytes(32))
    session = Session(wire, 0x0304, 0x1301, 0x1D, [])
    known = traits(0x1301)
    assert known is not None  # noqa: S101 - for the types
    with suppress(NoAnswerError, FlightError):
        _loop(client13._read_flight(wire, begun, session, schedule, bytes(32)))  # noqa: SLF001 - what is sealed cannot be reached in another way
        raise AssertionError("a Finished out of nothing")
    with suppress(FlightError):
        read_chain(content, is13=True)
        read_chain_staple(content)
    wire.messages[:] = content
    with suppress(NoAnswerError):
        _loop(client13.After13(schedule, known, bytes(32)).take(session))


def tls12_messages(content: bytes) -> None:
    """The messages of TLS 1.2 after the server hello, with the suite that the first two octets name."""
    wire, begun = Wire(_Told(content[2:])), opening(Wishes("loopback.test", wants_proof=True))
    begun.reply.version, begun.reply.suite = 0x0303, int.from_bytes(content[:2], "big")
    with suppress(NoAnswerError, FlightError):
        _loop(client12.finish12(wire, begun))
        raise AssertionError("a Finished out of nothing")


def tls_records(content: bytes) -> None:
    """Sealed records: whatever the suite, what was not sealed by the other side does not open."""
    suite, version = ((0x1301, 0x0304), (0xC02F, 0x0303), (0xCCA8, 0x0303), (0x2F, 0x0303), (0x2F, 0x0301), (0x05, 0x0301), (0x0A, 0x0300))[
        content[0] % 7 if content else 0
    ]
    known, keys = traits(suite), hashlib.shake_128(b"keys").digest(200)
    assert known is not None  # noqa: S101 - for the types
    theirs = Sealing13(known, keys[: known.key_size], keys[-12:]) if version == 0x0304 else sealings(known, version, keys)[1]
    wire = Wire(_Told(content[1:]))
    wire.theirs = theirs
    with suppress(NoAnswerError, EOFError):
        while True:
            kind, _ = _loop(wire.receive())
            if kind != 20:
                raise AssertionError("a record that nobody sealed")


def smtp_replies(content: bytes) -> None:
    """The whole dialogue up to STARTTLS."""
    with suppress(NoAnswerError):
        _loop(SmtpDialogue(_Told(content)).begin_tls("meetlat.test"))


def http_answer(content: bytes) -> None:
    """Head and body of an answer, within our bounds."""
    connection = http._Connection(_Told(content))  # noqa: SLF001 - the reading, without a network
    connection.protocol.send(h11.Request(method="GET", target="/", headers=[("Host", "a.test")]))
    connection.protocol.send(h11.EndOfMessage())
    with suppress(NoAnswerError, h11.RemoteProtocolError):
        response = _loop(http._read_head(connection))  # noqa: SLF001 - idem
        body, is_whole = _loop(http._read_body(connection))  # noqa: SLF001 - idem
        told = http._told(response, body, is_whole, None)  # noqa: SLF001 - idem
        if len(told["body"]) > _LARGEST_BODY or len(told["headers"]) > 200:
            raise AssertionError("more is kept than is allowed")


def name_server_answer(content: bytes) -> None:
    """What a name server says to us directly."""
    query = dns.message.make_query("a.test.", "SOA")
    for answer in (content, query.to_wire()[:2] + content):
        with suppress(NoAnswerError):
            name_server._told(answer, query, "udp")  # noqa: SLF001 - idem


def certificate(content: bytes) -> None:
    """A certificate, in every way that it is looked at."""
    read = certificates.read(content)
    for name in ("key_info", "dns_names", "may_issue", "subject", "key", "signature_hash", "is_root", "valid_until", "ocsp_server"):
        getattr(read, name)
    read.is_in_time(_AT)
    read.is_issued_by(read)
    read.is_signed_by(read.key_info or b"")
    is_signed_by(content, 0x0804, b"s" * 256, b"content")
    with suppress(FlightError):
        encrypted_premaster(0x0303, content)


def staple(content: bytes) -> None:
    """An OCSP response about a certificate, both out of these bytes."""
    size = int.from_bytes(content[:2], "big")
    chain = (certificates.read(content[2 : 2 + size]), certificates.read(content[2 : 2 + size]))
    ocsp.staple(base64.b64encode(content[2 + size :]).decode("ascii"), chain, _AT)
    ocsp.staple(_text(content), chain, _AT)


def spf_record(content: bytes) -> None:
    """An SPF record, with everything that is asked of it."""
    text = _text(content)
    for words in (text, f"v=spf1 {text}"):
        spf.is_spf(words)
        record = spf.parse(words)
        _ = record.directives, record.all, record.tested, record.redirect, record.forbids_all_mail
        spf.has_macro(words)


_READINGS = (
    dmarc.Reading(
        dmarc.Discovery.TREE_WALK, frozenset({"p", "sp", "np", "rua", "t"}), policy_tag_required=False, test_mode_lowers_policy=True
    ),
    dmarc.Reading(
        dmarc.Discovery.PUBLIC_SUFFIX_LIST, frozenset({"p", "sp", "pct"}), policy_tag_required=True, test_mode_lowers_policy=False
    ),
)


def dmarc_record(content: bytes) -> None:
    """A DMARC record, under both ways of reading."""
    text = _text(content)
    for words in (text, f"v=DMARC1;{text}"):
        dmarc.looks_like_dmarc(words)
        record = dmarc.parse(words)
        if record is None:
            continue
        dmarc.report_hosts(record)
        for by in _READINGS:
            dmarc.faults(record, by)
            for is_inherited in (False, True):
                dmarc.published_policy(record, by, is_inherited=is_inherited)
                dmarc.effective_policy(record, by, is_inherited=is_inherited)


def tlsa_record(content: bytes) -> None:
    """A TLSA record as the resolver writes it down."""
    text = _text(content)
    for words in (text, f"3 1 1 {text}"):
        record = tlsa.parse(words)
        if record is not None:
            _ = record.is_well_formed
            record.is_about(certificates.read(content))


def caa_record(content: bytes) -> None:
    """A CAA record, and the issuer in it."""
    text = _text(content)
    caa.issuer(text)
    for words in (text, f'0 issue "{text}"'):
        record = caa.parse(words)
        if record is not None:
            _ = record.is_critical, record.fault


def content_security_policy(content: bytes) -> None:
    """The fields of a Content-Security-Policy, one a line."""
    for policy in csp.parse(_text(content).split("\n")):
        for name in (*policy.directives, "default-src", "script-src", "style-src", "frame-ancestors"):
            sources = policy.effective(name)
            if sources is not None:
                sources.allows_all_inline(is_script=True)
                sources.keyword("unsafe-eval")
                _ = [source.is_anybody for source in sources.sources]


def headers(content: bytes) -> None:
    """The other fields of an answer that are read, one a line."""
    values = _text(content).split("\n")
    hsts.parse(values[0])
    response_headers.may_be_cut(values)
    response_headers.is_nosniff(values)
    response_headers.limits_framing(values)
    response_headers.referrer_policy(values)


def security_text(content: bytes) -> None:
    """A security.txt, with everything that is asked of it."""
    text = _text(content)
    security_txt.looks_like_a_web_page(text)
    security_txt.read_time(text)
    file = security_txt.parse(text)
    for name in ("contact", "expires", "canonical", "preferred-languages"):
        file.values(name)


def addresses(content: bytes) -> None:
    """Addresses of pages, and names of domains."""
    text = _text(content)
    for reference in (text, f"//{text}", f"https://{text}"):
        url = urls.resolve("https://a.test/pad", reference)
        if url is not None:
            _ = url.is_secure, url.names_a_domain
    urls.parse(text)
    with suppress(ValueError):
        Domain.parse(text)


def web_pages(content: bytes) -> None:
    """Two pages, compared."""
    one, _, other = _text(content).partition("\0")
    if not 0 <= likeness.likeness_percent(one, other) <= 100:
        raise AssertionError("no share")


_RUNNER = asyncio.Runner()
_loop = _RUNNER.run

_TLS = ("probes/tls/test_flight.py", "probes/tls/test_secrets.py", "probes/tls/test_client_sessions.py")
_ROUTES = ("probes/test_route_files.py",)
TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "tls-flight": Target(tls_flight, _TLS),
        "tls-ssl2": Target(ssl2_flight, ("probes/tls/test_ssl2_flight.py",)),
        "tls-client": Target(tls_client, _TLS),
        "tls-messages-13": Target(tls13_messages, _TLS),
        "tls-messages-12": Target(tls12_messages, _TLS),
        "tls-records": Target(tls_records, _TLS),
        "smtp": Target(smtp_replies, ("probes/test_smtp.py", "probes/test_channel.py")),
        "http": Target(http_answer, ("probes/test_http.py", "probes/test_http_compressed.py")),
        "name-server": Target(name_server_answer, ("probes/test_name_server.py",)),
        "certificate": Target(certificate, ("probes/tls/test_secrets.py",)),
        "staple": Target(staple, ("probes/tls/test_secrets.py",)),
        "spf": Target(spf_record, ("facts/test_spf.py", "facts/test_spf_evaluation.py")),
        "dmarc": Target(dmarc_record, ("facts/test_dmarc.py",)),
        "tlsa": Target(tlsa_record, ("facts/test_tlsa.py",)),
        "caa": Target(caa_record, ("facts/test_caa.py",)),
        "csp": Target(content_security_policy, ("facts/test_csp.py",)),
        "headers": Target(headers, ("facts/test_response_headers.py", "facts/test_hsts.py")),
        "security-txt": Target(security_text, ("facts/test_security_txt.py",)),
        "chain": Target(sources.chain, ()),
        "resolver": Target(sources.resolver_answer, ()),
        "routes-file": Target(sources.routes_file, _ROUTES),
        "vrps-file": Target(sources.vrps_file, _ROUTES),
        "whois": Target(sources.whois_answer, ("probes/test_ris_whois.py",)),
        "reply-form": Target(sources.reply_form, ("replies/test_form_reading.py",)),
        "reply-sheet": Target(sources.reply_sheet, ()),
        "addresses": Target(addresses, ("facts/test_urls.py", "facts/test_names.py")),
        "web-pages": Target(web_pages, ("facts/test_likeness.py",)),
    }
)
