# SPDX-License-Identifier: EUPL-1.2
"""What dig and openssl see of DANE at the mail servers of the plan: whether the TLSA records that are published fit what is sent."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from lab.clients import Check, ClientFailedError, bracketed, dig, ran
from lab.plan import Dane, MailBehaviour, MailServer, MailTls, Plan
from lab.scope import Scope

_RESOLVER = "@127.0.0.1"
_ME = "verify.example"
_OF_MAIL = ("2 ", "3 ")  # RFC 7672, 3.1.3
_WITH_TLS = {MailBehaviour.GOOD, MailBehaviour.GREYLISTS, MailBehaviour.SLOW_BANNER, MailBehaviour.TARPIT}
_VERIFIED = re.compile(r"^\s*Verify return code: (\d+)", re.MULTILINE)


def checks(plan: Plan, scope: Scope, state: Path) -> Iterator[Check]:  # noqa: ARG001 - the makers share one signature
    """Check every mail server that keeps its offer of STARTTLS to a client of today. Whether a zone is signed right is another check."""
    blocked = {one.address for one in plan.blocked}
    for server in plan.mail:
        if not scope.covers(server.host) or server.behaviour not in _WITH_TLS or server.tls is not MailTls.GOOD:
            continue
        for address in server.addresses:
            if address not in blocked:
                name = f"{server.host} {address}"
                yield Check("DANE of mail servers (dig, openssl)", {name: server.dane.value}, partial(_look, name, server, address))


def _look(name: str, server: MailServer, address: str) -> Mapping[str, str]:
    """Look at one address: ask for the records, and let openssl verify by these alone."""
    answer = dig(_RESOLVER, "+cd", "-q", f"_25._tcp.{server.host}.", "-t", "TLSA")[0]
    records = [data for _, kind, data in answer.records if kind == "TLSA" and data.startswith(_OF_MAIL)]
    if not records:
        return {name: Dane.NONE_USABLE.value}
    words = [word for record in records for word in ("-dane_tlsa_rrdata", record)]
    told = ran(
        "openssl", "s_client", "-connect", f"{bracketed(address)}:25", "-starttls", "smtp", "-name", _ME,
        "-no-CAfile", "-no-CApath", "-dane_tlsa_domain", server.host, "-dane_ee_no_namechecks", *words, seconds=25,
    )  # fmt: skip
    number = _VERIFIED.search(told.out)
    if number is None or "BEGIN CERTIFICATE" not in told.out:
        raise ClientFailedError(f"openssl ended with {told.code}: {(told.err or told.out).strip()[-300:]}")
    return {name: (Dane.MATCH if number[1] == "0" else Dane.MISMATCH).value}
