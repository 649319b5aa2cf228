# SPDX-License-Identifier: EUPL-1.2
"""Made-up measurements in which it was observed who hosts what, and what rests on that."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from meetlat.model.domain import Domain
from meetlat.model.evidence import Cause, Failure, Need, Observation
from meetlat.model.finding import Finding, Status
from meetlat.model.judgement import Judgement
from meetlat.model.norm import Norm, Obligation, verdict
from meetlat.model.registration import Registration
from meetlat.model.standard import Standard
from meetlat.model.target import Listing, Role, Target
from meetlat.store.evidence import write_shard
from meetlat.store.folder import create, read_listings
from meetlat.store.judgements import write_judgements
from meetlat.store.manifest import Manifest, seal
from meetlat.store.run import Run
from tests.unit.made_up import COSTS

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)

PUBLISHED, MATCHES, ROLLOVER = "dane.mail-is-published", "dane.mail-matches", "dane.mail-is-ready-for-rollover"
SIGNED = "dnssec.domain-is-signed"
HEADER = "hsts.header-is-present"
CONTACT = "security_txt.has-contact"
_OF_WEB = frozenset({"hsts", "security_txt"})


def standard(id_: str, rules: Mapping[str, Obligation], *composites: str) -> Standard:
    """Make a standard of these rules that counts in these composites."""
    norm = Norm(id_, "1", date(2020, 1, 1), None, "made up", rules, {}, {})
    names = {"nl": id_, "en": id_}
    return Standard(id_, names, {}, {}, tuple(Role), composites, Registration(), (norm,), None, {}, Path("nowhere"))


_MUST, _SHOULD = Obligation.MUST, Obligation.SHOULD
DANE = standard("dane", {PUBLISHED: _MUST, MATCHES: _MUST, ROLLOVER: _SHOULD}, "iv-mail")
DNSSEC = standard("dnssec", {SIGNED: _MUST}, "iv-mail")
HSTS = standard("hsts", {HEADER: _MUST}, "iv-web")
SECURITY_TXT = standard("security_txt", {CONTACT: _MUST})
STANDARDS = {"dane": DANE, "dnssec": DNSSEC}


@dataclass
class Made:
    """A domain: who hosts it, and which rules it breaks (or cannot be told, or keeps) at what; "" is the zone of the domain itself."""

    name: str
    organisation: str = ""
    group: str = "Gemeenten"
    roles: tuple[Role, ...] = (Role.MAIL,)
    mx: tuple[str, ...] = ()
    ns: tuple[str, ...] = ("ns1.naamwerf.nl",)
    web: tuple[str, ...] = ()
    alias: tuple[str, ...] = ()
    outcomes: Mapping[str, Mapping[str, Status]] = field(default_factory=dict)


def answer(name: str, kind: str, *values: str, alias: Sequence[str] = ()) -> Observation:
    """Make the answer to a DNS question; with aliases the records stand at the end of them."""
    chain = [name, *alias]
    records = [[owner, "CNAME", 300, f"{target}."] for owner, target in pairwise(chain)]
    records += [[chain[-1], kind, 300, value] for value in values]
    return Observation(Need("dns", name, kind), AT, {"rcode": "NOERROR", "security": "secure", "ede": [], "records": records})


def unanswered(name: str, kind: str) -> Observation:
    """Make a DNS question that was asked in vain."""
    return Observation(Need("dns", name, kind), AT, failure=Failure.DNS_TIMEOUT)


def route(address: str, prefix: str, origin: int) -> Observation:
    """Make the answer to who announces an address."""
    told = {"routes": [{"prefix": prefix, "origin": origin}], "vrps": [], "routes_from": "made up", "vrps_from": "made up"}
    return Observation(Need("routes", address), AT, {**told, "routes_at": AT.isoformat(), "vrps_at": AT.isoformat()})


def hosting_of(made: Made) -> list[Observation]:
    """Make what was observed of who hosts a domain."""
    mx = [f"{10 * place} {host}." for place, host in enumerate(made.mx, start=1)]
    found = [answer(made.name, "MX", *mx), answer(made.name, "NS", *(f"{host}." for host in made.ns))]
    found += [answer(made.name, "A", *made.web, alias=made.alias), answer(made.name, "AAAA", alias=made.alias)]
    return found


def need_of(made: Made, rule: str, place: str) -> Need:
    """Return the question that a finding rests on: about an MX host, an address of the website, or the zone."""
    if rule == CONTACT:
        return Need("http", f"https://{made.name}/.well-known/security.txt", "192.0.2.1")
    if rule == HEADER:
        return Need("http", f"https://{made.name}/", place)
    return Need("dns", f"_25._tcp.{place}", "TLSA") if place else Need("dns", made.name, "SOA")


def judgements_of(made: Made, standards: Iterable[Standard]) -> list[Judgement]:
    """Judge a domain: what is not said of a rule is that it is kept."""
    found = []
    for role in made.roles:
        for standard in standards:
            if (standard.id in _OF_WEB) != (role is Role.WEB):
                continue
            norm = standard.norms[0]
            findings = tuple(
                Finding(rule, place or made.name, status, (need_of(made, rule, place),), "none", {"host": place}, _cause(status))
                for rule in norm.rules
                for place, status in (made.outcomes.get(rule) or {(made.mx or ("",))[0]: Status.SATISFIED}).items()
            )
            found.append(Judgement(Target(Domain(made.name), role), standard.id, "1", findings, verdict(norm, findings), {}))
    return found


def _cause(status: Status) -> Cause | None:
    return Cause.PATH if status is Status.UNDETERMINED else None


def hosted(
    folder: Path, mades: Sequence[Made], standards: Mapping[str, Standard], extra: Sequence[Observation] = (), *, days_ago: int = 0
) -> Manifest:
    """Build and seal a measurement of these domains, two in a shard; every shard has the extra observations too."""
    by_name = {made.name: made for made in mades}
    listings = [Listing(Domain(made.name), made.organisation or f"Organisatie {made.name}", made.group, made.roles) for made in mades]
    shards = [listings[start : start + 2] for start in range(0, len(listings), 2)]
    started = AT - timedelta(days=days_ago)
    create(folder, Run(started, "Testnet", dict.fromkeys(standards, "1"), 2, "0.1.0", {}, {}), shards)
    judged = []
    for number, shard in enumerate(read_listings(folder)):
        observations = {one.need: one for line in shard for one in hosting_of(by_name[line.domain.name])}
        write_shard(folder, number, (observations | {one.need: one for one in extra}).values())
        judged += [(line, judgements_of(by_name[line.domain.name], standards.values())) for line in shard]
    write_judgements(folder, judged)
    return seal(folder, started + timedelta(days=1), COSTS)
