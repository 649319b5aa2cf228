# SPDX-License-Identifier: EUPL-1.2
"""The SQL on agreements counts what the model's own function says, domain by domain."""

import random
import time
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meetlat.analysis.agreements import Unanswered, agreement_indicators, domain_states, unanswered
from meetlat.analysis.share import Share
from meetlat.model.agreement import Agreement, AgreementKind, Ask, Reading, State, state
from meetlat.model.domain import Domain
from meetlat.model.evidence import Cause
from meetlat.model.finding import Finding, Status
from meetlat.model.judgement import Judgement
from meetlat.model.norm import Verdict
from meetlat.model.partial_date import PartialDate
from meetlat.model.target import Listing, Role, Target
from meetlat.store import schemas
from meetlat.store.errors import Fault, MeasurementError
from meetlat.store.judgements import each_shard
from tests.unit.made_up import SHARDS, measurement, need_of

WEB, MAIL = Role.WEB, Role.MAIL
ONE = Agreement(
    id="one",
    names={},
    kind=AgreementKind.STREEFBEELDAFSPRAAK,
    made_by="OBDO",
    werkingsgebied={},
    groups=(),
    asks=(Ask("tls", WEB), Ask("spf", MAIL, ("record", "policy"))),
    reading=Reading.MUST,
    agreed=PartialDate(2018),
    by=PartialDate(2019),
    in_force=None,
    sources=(),
)
AGREEMENTS = (
    ONE,
    replace(ONE, id="strict", reading=Reading.WITHOUT_PHASE_OUT),
    replace(ONE, id="strict-and-by-norm", reading=Reading.WITHOUT_PHASE_OUT, asks=(Ask("tls", WEB, norm="1"), Ask("tls", MAIL, norm="2"))),
    replace(ONE, id="for-some", groups=("GEMEENTEN",)),
    replace(ONE, id="web", asks=(Ask("tls", WEB),)),
    replace(ONE, id="part", asks=(Ask("spf", MAIL, ("policy",)),)),
    replace(ONE, id="not-measured", asks=(Ask("tls", WEB), Ask("telex", MAIL))),
    replace(ONE, id="not-due", by=PartialDate(2030)),
    replace(ONE, id="not-made", agreed=PartialDate(2028), by=PartialDate(2030)),
    replace(ONE, id="law", by=None, in_force=PartialDate(2023, 7, 1)),
    replace(ONE, id="nothing", asks=()),
)
DAY = date(2026, 6, 2)
RULES = ("tls.versions-are-not-phased-out", "tls.suites-are-not-phased-out", "tls.ocsp-staple-is-valid")


def _drawn(target: Target, standard: str, chance: random.Random) -> Judgement:
    """Draw a judgement, with any verdict, part and finding."""
    parts = {part: chance.choice(list(Verdict)) for part in ("record", "policy") if standard == "spf" and chance.random() < 0.9}
    findings = []
    for rule in RULES if standard == "tls" else ():
        status = chance.choices(list(Status), (5, 1, 1, 1))[0]
        cause = Cause.PATH if status is Status.UNDETERMINED else None
        findings.append(Finding(rule, target.domain.name, status, (need_of(target),), "drawn", {}, cause))
    return Judgement(target, standard, chance.choice("12"), tuple(findings), chance.choices(list(Verdict), (4, 1, 1, 1))[0], parts)


def _made_up(folder: Path, seed: int) -> None:
    """Build a measurement in which everything happens."""
    chance = random.Random(seed)  # noqa: S311 - made-up data, not secrets
    listings = []
    for number in range(120):
        organisation, group = chance.choice(
            (("Gemeente Duinrade", "Gemeenten"), ("Gemeente Zandmeer", "Gemeenten"), ("Provincie", "provincies"))
        )
        listings.append(Listing(Domain(f"d{number}.nl"), organisation, group, chance.choice(((WEB,), (MAIL,), (WEB, MAIL)))))
    judge = {
        target: [_drawn(target, standard, chance) for standard in ("tls", "spf") if chance.random() < 0.9]
        for line in listings
        for target in line.targets()
    }
    measurement(folder, [listings[:70], listings[70:]], judge)


@pytest.mark.parametrize("seed", range(5))
def test_the_sql_says_what_the_model_says(tmp_path, seed):
    """For every agreement and domain; and it counts them per organisation, group and whole."""
    folder = tmp_path / "m"
    _made_up(folder, seed)
    naive = {
        (agreement.id, listing.domain.name): (listing.group, listing.organisation, state(agreement, DAY, listing, judgements))
        for shard, _ in each_shard(folder)
        for listing, judgements in shard
        for agreement in AGREEMENTS
    }
    found = {(one.agreement, one.domain): (one.group, one.organisation, one.state) for one in domain_states(folder, AGREEMENTS, DAY)}
    assert found == naive
    counts: Counter[tuple[str, str | None, str | None, State]] = Counter()
    for (agreement, _), (group, organisation, one) in naive.items():
        for key in ((None, None), (group, None), (group, organisation)):
            counts[agreement, *key, one] += 1
    for row in agreement_indicators(folder, AGREEMENTS, DAY):
        seen = {one: counts[row.agreement, row.group, row.organisation, one] for one in State}
        judged = seen[State.KEPT] + seen[State.NOT_KEPT] + seen[State.NOT_DUE]
        assert row.share == Share(seen[State.KEPT], judged, seen[State.UNDETERMINED], seen[State.NOT_APPLICABLE])
        assert (row.not_kept, row.not_due) == (seen[State.NOT_KEPT], seen[State.NOT_DUE])
    assert {one for _, _, one in naive.values()} == set(State)


def test_the_whole_comes_first_and_adds_up(tmp_path):
    """Every agreement has a row for everything, each group and each organisation, and each holds every domain."""
    _made_up(tmp_path / "m", 7)
    rows = [row for row in agreement_indicators(tmp_path / "m", AGREEMENTS, DAY) if row.agreement == "one"]
    assert [(row.group, row.organisation) for row in rows] == [
        (None, None),
        ("Gemeenten", None),
        ("Gemeenten", "Gemeente Duinrade"),
        ("Gemeenten", "Gemeente Zandmeer"),
        ("provincies", None),
        ("provincies", "Provincie"),
    ]
    assert rows[0].share.total == rows[1].share.total + rows[4].share.total == 120


def test_what_a_measurement_cannot_tell_is_listed(tmp_path):
    """What was not judged in a role that there is, or by another norm than the agreement names; then no share can be given."""
    targets = [target for shard in SHARDS for line in shard for target in line.targets()]
    judge = {target: [Judgement(target, "tls", "2025-05", (), Verdict.COMPLIANT, {})] for target in targets if target.role is WEB}
    measurement(tmp_path / "m", SHARDS, judge)
    named, other, absent = Ask("tls", WEB, norm="2025-05"), Ask("tls", WEB, norm="2.1"), Ask("tls", MAIL)
    agreements = [replace(ONE, id="known", asks=(named, Ask("tls", WEB))), replace(ONE, id="open", asks=(other, absent))]
    assert unanswered(tmp_path / "m", agreements) == (Unanswered("open", other, "2025-05"), Unanswered("open", absent, ""))
    answered = {row.agreement: row.is_answered for row in agreement_indicators(tmp_path / "m", agreements, DAY)}
    assert answered == {"known": True, "open": False}


def test_what_is_no_measurement_is_refused(tmp_path):
    """What is absent, unfinished or damaged is said to be that."""
    measurement(tmp_path / "damaged", SHARDS, {})
    (tmp_path / "damaged" / "verdicts.parquet").write_bytes(b"PAR1 no more")
    (tmp_path / "unfinished").mkdir()
    for name, fault in (("absent", Fault.NOT_THERE), ("unfinished", Fault.UNFINISHED), ("damaged", Fault.DAMAGED)):
        with pytest.raises(MeasurementError) as told:
            agreement_indicators(tmp_path / name, AGREEMENTS, DAY)
        assert told.value.fault is fault


def test_a_million_verdicts_are_counted_in_seconds(tmp_path):
    """Ten agreements on a hundred thousand domains stay interactive."""
    folder = tmp_path / "m"
    measurement(folder, SHARDS, {})
    domains = [f"d{number}.nl" for number in range(100_000)]
    whose = {"organisation": [f"Gemeente {number % 400}" for number in range(100_000)], "group": ["Gemeenten"] * 100_000}
    targets = {"domain": domains, **whose, "role": ["web"] * 100_000, "shard": [0] * 100_000}
    targets |= dict.fromkeys(("organisation_id", "ministry"), [None] * 100_000)
    pq.write_table(pa.table(targets, schema=schemas.TARGETS), folder / "targets.parquet")
    with pq.ParquetWriter(folder / "verdicts.parquet", schemas.VERDICTS, compression="zstd") as writer:
        for standard in ("tls", "hsts", "https", "ipv6", "rpki", "dnssec", "caa", "security_txt", "spf", "dkim"):
            verdicts = ["compliant", "non_compliant", "compliant", "undetermined"] * 25_000
            fixed = {"role": ["web"] * 100_000, "standard": [standard] * 100_000, "part": [""] * 100_000, "norm": ["1"] * 100_000}
            writer.write_table(pa.table({"domain": domains, **whose, **fixed, "verdict": verdicts}, schema=schemas.VERDICTS))
    asks = tuple(Ask(standard, WEB) for standard in ("tls", "hsts", "https"))
    agreements = [replace(ONE, id=f"a{number}", asks=asks) for number in range(10)]
    begun = time.monotonic()
    found = agreement_indicators(folder, agreements, DAY)
    assert sum(row.share.total for row in found if row.group is None) == 1_000_000
    assert time.monotonic() - begun < 10  # two seconds or so on a quiet machine; the bound leaves room for busy ones
