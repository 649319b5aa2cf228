# SPDX-License-Identifier: EUPL-1.2
"""What openssl sees of TLS that is odd or old: the odd-tls web servers, and what mail servers accept after STARTTLS."""

import re
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address
from pathlib import Path

from lab.clients import CLOSES, NO_ANSWER, Check, Ran, bracketed, ran
from lab.plan import PROBE, MailBehaviour, MailServer, MailTls, OddTls, Plan, WebServer
from lab.scope import Scope

Look = tuple[tuple[str, ...], str]

_RESET = "reset"
_ALERT = re.compile(r"SSL alert number (\d+)")
_CIPHER = re.compile(r"^New, .*, Cipher is ([A-Z0-9_-]+)$", re.MULTILINE)
_REASON = re.compile(r"^[0-9A-F]+:error:[0-9A-F]+:SSL routines:[^:]*:([^:]+):", re.MULTILINE)
_SECONDS = 4.0
_TURN_SECONDS = 7.0  # a hundred of these outlast the longest memory of a server

_ALL = ("-cipher", "ALL:@SECLEVEL=0")
_OLD = ("-tls1_1", *_ALL)
_OLDEST = ("-tls1", *_ALL)
_RSA_ONLY = ("-no_tls1_3", "-cipher", "kRSA:@SECLEVEL=0")
_CBC = ("-no_tls1_3", "-cipher", "AES128-SHA256:AES128-SHA:ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")
_WITHOUT_NAME = "-noservername"
_TLS_1_3 = "TLS_AES_256_GCM_SHA384"
_BAD_VERSION, _FAILURE, _NAME_UNKNOWN = "alert 70", "alert 40", "alert 112"
_FITS: Look = ((), _TLS_1_3)

# What openssl says of each, for these words.
_ODD: Mapping[OddTls, tuple[Look, ...]] = {
    OddTls.GOOD: (_FITS, (_OLD, _BAD_VERSION), (_CBC, _FAILURE)),
    OddTls.SILENT_REFUSAL: (_FITS, (_OLD, NO_ANSWER), (_CBC, NO_ANSWER)),
    OddTls.CLOSED_REFUSAL: (_FITS, (_OLD, CLOSES), (_CBC, CLOSES)),
    OddTls.CHOKES_ON_STATUS_REQUEST: (_FITS, (("-status",), CLOSES)),
    OddTls.CHOKES_ON_LONG_HELLO: (_FITS, (("-alpn", "x" * 250), CLOSES)),
    OddTls.CHOKES_ON_MANY_SUITES: (_FITS, (_ALL, CLOSES)),
    OddTls.CHOKES_ON_UNKNOWN_GROUP: (_FITS,),  # this openssl knows no group above 0x0200; the unit tests do
    OddTls.NEEDS_SNI: (_FITS, ((_WITHOUT_NAME,), _NAME_UNKNOWN)),
    OddTls.ASKS_CLIENT_CERTIFICATE: (_FITS,),
    OddTls.REQUIRES_CLIENT_CERTIFICATE: ((("-ign_eof",), "alert 116"), (("-no_tls1_3",), _FAILURE)),
    OddTls.RETRIES_FOR_SAME_GROUP: (((), "bad key share"), (_OLD, _BAD_VERSION)),
    OddTls.RETRIES_WITH_ANY_SUITE: (((), "unknown cipher returned"), (_OLD, _BAD_VERSION)),
    OddTls.DRIPS: (_FITS,),
    OddTls.DRIPS_SLOWLY: (((), NO_ANSWER),),
    OddTls.HUGE_CHAIN: (((), "excessive message size"), (("-no_tls1_3",), "excessive message size"), (_OLD, _BAD_VERSION)),
    OddTls.WRONG_LENGTHS: (((), "packet length too long"),),
    OddTls.EMPTY_FRAGMENTS: (((), "record too small"),),
    OddTls.GARBAGE_EXTENSIONS: (((), "bad length"),),
    OddTls.ENDLESS_WARNINGS: (((), "too many warn alerts"),),
    OddTls.ENDLESS_TICKETS: (_FITS,),
    OddTls.SSL_2_BESIDE: (_FITS, (_OLD, _BAD_VERSION)),  # this openssl knows no SSL 2.0; the unit tests do
}
_NOT_OLD, _NOT_RSA = (_OLD, _BAD_VERSION), (_RSA_ONLY, _FAILURE)
_DHE = ("-no_tls1_3", "-cipher", "kDHE:@SECLEVEL=0")
_MAIL: Mapping[MailTls, tuple[Look, ...]] = {
    MailTls.GOOD: (_FITS, _NOT_OLD, _NOT_RSA),
    MailTls.WITH_OLD_VERSIONS: (_FITS, (_OLD, "ECDHE-ECDSA-AES256-SHA"), (_OLDEST, "ECDHE-ECDSA-AES256-SHA")),
    MailTls.TLS_1_0_ONLY: ((_OLDEST, "ECDHE-ECDSA-AES256-SHA"), (("-tls1_2",), "unsupported protocol")),
    MailTls.WITH_RSA_KEY_EXCHANGE: (_FITS, _NOT_OLD, (_RSA_ONLY, "AES256-GCM-SHA384")),
    MailTls.CBC_ONLY: (((), "ECDHE-ECDSA-AES256-SHA384"), _NOT_OLD, _NOT_RSA),
    MailTls.WITH_WEAK_DH: (_FITS, _NOT_OLD, (_DHE, "DHE-RSA-AES256-GCM-SHA384"), (("-no_tls1_3", "-cipher", "kDHE"), "dh key too small")),
    MailTls.OLD: (((), "AES256-SHA"), (_OLDEST, "AES256-SHA")),
    MailTls.WEAK_KEY: (_FITS, _NOT_OLD, _NOT_RSA),
}
# Those that count connections are looked at in another way.
_STEADY = {MailBehaviour.GOOD, MailBehaviour.SLOW_BANNER, MailBehaviour.CLOSES_ON_OLD_HELLO}


def checks(plan: Plan, scope: Scope, state: Path) -> Iterator[Check]:  # noqa: ARG001 - the makers share one signature
    """Check the odd web servers at each of their addresses, and every mail server that does not count connections."""
    for listener in plan.web:
        if listener.server is WebServer.ODD_TLS and scope.covers(listener.host):
            for address in listener.addresses:
                yield from _odd(listener.host, address, listener.odd_tls)
    blocked = {one.address for one in plan.blocked if one.port == 25}
    for server in plan.mail:
        if server.behaviour in _STEADY and scope.covers(server.host):
            for address in server.addresses:
                if address not in blocked:
                    yield from _mail(server, address)


def _odd(host: str, address: str, odd: OddTls) -> Iterator[Check]:
    """Check one odd server."""
    place = f"{bracketed(address)}:443"
    name = f"{host} {address}"
    match odd:
        case OddTls.RATE_LIMITED:
            yield Check("odd TLS (openssl)", {name: f"{_TLS_1_3}, {_RESET}"}, partial(_at_once, name, place, host))
        case OddTls.BANS_BREAKERS:
            expected = ", ".join([_BAD_VERSION] * 8 + [_RESET] * 2)
            yield Check("odd TLS (openssl)", {name: expected}, partial(_broken_off, name, place, host))
        case OddTls.TWO_BACKENDS:
            yield Check("odd TLS (openssl)", {name: f"AES256-SHA, {_TLS_1_3}"}, partial(_in_turn, name, place, host))
        case OddTls.OLD_OVER_IPV6:
            old = "ECDHE-ECDSA-AES256-SHA" if ":" in address else _BAD_VERSION
            yield from _looks("odd TLS (openssl)", name, (_FITS, (_OLD, old)), ("-connect", place, "-servername", host))
        case _:
            yield from _looks("odd TLS (openssl)", name, _ODD[odd], ("-connect", place, "-servername", host))


def _mail(server: MailServer, address: str) -> Iterator[Check]:
    """Check what a mail server accepts after STARTTLS."""
    looks = _MAIL[server.tls]
    if server.behaviour is MailBehaviour.GOOD and server.tls is MailTls.GOOD:
        looks = looks[:2]  # there are many of these
    elif server.behaviour is MailBehaviour.CLOSES_ON_OLD_HELLO:
        looks = tuple((words, CLOSES if words == _OLD else promised) for words, promised in looks)
    where = ("-connect", f"{bracketed(address)}:25", "-starttls", "smtp", "-servername", server.host)
    yield from _looks("TLS after STARTTLS (openssl)", f"{server.host} {address}", looks, where)


def _looks(what: str, name: str, looks: Sequence[Look], where: tuple[str, ...]) -> Iterator[Check]:
    """Make a check of every look."""
    for words, promised in looks:
        subject = f"{name} {' '.join(words)[:60]}".strip()
        yield Check(what, {subject: promised}, partial(_once, subject, where, words))


def _once(subject: str, where: tuple[str, ...], words: tuple[str, ...]) -> Mapping[str, str]:
    """Look once."""
    if _WITHOUT_NAME in words:
        where = where[: where.index("-servername")]
    return {subject: outcome(_shake(*where, *words))}


def _shake(*words: str) -> Ran:
    """Shake hands with openssl."""
    return ran("openssl", "s_client", *words, seconds=_SECONDS)


def outcome(told: Ran) -> str:  # noqa: PLR0911 - a table of the words of openssl
    """Say in a word what became of a handshake."""
    said = told.out + told.err
    if alert := _ALERT.search(said):
        return f"alert {alert[1]}"
    if "unrecognized name" in said:
        return _NAME_UNKNOWN
    if "errno=104" in said:
        return _RESET
    if "unexpected eof" in said:
        return CLOSES
    if reason := _REASON.search(said):
        return reason[1]
    if cipher := _CIPHER.search(said):
        return CLOSES if cipher[1] == "(NONE)" else cipher[1]
    return NO_ANSWER


def stranger(version: int) -> str:
    """Return an address that nobody measured from: whoever counts visits must not count these with those of a measurement."""
    prefix = PROBE.ipv4 if version == 4 else PROBE.ipv6
    return str(prefix[20 + secrets.randbelow(100)])


def newcomer(version: int) -> str:
    """Return an address that was not at any server in the last ten minutes, for visits that make one unwelcome."""
    prefix = PROBE.ipv4 if version == 4 else PROBE.ipv6
    return str(prefix[130 + int(time.time() / _TURN_SECONDS) % 100])


def _from_newcomer(place: str) -> tuple[str, ...]:
    """Return the words that make openssl come from such an address."""
    address = place.rpartition(":")[0].strip("[]")
    return ("-bind", f"{bracketed(newcomer(ip_address(address).version))}:0")


def _at_once(name: str, place: str, host: str) -> Mapping[str, str]:
    """Look at what becomes of thirty connections at once."""
    words = (*_from_newcomer(place), "-connect", place, "-servername", host)
    with ThreadPoolExecutor(30) as pool:
        seen = {outcome(told) for told in pool.map(lambda _: _shake(*words), range(30))}
    return {name: ", ".join(sorted(seen))}


def _broken_off(name: str, place: str, host: str) -> Mapping[str, str]:
    """Look at what becomes of who breaks off nine handshakes, and then wants a whole one."""
    words = (*_from_newcomer(place), "-connect", place, "-servername", host)
    seen = [outcome(_shake(*words, *_OLD)) for _ in range(9)]
    return {name: ", ".join([*seen, outcome(_shake(*words))])}


def _in_turn(name: str, place: str, host: str) -> Mapping[str, str]:
    """Look at what several visits in a row come to."""
    seen = {outcome(_shake("-connect", place, "-servername", host)) for _ in range(8)}
    return {name: ", ".join(sorted(seen))}
