# SPDX-License-Identifier: EUPL-1.2
"""What dig and delv see of the zones and name servers of the plan."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import dns.rdata

from lab.clients import NO_ANSWER, Answer, Check, dig, ran
from lab.nsd import is_dead
from lab.plan import ROOT_ADDRESSES, TLD_ADDRESSES, DnsFault, NameServer, Plan, Signing, Zone
from lab.scope import Scope
from lab.tlsa import filled

_RESOLVER = "@127.0.0.1"
_NOWHERE = "verify-asks-for-what-is-not-there"
_LONGEST_WAIT = 25  # a zone behind slow servers takes thirteen
_MUTE = {DnsFault.LAME, DnsFault.SERVFAIL, DnsFault.SILENT}
_ANSWERED, _UNANSWERED = "answered", "unanswered"
# What a server with each fault does over UDP and over TCP.
_PROMISED = {
    DnsFault.NONE: ("answers", "answers"),
    DnsFault.LAME: ("REFUSED", "REFUSED"),
    DnsFault.SERVFAIL: ("SERVFAIL", "SERVFAIL"),
    DnsFault.SERVFAIL_FOR_TLSA: ("answers", "answers"),
    DnsFault.SILENT: (NO_ANSWER, NO_ANSWER),
    DnsFault.SLOW: ("answers slowly", "answers slowly"),
    DnsFault.TRUNCATES: ("truncates", "answers"),
}
_SLOW_MILLISECONDS = 1200
# What delv says of a broken zone, most telling words first.
_CAUSES = (
    ("RRSIG has expired", Signing.EXPIRED),
    ("RRSIG validity period has not begun", Signing.NOT_YET_VALID),
    ("no valid signature found (DS)", Signing.WRONG_DS),
)
_SECURE = {Signing.SIGNED: "NSEC", Signing.SIGNED_NSEC3: "NSEC3"}


def checks(plan: Plan, scope: Scope, state: Path) -> Iterator[Check]:
    """Check every name server, the security of every zone, and every record in it."""
    anchor = _anchor_for_delv(state)
    zones = [zone for zone in plan.zones if scope.covers(zone.name) or any(scope.covers(name) for name in _domains_of(zone, plan))]
    # The slowest first, so that the rest is done while we wait for them.
    for zone in sorted(zones, key=_can_answer):
        yield _security(zone, anchor)
    gone = scope.chosen - {zone.name for zone in plan.zones} - {name for zone in plan.zones for name in _domains_of(zone, plan)}
    for name in sorted(gone):
        yield Check("DNSSEC state (dig)", {f"{name} A": "NXDOMAIN, secure, NSEC"}, partial(_denial_of, name))
    servers = {server: zone.name for zone in reversed(zones) for server in zone.servers}
    if scope.with_suppliers:
        servers |= {NameServer("a.root-servers.net", ROOT_ADDRESSES): "", NameServer("ns1.nic.nl", TLD_ADDRESSES): "nl"}
    for server, served in servers.items():
        for address in server.addresses:
            promised = (NO_ANSWER, NO_ANSWER) if is_dead(address) else _PROMISED[server.fault]
            name = f"{server.name} {address}"
            yield Check("name servers (dig)", {name: ", ".join(promised)}, partial(_name_server, name, address, served))
    for zone in zones:
        if _can_answer(zone):
            yield _records(zone, _domains_of(zone, plan), state)


def _anchor_for_delv(state: Path) -> Path:
    """Write the trust anchor of the lab as delv reads it."""
    _, data = (state / "trust-anchor").read_text(encoding="utf-8").split(" DS ")
    tag, algorithm, digest_type, digest = data.split()
    path = state / "trust-anchor.delv"
    path.write_text(f'trust-anchors {{ . static-ds {tag} {algorithm} {digest_type} "{digest}"; }};\n', encoding="utf-8")
    return path


def _can_answer(zone: Zone) -> bool:
    """Whether some name server of the zone is meant to give the data."""
    return any(server.fault not in _MUTE and not is_dead(address) for server in zone.servers for address in server.addresses)


def _domains_of(zone: Zone, plan: Plan) -> list[str]:
    """List the domains of the scenario that lie in a zone."""
    inside = (one.domain for one in plan.intended if one.domain == zone.name or one.domain.endswith("." + zone.name))
    names = {one.name for one in plan.zones}
    return [name for name in inside if name == zone.name or name not in names]


def _security(zone: Zone, anchor: Path) -> Check:
    """Check what a validating resolver, and for what is broken also delv, think of a zone."""
    soa, denial = f"{zone.name} SOA", f"{_NOWHERE}.{zone.name} A"
    if not _can_answer(zone):
        return Check("DNSSEC state (dig)", {soa: _UNANSWERED}, lambda: {soa: _unanswered(zone.name)})
    if zone.signing in _SECURE:
        promised = {soa: "secure", denial: f"NXDOMAIN, secure, {_SECURE[zone.signing]}"}
    elif zone.signing is Signing.UNSIGNED:
        promised = {soa: "insecure", denial: "NXDOMAIN, insecure"}
    else:
        promised = {soa: f"bogus, {zone.signing.value}", denial: "SERVFAIL"}
    return Check("DNSSEC state (dig, delv)", promised, lambda: {soa: _state(zone.name, anchor), denial: _denial(denial.removesuffix(" A"))})


def _unanswered(zone: str) -> str:
    """Say whether the data of a zone can be had at all, also without validation."""
    answer = _one(_RESOLVER, "+cd", "-q", f"{zone}.", "-t", "SOA")
    return _UNANSWERED if answer.status in {"", "SERVFAIL"} else _ANSWERED


def _state(zone: str, anchor: Path) -> str:
    """Say what validation makes of a zone: secure, insecure, bogus with the cause, or unanswered."""
    answer = _one(_RESOLVER, "-q", f"{zone}.", "-t", "SOA")
    if answer.status == "NOERROR":
        return "secure" if "ad" in answer.flags else "insecure"
    if answer.status != "SERVFAIL":
        return answer.status or NO_ANSWER
    if _unanswered(zone) == _UNANSWERED:
        return _UNANSWERED
    return f"bogus, {_cause(zone, anchor)}"


def _cause(zone: str, anchor: Path) -> str:
    """Say with delv why a zone is bogus; the resolver's own reason depends on which record it happened to look at first."""
    told = ran("delv", "-4", _RESOLVER, "-a", str(anchor), "+root=.", "+cd", f"{zone}.", "SOA", seconds=60)
    said = told.out + told.err
    for words, signing in _CAUSES:
        if words in said:
            return signing.value
    if "insecurity proof failed" in said:
        keys = _one(_RESOLVER, "+cd", "-q", f"{zone}.", "-t", "DNSKEY")
        has_key = any(kind == "DNSKEY" for _, kind, _ in keys.records)
        return str((Signing.MISSING_RRSIG if has_key else Signing.DS_BUT_UNSIGNED).value)
    return said.strip()[-200:]


def _denial_of(name: str) -> Mapping[str, str]:
    """Look at a domain that should not exist."""
    return {f"{name} A": _denial(name)}


def _denial(name: str) -> str:
    """Say how the absence of a name is answered and proved."""
    answer = _one(_RESOLVER, "+dnssec", "-q", f"{name}.", "-t", "A")
    if answer.status != "NXDOMAIN":
        return answer.status or NO_ANSWER
    if "ad" not in answer.flags:
        return "NXDOMAIN, insecure"
    types = {kind for _, kind, _ in answer.records}
    return f"NXDOMAIN, secure, {'NSEC3' if 'NSEC3' in types else 'NSEC'}"


def _name_server(name: str, address: str, zone: str) -> Mapping[str, str]:
    """Look at one address of a name server, over UDP and TCP."""
    question = ("+norec", "+ignore", "-q", f"{zone}.", "-t", "SOA")
    seen = [_answering(dig(f"@{address}", transport, *question, seconds=4)[0]) for transport in ("+notcp", "+tcp")]
    return {name: ", ".join(seen)}


def _answering(answer: Answer) -> str:
    """Say in a word how a name server answered."""
    if not answer.status:
        return NO_ANSWER
    if answer.status != "NOERROR":
        return answer.status
    if "tc" in answer.flags:
        return "truncates"
    if "aa" not in answer.flags:
        return "not authoritative"
    return "answers slowly" if answer.milliseconds > _SLOW_MILLISECONDS else "answers"


def _records(zone: Zone, domains: list[str], state: Path) -> Check:
    """Check that every record of a zone is there, and that nothing else is at the names that are measured."""
    wanted: dict[tuple[str, str], list[str]] = defaultdict(list)
    for domain in domains:
        for kind in ("A", "AAAA", "MX", "TXT", "CAA"):
            wanted[domain, kind] = []
        wanted[f"_dmarc.{domain}", "TXT"] = []
    wanted[zone.name, "NS"] = [f"{server.name}." for server in zone.servers]
    for server in zone.servers:
        if server.name.endswith(f".{zone.name}"):
            for address in server.addresses:
                wanted[server.name, "AAAA" if ":" in address else "A"].append(address)
    answers_tlsa = all(server.fault is not DnsFault.SERVFAIL_FOR_TLSA for server in zone.servers)
    for record in zone.records:
        if record.type != "TLSA" or answers_tlsa:
            wanted[record.name.replace("*", "verify"), record.type].append(filled(record, state).data)
    promised = {f"{name} {kind}": _shown(kind, data) for (name, kind), data in wanted.items()}
    keys = [f"_domainkey.{domain}" for domain in domains]
    named = {name.replace("*", "verify") for name in (record.name for record in zone.records)}
    promised |= {f"{key} exists": str(any(name == key or name.endswith("." + key) for name in named)) for key in keys}
    return Check("records (dig)", promised, partial(_look_at_records, list(wanted), keys))


def _look_at_records(wanted: list[tuple[str, str]], keys: list[str]) -> Mapping[str, str]:
    """Ask for each of the records in one go; validation is another check."""
    questions = [*wanted, *((key, "TXT") for key in keys)]
    asked = [word for name, kind in questions for word in ("-q", f"{name}.", "-t", kind)]
    found = dig(_RESOLVER, "+cd", *asked)
    if len(found) != len(questions):
        return {f"{name} {kind}": f"dig gave {len(found)} answers to {len(questions)} questions" for name, kind in questions}
    seen = {}
    for (name, kind), answer in zip(questions, found, strict=True):
        if (name, kind) in wanted:
            data = [one for owner, type_, one in answer.records if type_ == kind and owner.lower() == f"{name}.".lower()]
            seen[f"{name} {kind}"] = _shown(kind, data) if answer.status in {"NOERROR", "NXDOMAIN"} else answer.status or NO_ANSWER
        else:
            seen[f"{name} exists"] = str(answer.status == "NOERROR") if answer.status in {"NOERROR", "NXDOMAIN"} else answer.status
    return seen


def _shown(kind: str, data: list[str]) -> str:
    """Write record data in one form and order."""
    return " | ".join(sorted(dns.rdata.from_text("IN", kind, one).to_text() for one in data)) or "none"


def _one(*words: str) -> Answer:
    """Ask one question."""
    return dig(*words, seconds=_LONGEST_WAIT)[0]
