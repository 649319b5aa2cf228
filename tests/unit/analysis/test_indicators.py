# SPDX-License-Identifier: EUPL-1.2
"""Indicators count what the verdicts say, with the right denominators, and quickly."""

import itertools
import time
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meetlat.analysis.indicators import CompositeIndicator, FailingRule, Gap, GroupSize, StandardIndicator, indicators
from meetlat.analysis.share import Share
from meetlat.model.domain import Domain
from meetlat.model.evidence import Cause
from meetlat.model.finding import Status
from meetlat.model.judgement import Judgement
from meetlat.model.norm import Verdict, worst
from meetlat.model.standard import Standard
from meetlat.model.target import Listing, Role, Target
from meetlat.store import schemas
from meetlat.store.errors import Fault, MeasurementError
from tests.unit.made_up import DUINRADE, HEIDERIJK, SHARDS, VEENWAARD, judgement, measurement

_RULE = "hsts.header-is-present"


def _standard(name: str, *composites: str) -> Standard:
    return Standard(name, {}, {}, {}, tuple(Role), composites, {}, (), None, {}, Path())


_STANDARDS = [_standard("dnssec", "iv-web", "iv-mail"), _standard("hsts", "iv-web"), _standard("security_txt")]


def _verdict(target: Target, standard: str, verdict: Verdict, **parts: Verdict) -> Judgement:
    return Judgement(target, standard, "1", (), verdict, parts)


@pytest.mark.parametrize(
    ("share", "of_judged", "of_all"),
    [
        pytest.param(Share(1, 2, 1, 1), 50.0, 25.0, id="some of each"),
        pytest.param(Share(0, 0, 0, 3), None, 0.0, id="nothing to judge"),
        pytest.param(Share(0, 0, 0, 0), None, None, id="nothing at all"),
        pytest.param(Share(3, 3, 0, 0), 100.0, 100.0, id="all"),
    ],
)
def test_percentages_of_a_share(share, of_judged, of_all):
    """Undetermined and not applicable are outside judged, and inside all."""
    assert (share.percentage_of_judged, share.percentage_of_all) == (of_judged, of_all)


def test_standards_are_counted_per_part_role_and_group(tmp_path):
    """Each count stands beside the total of all groups."""
    web, other, mail = Target(DUINRADE.domain, Role.WEB), Target(HEIDERIJK.domain, Role.WEB), Target(VEENWAARD.domain, Role.MAIL)
    judged = {
        web: [_verdict(web, "dnssec", Verdict.COMPLIANT, domain=Verdict.COMPLIANT)],
        other: [_verdict(other, "dnssec", Verdict.UNDETERMINED, domain=Verdict.NON_COMPLIANT)],
        mail: [_verdict(mail, "dnssec", Verdict.NOT_APPLICABLE)],
    }
    measurement(tmp_path / "m", SHARDS, judged)
    assert indicators(tmp_path / "m", _STANDARDS).standards == (
        StandardIndicator("dnssec", "", Role.WEB, None, Share(1, 1, 1, 0)),
        StandardIndicator("dnssec", "", Role.WEB, "Gemeenten", Share(1, 1, 1, 0)),
        StandardIndicator("dnssec", "domain", Role.WEB, None, Share(1, 2, 0, 0)),
        StandardIndicator("dnssec", "domain", Role.WEB, "Gemeenten", Share(1, 2, 0, 0)),
        StandardIndicator("dnssec", "", Role.MAIL, None, Share(0, 0, 0, 1)),
        StandardIndicator("dnssec", "", Role.MAIL, "Waterschappen", Share(0, 0, 0, 1)),
    )


def test_composites_fold_as_the_model_does(tmp_path):
    """Every pair of verdicts on two standards folds in SQL to what the model's own fold says; a third standard does not count."""
    pairs = list(itertools.product(Verdict, repeat=2))
    listings = [Listing(Domain(f"d{number}.nl"), "Gemeente Duinrade", "Gemeenten", (Role.WEB,)) for number in range(len(pairs))]
    judged = {}
    for line, (first, second) in zip(listings, pairs, strict=True):
        target = Target(line.domain, Role.WEB)
        judged[target] = [
            _verdict(target, "dnssec", first),
            _verdict(target, "hsts", second),
            _verdict(target, "security_txt", Verdict.NON_COMPLIANT),
        ]
    measurement(tmp_path / "m", [listings], judged)
    folded = Counter(worst(pair) for pair in pairs)
    compliant, failed = folded[Verdict.COMPLIANT], folded[Verdict.NON_COMPLIANT]
    share = Share(compliant, compliant + failed, folded[Verdict.UNDETERMINED], folded[Verdict.NOT_APPLICABLE])
    assert indicators(tmp_path / "m", _STANDARDS).composites == (
        CompositeIndicator("iv-web", None, share),
        CompositeIndicator("iv-web", "Gemeenten", share),
    )


def test_failing_rules_and_gaps_count_domains(tmp_path):
    """A domain counts once per rule, whatever its roles; what could not be established is not judged."""
    statuses = {DUINRADE: Status.VIOLATED, HEIDERIJK: Status.SATISFIED, VEENWAARD: Status.UNDETERMINED}
    judged = {
        target: [judgement(target, "hsts", {_RULE: status}, "connect-timeout" if status is Status.UNDETERMINED else "absent")]
        for line, status in statuses.items()
        for target in line.targets()
    }
    measurement(tmp_path / "m", SHARDS, judged)
    found = indicators(tmp_path / "m", _STANDARDS)
    assert found.failing_rules == (FailingRule("hsts", _RULE, Share(1, 2, 1, 0)),)
    assert found.gaps == (Gap(Cause.PATH, "connect-timeout", 1, 1),)


@pytest.mark.parametrize(
    ("web", "mail", "share"),
    [
        pytest.param(Status.VIOLATED, Status.SATISFIED, Share(0, 2, 0, 0), id="broken in one role"),
        pytest.param(Status.VIOLATED, Status.UNDETERMINED, Share(0, 2, 0, 0), id="broken, and more is unknown"),
        pytest.param(Status.SATISFIED, Status.UNDETERMINED, Share(0, 1, 1, 0), id="kept as far as is known"),
        pytest.param(Status.SATISFIED, Status.NOT_APPLICABLE, Share(1, 2, 0, 0), id="kept where it applies"),
        pytest.param(Status.UNDETERMINED, Status.NOT_APPLICABLE, Share(0, 1, 1, 0), id="unknown where it applies"),
        pytest.param(Status.NOT_APPLICABLE, Status.NOT_APPLICABLE, Share(0, 1, 0, 1), id="nothing to judge"),
    ],
)
def test_a_rule_is_folded_over_the_roles_of_a_domain(tmp_path, web, mail, share):
    """As a verdict is: broken before unknown, unknown before kept. The other domain breaks it, so that it is told of at all."""
    statuses = {Target(DUINRADE.domain, Role.WEB): web, Target(DUINRADE.domain, Role.MAIL): mail}
    statuses[Target(HEIDERIJK.domain, Role.WEB)] = Status.VIOLATED
    measurement(tmp_path / "m", SHARDS, {target: [judgement(target, "hsts", {_RULE: status})] for target, status in statuses.items()})
    assert indicators(tmp_path / "m", _STANDARDS).failing_rules == (FailingRule("hsts", _RULE, share),)


def test_groups_are_counted_with_domains_that_do_not_exist(tmp_path):
    """The total comes first."""
    target = Target(VEENWAARD.domain, Role.MAIL)
    judged = {target: [judgement(target, "hsts", {_RULE: Status.NOT_APPLICABLE}, "domain-does-not-exist")]}
    measurement(tmp_path / "m", SHARDS, judged)
    assert indicators(tmp_path / "m", _STANDARDS).groups == (
        GroupSize(None, 3, 3, 2, 2, 1),
        GroupSize("Gemeenten", 2, 2, 2, 1, 0),
        GroupSize("Waterschappen", 1, 1, 0, 1, 1),
    )


def test_a_folder_name_with_wildcards_is_only_a_name(tmp_path):
    """DuckDB would read [1] as a pattern."""
    folder = tmp_path / "meting [1] *"
    measurement(folder, SHARDS, {})
    assert indicators(folder, _STANDARDS).groups[0].domains == 3


def test_what_is_missing_or_damaged_is_a_measurement_error(tmp_path):
    """No traceback of DuckDB or Arrow reaches the reader."""
    measurement(tmp_path / "m", SHARDS, {})
    (tmp_path / "m" / "verdicts.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(MeasurementError) as damaged:
        indicators(tmp_path / "m", _STANDARDS)
    (tmp_path / "m" / "verdicts.parquet").unlink()
    with pytest.raises(MeasurementError) as missing:
        indicators(tmp_path / "m", _STANDARDS)
    assert (damaged.value.fault, missing.value.fault) == (Fault.DAMAGED, Fault.UNFINISHED)


def test_a_million_verdicts_are_counted_in_seconds(tmp_path):
    """Ten standards on a hundred thousand domains stay interactive."""
    measurement(tmp_path / "m", SHARDS, {})
    domains = [f"d{number}.nl" for number in range(100_000)]
    with pq.ParquetWriter(tmp_path / "m" / "verdicts.parquet", schemas.VERDICTS, compression="zstd") as writer:
        for start in range(0, len(domains), 1_000):
            names = [name for name in domains[start : start + 1_000] for _ in range(10)]
            columns = {
                "domain": names,
                "organisation": ["Gemeente Duinrade"] * len(names),
                "group": [f"Groep {number % 7}" for number in range(len(names))],
                "role": ["web"] * len(names),
                "standard": ["dnssec", "hsts", "https", "ipv6", "security_txt"] * (len(names) // 5),
                "part": [""] * len(names),
                "norm": ["1"] * len(names),
                "verdict": ["compliant", "non_compliant", "compliant", "undetermined"] * (len(names) // 4),
            }
            writer.write_table(pa.table(columns, schema=schemas.VERDICTS))
    begun = time.monotonic()
    found = indicators(tmp_path / "m", _STANDARDS)
    assert sum(row.share.total for row in found.standards if row.group is None) == 1_000_000
    assert time.monotonic() - begun < 10  # about a second on a quiet machine; the bound leaves room for busy ones
