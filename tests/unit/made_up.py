# SPDX-License-Identifier: EUPL-1.2
"""Made-up measurements of made-up government, built through the store as a real one is."""

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from meetlat.model.domain import Domain
from meetlat.model.evidence import Cause, Failure, Need, Observation
from meetlat.model.finding import Finding, Status
from meetlat.model.judgement import Judgement
from meetlat.model.norm import Norm, Obligation, verdict
from meetlat.model.standard import Standard
from meetlat.model.target import Listing, Role, Target
from meetlat.publish.guidance import guidance
from meetlat.store.asking import Asking
from meetlat.store.evidence import write_shard
from meetlat.store.folder import create, read_listings
from meetlat.store.judgements import write_judgements
from meetlat.store.manifest import Manifest, seal
from meetlat.store.run import Run

STARTED = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
FINISHED = datetime(2026, 6, 2, 17, 30, tzinfo=UTC)
# Of a person, so it may be nowhere but in run.json.
CONTACT = "j.jansen@duinrade.example"
ASKING = Asking(CONTACT, "meten.duinrade.example", 3, "a" * 64, {"per_address": 5, "connect_seconds": 5}, (None,))
RUN = Run(
    started=STARTED,
    vantage="Testnet, Amsterdam",
    norms={"hsts": "2021-01"},
    shard_size=2,
    meetlat="0.1.0",
    libraries={"dnspython": "2.8.0"},
    standards={"hsts": "0" * 64},
    asking=ASKING,
)
COSTS = {"connections": 12, "dns_questions": 34, "cpu_seconds": 5.5}

DUINRADE = Listing(Domain("gemeente-duinrade.nl"), "Gemeente Duinrade", "Gemeenten", (Role.WEB, Role.MAIL))
HEIDERIJK = Listing(Domain("heiderijk.nl"), "Gemeente Heiderijk", "Gemeenten", (Role.WEB,))
VEENWAARD = Listing(Domain("waterschapveenwaard.nl"), "Waterschap Veenwaard", "Waterschappen", (Role.MAIL,))
SHARDS = ((DUINRADE, HEIDERIJK), (VEENWAARD,))

_VALUES: Mapping[str, str] = {
    "address": "198.51.100.7",
    "host": "mail.duinrade.example",
    "seconds": "300",
    "least": "31536000",
    "header": "max-age=300",
}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def need_of(target: Target) -> Need:
    """Return the one need that made-up findings rest on."""
    return Need("http", f"https://{target.domain}/", "198.51.100.7")


def observation_of(target: Target) -> Observation:
    """Return the observation that answers it, soon after the start; where a test moves FINISHED, the evidence moves along."""
    answer = {
        "status": 200,
        "headers": [["Server", "nginx"], ["Content-Type", "text/html"]],
        "body": f"<h1>{target.domain}</h1>",
        "complete": True,
    }
    return Observation(need_of(target), FINISHED - timedelta(hours=33, minutes=25), answer)


def judgement(target: Target, standard: str, statuses: Mapping[str, Status], reason: str = "") -> Judgement:
    """Make a judgement with one finding per rule; the verdict is a plain fold of them all."""
    findings = tuple(
        Finding(
            rule, target.domain.name, status, (need_of(target),), reason, _VALUES, Cause.PATH if status is Status.UNDETERMINED else None
        )
        for rule, status in statuses.items()
    )
    return Judgement(target, standard, "2021-01", findings, verdict(_norm(statuses), findings), {})


def measurement(folder: Path, shards: Sequence[Sequence[Listing]], judge: Mapping[Target, Sequence[Judgement]]) -> Manifest:
    """Build and seal a measurement with these judgements, and one observation per domain."""
    create(folder, RUN, shards)
    for number, shard in enumerate(read_listings(folder)):
        write_shard(folder, number, {need_of(target): observation_of(target) for line in shard for target in line.targets()}.values())
    listings = [line for shard in read_listings(folder) for line in shard]
    write_judgements(folder, ((line, [found for target in line.targets() for found in judge.get(target, ())]) for line in listings))
    return seal(folder, FINISHED, COSTS)


def large_measurement(
    folder: Path, standards: Sequence[Standard], domains: int, shard_size: int = 100, *, each_its_own: bool = False
) -> Manifest:
    """Build a measurement of many made-up domains on real standards, with outcomes drawn by a fixed seed.

    There are forty organisations, or with ``each_its_own`` as many as there are domains.
    """
    chance = random.Random(20260601)  # noqa: S311 - made-up data, not secrets
    norms = {standard.id: standard.norms[-1] for standard in standards}
    listings = [_listing(number, chance) for number in range(domains)]
    if each_its_own:
        listings = [replace(one, organisation=f"{one.organisation} {number}") for number, one in enumerate(listings)]
    shards = [listings[start : start + shard_size] for start in range(0, domains, shard_size)]
    run = Run(STARTED, "Testnet, Amsterdam", {key: norm.version for key, norm in norms.items()}, shard_size, "0.1.0", {}, {}, asking=ASKING)
    create(folder, run, shards)
    judged = []
    for number, shard in enumerate(read_listings(folder)):
        observations: list[Observation] = []
        for line in shard:
            fate = chance.random()
            judgements = [
                _drawn(standard, norms[standard.id], target, (fate, chance), observations)
                for target in line.targets()
                for standard in standards
                if target.role in standard.roles
            ]
            judged.append((line, judgements))
        write_shard(folder, number, {(seen.need, seen.attempt): seen for seen in observations}.values())
    write_judgements(folder, judged)
    return seal(folder, FINISHED, COSTS)


def _norm(rules: Iterable[str]) -> Norm:
    """Return a norm that asks all these rules."""
    return Norm("hsts", "2021-01", STARTED.date(), None, "RFC 6797", dict.fromkeys(rules, Obligation.MUST), {}, {})


_PLACES = (
    "Duinrade",
    "Heiderijk",
    "Veenwaard",
    "Oosterbeemd",
    "Kronenwijk",
    "Lindedam",
    "Westervoort aan Zee",
    "Zandmeer",
    "Polderhoek",
    "Grensveld",
)
_KINDS = (
    ("gemeente-", "Gemeente", "Gemeenten"),
    ("provincie-", "Provincie", "Provincies"),
    ("waterschap-", "Waterschap", "Waterschappen"),
    ("rijk-", "Ministerie van", "Rijksoverheid"),
)


def _listing(number: int, chance: random.Random) -> Listing:
    """Draw a domain and its organisation."""
    prefix, kind, group = chance.choices(_KINDS, (60, 8, 12, 20))[0]
    place = chance.choice(_PLACES)
    name = f"{prefix}{place.lower().replace(' ', '-')}-{number}.nl"
    return Listing(Domain(name), f"{kind} {place}", group, chance.choice(((Role.WEB, Role.MAIL), (Role.WEB,), (Role.WEB, Role.MAIL))))


def _drawn(standard: Standard, norm: Norm, target: Target, luck: tuple[float, random.Random], observations: list[Observation]) -> Judgement:
    """Draw a judgement: each rule gets one of the outcomes that its guidance has words for."""
    words = guidance(standard, "nl")
    skill = 0.93 - 0.02 * len(standard.id) % 0.11 if target.domain.name.startswith("gemeente") else 0.98
    fate, chance = luck
    findings = []
    for rule in norm.rules:
        need = Need("http" if target.role is Role.WEB else "smtp", f"https://{target.domain}/", rule)
        if fate < 0.02:
            findings.append(Finding(rule, target.domain.name, Status.NOT_APPLICABLE, (need,), "domain-does-not-exist"))
            continue
        if fate < 0.05:
            failure = chance.choice((Failure.CONNECT_TIMEOUT, Failure.SERVFAIL, Failure.OUR_LIMIT))
            observations += [
                Observation(need, STARTED + timedelta(seconds=chance.randrange(90_000)), failure=failure, attempt=attempt, detail="seen")
                for attempt in (1, 2)
            ]
            findings.append(
                Finding(
                    rule,
                    target.domain.name,
                    Status.UNDETERMINED,
                    (need,),
                    failure.value,
                    {"need": str(need), "detail": "seen"},
                    failure.cause,
                )
            )
            continue
        labels = [label for label in words.rules[rule].outcomes if label.startswith("violated")]
        good = chance.random() < skill or not labels
        label = "satisfied" if good else chance.choice(labels)
        status, _, reason = label.partition("/")
        text = words.rules[rule].outcomes.get(label, "")
        arguments = {name: _VALUES.get(name, f"<b>{name}</b>") for name in _PLACEHOLDER.findall(text)}
        observations.append(
            Observation(
                need,
                STARTED + timedelta(seconds=chance.randrange(90_000)),
                answer={"status": 200, "headers": [["Server", "<script>alert(1)</script>"]]},
            )
        )
        findings.append(Finding(rule, target.domain.name, Status(status), (need,), reason, arguments))
    parts = {part: verdict(norm, findings, part) for part in norm.parts}
    return Judgement(target, standard.id, norm.version, tuple(findings), verdict(norm, findings), parts)
