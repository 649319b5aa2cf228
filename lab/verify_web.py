# SPDX-License-Identifier: EUPL-1.2
"""What curl and openssl see of the web servers of the plan, at every address."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from ipaddress import ip_address
from pathlib import Path

from lab.clients import CLOSES, NO_ANSWER, REFUSED, UNREACHABLE, Check, Ran, bracketed, connection, curl, liberally
from lab.nsd import is_dead
from lab.plan import GOOD_TLS, Certificate, OddTls, Page, Plan, PortFault, WebListener, WebServer
from lab.plan import UNREACHABLE as UNREACHABLE_PREFIXES
from lab.scope import Scope
from lab.verify_profiles import certificate
from lab.verify_tls import stranger

_NOWHERE = "/verify-asks-for-what-is-not-there"
_MARK = "verify-ends-an-answer-here"
_COMPARED = (
    "content-encoding",
    "content-security-policy",
    "content-security-policy-report-only",
    "location",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
)
_COMPRESSIONS = "gzip, deflate, br, zstd"
_TALKS = {WebServer.NGINX, WebServer.PLAIN_HTTP, WebServer.ODD_TLS, WebServer.GNUTLS, WebServer.OPENSSL_4}
_BEYOND_CURL = {WebServer.OPENSSL_1_0_2}  # for some of it; verify_profiles has a client that is as old
# With these no client comes as far as a page, or as far as to judge the certificate.
_NEVER_TALKS = {
    OddTls.REQUIRES_CLIENT_CERTIFICATE,
    OddTls.RETRIES_FOR_SAME_GROUP,
    OddTls.RETRIES_WITH_ANY_SUITE,
    OddTls.DRIPS_SLOWLY,
    OddTls.HUGE_CHAIN,
    OddTls.WRONG_LENGTHS,
    OddTls.EMPTY_FRAGMENTS,
    OddTls.GARBAGE_EXTENSIONS,
    OddTls.ENDLESS_WARNINGS,
    OddTls.ENDLESS_TICKETS,
}
_SILENT, _NOT_TLS, _NOT_HTTP = "silent", "not TLS", "not HTTP"
_DRIPS, _ENDLESS, _HUGE, _WHOLE = "headers one byte at a time", "headers without end", "a body too large", "a whole answer"
_ODD = {
    WebServer.SILENT: {"http": _SILENT, "https": _SILENT},
    WebServer.GARBAGE: {"http": _NOT_HTTP, "https": _NOT_TLS},
    WebServer.CLOSES: {"http": CLOSES, "https": CLOSES},
    WebServer.PLAIN_HTTP: {"https": _NOT_TLS},
    WebServer.DRIP: {"http": _DRIPS, "https": _DRIPS},
    WebServer.ENDLESS_HEADERS: {"http": _ENDLESS, "https": _ENDLESS},
    WebServer.HUGE_BODY: {"http": _HUGE, "https": _HUGE},
    WebServer.ENDLESS_CHUNKS: {"http": _HUGE, "https": _HUGE},
    WebServer.BOMB: {"http": _WHOLE, "https": _WHOLE},
}
_DRIP_SECONDS = 12.0  # the first line of its answer takes eight and a half
_UNTRUSTED = {
    Certificate.SELF_SIGNED,
    Certificate.EXPIRED,
    Certificate.NOT_YET_VALID,
    Certificate.WRONG_NAME,
    Certificate.WILDCARD_BELOW,
    Certificate.INCOMPLETE_CHAIN,
}
_BLOCKED = {PortFault.REFUSE: REFUSED, PortFault.DROP: NO_ANSWER}


def checks(plan: Plan, scope: Scope, state: Path) -> Iterator[Check]:
    """Check every address that leads nowhere, every blocked port, and every listener at each of its addresses."""
    liberally(state)  # once, before there are threads
    yield from _dead_addresses(plan, scope)
    blocked = {(one.address, one.port): one.fault for one in plan.blocked}
    for listener in plan.web:
        if not scope.covers(listener.host):
            continue
        for address in listener.addresses:
            if fault := blocked.get((address, listener.port)):
                yield port(f"{listener.host} {address}", address, listener.port, _BLOCKED[fault])
                continue
            if listener.server is WebServer.ODD_TLS and listener.odd_tls in _NEVER_TALKS:
                continue  # what openssl says of it is in verify_tls
            if listener.server in _TALKS:
                yield _pages(listener, address, state)
            if listener.server is WebServer.NGINX and listener.certificate is not None:
                yield _compression(listener, address, state)
            yield from _misbehaviour(listener, address)
            if listener.certificate is not None:
                yield from _certificate(listener, address, state)


def port(name: str, address: str, number: int, promised: str) -> Check:
    """Check how a connection to a port ends that is not to come about."""
    subject = f"{name} port {number}"

    def look() -> Mapping[str, str]:
        return {subject: connection(curl(f"http://{bracketed(address)}:{number}/")) or "open"}

    return Check("ports closed or dead (curl)", {subject: promised}, look)


def _dead_addresses(plan: Plan, scope: Scope) -> Iterator[Check]:
    """Check that addresses in the dead prefixes give nothing."""
    for zone in plan.zones:
        for record in zone.records:
            if record.type in {"A", "AAAA"} and scope.covers(record.name) and is_dead(record.data):
                parsed = ip_address(record.data)
                told = any(parsed in prefix for prefix in UNREACHABLE_PREFIXES if prefix.version == parsed.version)
                yield port(f"{record.name} {record.data}", record.data, 443, UNREACHABLE if told else NO_ANSWER)


def _certificate(listener: WebListener, address: str, state: Path) -> Iterator[Check]:
    """Check which certificates a listener shows for its name, if openssl can speak with it at all."""
    words: tuple[str, ...] = ()
    if listener.odd_tls is OddTls.BANS_BREAKERS:
        words = ("-bind", f"{bracketed(stranger(ip_address(address).version))}:0")
    if listener.server not in _BEYOND_CURL:
        yield certificate(listener, address, state, words)


def _pages(listener: WebListener, address: str, state: Path) -> Check:
    """Check every page of a listener at one address, and that it has no others."""
    pages = [Page(_NOWHERE, page.status, page.headers, page.body) if page.path == "*" else page for page in listener.pages]
    if not any(page.path == _NOWHERE for page in pages):
        pages.append(Page(_NOWHERE, 404))
    scheme = "http" if listener.certificate is None else "https"
    urls = {page.path: f"{scheme}://{listener.host}:{listener.port}{page.path}" for page in pages}
    subjects = {path: f"{url} at {address}" for path, url in urls.items()}
    trust = ["--insecure"] if listener.certificate in _UNTRUSTED else ["--cacert", str(state / "ca.pem")]
    promised = {subjects[page.path]: _shown(page.status, page.headers, page.body, page) for page in pages}
    # Who counts visits must not count these with those of a measurement.
    source = ["--interface", stranger(ip_address(address).version)] if listener.odd_tls is OddTls.BANS_BREAKERS else []

    def look() -> Mapping[str, str]:
        words = ["--include", "--path-as-is", "--write-out", _MARK, *trust, *source, *_resolving(listener.host, listener.port, address)]
        told = curl(*words, *urls.values(), seconds=15, connecting=10, liberal=_liberal(listener, state))
        if told.code != 0:
            return dict.fromkeys(promised, connection(told) or f"curl ended with {told.code}: {told.err.strip()[-200:]}")
        parts = told.out.split(_MARK)
        return {subjects[page.path]: _seen(part, page) for page, part in zip(pages, parts, strict=False)}

    return Check(f"{scheme} pages (curl)", promised, look)


def _liberal(listener: WebListener, state: Path) -> Path | None:
    """Say where curl may keep that it takes any TLS, when a listener is such that it must."""
    is_usual = listener.tls is GOOD_TLS and listener.certificate in {None, Certificate.GOOD}
    return None if is_usual or listener.server is WebServer.ODD_TLS else state


def _compression(listener: WebListener, address: str, state: Path) -> Check:
    """Check in which coding the front page comes to who accepts compression; without asking for it none is to come (see ``_pages``)."""
    url = f"https://{listener.host}:{listener.port}/"
    subject = f"{url} at {address}"
    accepting, coding = ("--header", f"Accept-Encoding: {_COMPRESSIONS}"), ("--write-out", "%header{content-encoding}")
    words = ["--insecure", "--output", "/dev/null", *accepting, *coding, *_resolving(listener.host, listener.port, address)]
    # A page that is no more than a way to another has nothing to compress.
    is_page = any(page.path == "/" and page.status not in {301, 302} for page in listener.pages)

    def look() -> Mapping[str, str]:
        told = curl(*words, url, seconds=15, connecting=10, liberal=_liberal(listener, state))
        if told.code != 0:
            return {subject: connection(told) or f"curl ended with {told.code}: {told.err.strip()[-200:]}"}
        return {subject: told.out or "as it is"}

    return Check("compression (curl)", {subject: "gzip" if listener.compresses and is_page else "as it is"}, look)


def _resolving(host: str, number: int, address: str) -> list[str]:
    """Return the words that make curl go to one address."""
    return ["--resolve", f"{host}:{number}:{bracketed(address)}"]


def _seen(text: str, page: Page) -> str:
    """Put an answer into the words of the promise."""
    head, _, body = text.partition("\r\n\r\n")
    status, *lines = head.split("\r\n")
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return _shown(int(status.split()[1]), headers, body, page)


def _shown(status: int, headers: Sequence[tuple[str, str]], body: str, page: Page) -> str:
    """Write what counts of an answer: status, the headers that the plan speaks of or that must not be there, and the body if it has one."""
    compared = sorted({*_COMPARED, *(name.lower() for name, _ in page.headers)})
    shown = [str(status)]
    shown += [f"{name}: {value}" for one in compared for name, value in ((key.lower(), text) for key, text in headers) if name == one]
    if page.body:
        shown.append(f"body of {len(body)} characters, {hashlib.sha256(body.encode()).hexdigest()[:12]}")
    return "; ".join(shown)


def _misbehaviour(listener: WebListener, address: str) -> Iterator[Check]:
    """Check how a listener that is not nginx misbehaves, asked by HTTP and (when it stands for it) by HTTPS."""
    promised = _ODD.get(listener.server, {})
    wanted = ["http"] if listener.port == 80 else ["https"] if listener.certificate else ["http", "https"]
    for scheme in wanted:
        if scheme in promised:
            subject = f"{scheme}://{listener.host}:{listener.port}/ at {address}"
            patience = _DRIP_SECONDS if listener.server is WebServer.DRIP else 3.0
            yield Check("misbehaviour (curl)", {subject: promised[scheme]}, partial(_misbehaving, subject, listener, address, patience))


def _misbehaving(subject: str, listener: WebListener, address: str, patience: float) -> Mapping[str, str]:
    """Look at a listener that misbehaves."""
    told = curl(
        "--insecure", "--output", "/dev/null", "--max-filesize", "1000000", "--write-out", "%{size_header} %{size_download}",
        *_resolving(listener.host, listener.port, address), subject.partition(" ")[0], seconds=patience,
    )  # fmt: skip
    return {subject: connection(told) or _ending(told)}


def _ending(told: Ran) -> str:  # noqa: PLR0911 - a table of curl's exit codes
    """Say how a conversation ended that did begin."""
    size, body = map(int, told.out.split()) if re.fullmatch(r"\d+ \d+", told.out) else (0, 0)
    match told.code:
        case 0:
            return _WHOLE
        case 1:
            return _NOT_HTTP
        case 28 if body > 100_000:  # an older curl holds nobody to a size that was not announced
            return _HUGE
        case 28:
            return _SILENT if size == 0 else _DRIPS if size < 1000 else _ENDLESS
        case 35 if "wrong version number" in told.err:
            return _NOT_TLS
        case 35 | 52:
            return CLOSES
        case 56:
            return _ENDLESS if size > 100_000 else CLOSES
        case 63:
            return _HUGE
        case _:
            return f"curl ended with {told.code}: {told.err.strip()[-200:]}"
