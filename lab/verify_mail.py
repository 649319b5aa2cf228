# SPDX-License-Identifier: EUPL-1.2
"""What swaks, curl and openssl see of the mail servers of the plan, at every address."""

import re
import socket
import time
from collections.abc import Iterator, Mapping
from functools import partial
from ipaddress import ip_address
from itertools import groupby
from pathlib import Path

from lab.clients import CLOSES, NO_ANSWER, REFUSED, Check, bracketed, certificate, connection, curl, ran
from lab.plan import MailBehaviour, MailServer, Plan, PortFault
from lab.scope import Scope
from lab.verify_tls import newcomer, stranger
from lab.verify_web import port

_WELL = "220, STARTTLS, 250 to RCPT"
_NO_GREETING, _ENDLESS = "no greeting", "a greeting without end"
_SHAKES = "STARTTLS, 220, TLS"
# What swaks (in the clear, over IPv4) and curl (STARTTLS, over both families) should meet.
_PROMISED: Mapping[MailBehaviour, tuple[str, str]] = {
    MailBehaviour.GOOD: (_WELL, _SHAKES),
    MailBehaviour.NO_STARTTLS: ("220, 250 to RCPT", "no STARTTLS"),
    MailBehaviour.STARTTLS_454: (_WELL, "STARTTLS, 454"),
    MailBehaviour.CLOSES_AFTER_220: (_WELL, "STARTTLS, 220, no TLS"),
    MailBehaviour.REFUSES_421: ("421", "421"),
    MailBehaviour.REFUSES_554: ("554", "554"),
    MailBehaviour.GREYLISTS: ("220, STARTTLS, 450 to RCPT", _SHAKES),
    MailBehaviour.TARPIT: (f"slowly: {_WELL}", f"slowly: {_SHAKES}"),
    MailBehaviour.SILENT: (_NO_GREETING, _NO_GREETING),
    MailBehaviour.CLOSES: (CLOSES, CLOSES),
    MailBehaviour.ENDLESS_BANNER: (_NO_GREETING, _ENDLESS),  # swaks does not tell the two apart
    MailBehaviour.SLOW_BANNER: (_WELL, _SHAKES),
    MailBehaviour.CLOSES_ON_OLD_HELLO: (_WELL, _SHAKES),
}
_SECURES = {
    MailBehaviour.GOOD,
    MailBehaviour.GREYLISTS,
    MailBehaviour.TARPIT,
    MailBehaviour.SLOW_BANNER,
    MailBehaviour.CLOSES_ON_OLD_HELLO,
}
_BORNE = {MailBehaviour.REFUSES_421_AFTER_3: 3, MailBehaviour.REFUSES_421_AFTER_8: 8, MailBehaviour.REFUSES_421_AFTER_25: 25}
_BLOCKED = {PortFault.REFUSE: REFUSED, PortFault.DROP: NO_ANSWER}
_ME = "verify.example"
_LENIENT = ("--tlsv1.0", "--ciphers", "DEFAULT:@SECLEVEL=0")  # what a server accepts is looked at elsewhere
_SLOW_SECONDS = 5.0
_PATIENCE = 4.0
_TARPIT_PATIENCE = 25.0
_GREETING = re.compile(r"^<(?:-|\*\*) +(\d{3})[ -]", re.MULTILINE)
_RECIPIENT = re.compile(r"-> RCPT TO.*\n<(?:- |\*\*) +(\d{3})")
_REPLIES = re.compile(r"^([<>]) (\S+)", re.MULTILINE)


def checks(plan: Plan, scope: Scope, state: Path) -> Iterator[Check]:
    """Check every mail server at each of its addresses."""
    blocked = {one.address: one.fault for one in plan.blocked if one.port == 25}
    for server in plan.mail:
        if not scope.covers(server.host):
            continue
        for address in server.addresses:
            if fault := blocked.get(address):
                yield port(f"{server.host} {address}", address, 25, _BLOCKED[fault])
            else:
                yield from _behaviour(server, address, state)


def _behaviour(server: MailServer, address: str, state: Path) -> Iterator[Check]:
    """Check how a server behaves at one address, and its certificate when it comes to TLS."""
    name = f"{server.host} {address}"
    over_ipv4 = ip_address(address).version == 4
    if borne := _BORNE.get(server.behaviour):
        if over_ipv4:
            yield Check("mail dialogue (swaks)", {name: _row(["220"] * borne + ["421"])}, partial(_in_a_row, name, address, borne + 1))
        return
    if server.behaviour is MailBehaviour.REFUSES_SECOND:
        yield Check("mail greetings (sockets)", {name: "220, 421"}, partial(_two_at_once, name, address))
        return
    plain, secure = _PROMISED[server.behaviour]
    patience = _TARPIT_PATIENCE if server.behaviour is MailBehaviour.TARPIT else _PATIENCE
    # swaks speaks IPv6 only with a Perl module that Debian does not bring along; curl and openssl always do.
    if over_ipv4:
        yield Check("mail dialogue (swaks)", {name: plain}, partial(_dialogue, name, address, patience))
    yield Check("STARTTLS (curl)", {name: secure}, partial(_starttls, name, address, patience))
    if server.behaviour in _SECURES:
        words = ("-starttls", "smtp", "-name", _ME, "-cipher", "ALL:@SECLEVEL=0")
        authority = str(state / "ca.pem")
        yield Check(
            "mail certificates (openssl)",
            {name: server.certificate.value},
            lambda: {name: certificate(address, 25, server.host, authority, *words)},
        )


def _swaks(address: str, patience: float, *more: str) -> str:
    """Hold a conversation in the clear up to the recipient; return its transcript."""
    told = ran(
        "swaks", "--server", address, "--helo", _ME, "--from", f"verify@{_ME}", "--to", f"postmaster@{_ME}",
        "--timeout", str(round(patience)), *more, seconds=patience * 3,
    )  # fmt: skip
    return told.out + told.err


def _dialogue(name: str, address: str, patience: float) -> Mapping[str, str]:
    """Look at what a server says to a recipient."""
    began = time.monotonic()
    said = _swaks(address, patience, "--quit-after", "RCPT")
    greeting = _GREETING.search(said)
    if greeting is None:
        return {name: CLOSES if "closed connection" in said else REFUSED if "refused" in said else _NO_GREETING}
    words = [greeting[1]]
    if re.search(r"^<- +250[- ]STARTTLS", said, re.MULTILINE):
        words.append("STARTTLS")
    if recipient := _RECIPIENT.search(said):
        words.append(f"{recipient[1]} to RCPT")
    return {name: _timed(", ".join(words), began)}


def _in_a_row(name: str, address: str, count: int) -> Mapping[str, str]:
    """Look at greetings in a row, as a client that was never there before: a measurement must not suffer from our visits."""
    source = newcomer(4)
    said = (_swaks(address, _PATIENCE, "--local-interface", source, "--quit-after", "BANNER") for _ in range(count))
    return {name: _row([found[1] if (found := _GREETING.search(one)) else _NO_GREETING for one in said])}


def _row(codes: list[str]) -> str:
    """Write codes in a row, counting those that are alike."""
    return ", ".join(f"{len(list(alike))} x {code}" for code, alike in groupby(codes))


def _two_at_once(name: str, address: str) -> Mapping[str, str]:
    """Look at the greetings of two connections at once."""
    source = (stranger(ip_address(address).version), 0)
    codes = []
    try:
        with socket.create_connection((address, 25), _PATIENCE, source) as first, first.makefile() as said:
            codes.append(said.readline()[:3])
            with socket.create_connection((address, 25), _PATIENCE, source) as second, second.makefile() as also_said:
                codes.append(also_said.readline()[:3])
    except OSError as error:
        codes.append(str(error))
    return {name: ", ".join(codes)}


def _starttls(name: str, address: str, patience: float) -> Mapping[str, str]:
    """Look at how STARTTLS goes; whether the certificate is right is another check."""
    began = time.monotonic()
    url = f"smtp://{bracketed(address)}:25/{_ME}"
    told = curl("--ssl-reqd", "--insecure", *_LENIENT, "--request", "NOOP", url, seconds=patience, connecting=patience)
    if closed := connection(told):
        return {name: closed}
    lines = _REPLIES.findall(told.err)
    if sum(word.startswith("220-") for sign, word in lines if sign == "<") > 20:
        return {name: _ENDLESS}
    codes = [word[:3] for sign, word in lines if sign == "<"]
    if not codes:
        return {name: CLOSES if told.code != 28 else _NO_GREETING}
    if codes[0] != "220":
        return {name: codes[0]}
    if (">", "STARTTLS") not in lines:
        return {name: "no STARTTLS"}
    reply = next((word[:3] for sign, word in lines[lines.index((">", "STARTTLS")) :] if sign == "<"), "no reply")
    words = ["STARTTLS", reply]
    if reply == "220":
        words.append("TLS" if "* SSL connection using TLS" in told.err else "no TLS")
    return {name: _timed(", ".join(words), began)}


def _timed(words: str, began: float) -> str:
    """Say so when it took long."""
    return f"slowly: {words}" if time.monotonic() - began > _SLOW_SECONDS else words
