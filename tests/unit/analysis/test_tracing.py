# SPDX-License-Identifier: EUPL-1.2
"""From a figure to the domains behind it: the same numbers as are published, and each domain once."""

from pathlib import Path

import pytest

from meetlat.analysis.figure_reference import FigureReference
from meetlat.analysis.indicators import COMPOSITES, indicators
from meetlat.analysis.shortfalls import organisation_shares
from meetlat.analysis.tracing import NoFigure, NoFigureError, traced_figure
from meetlat.model.finding import Status
from meetlat.model.norm import Verdict
from meetlat.model.target import Role
from meetlat.standards.loading import measurable
from meetlat.store.errors import MeasurementError
from tests.unit.made_up import DUINRADE, HEIDERIJK, SHARDS, VEENWAARD, judgement, large_measurement, measurement

_STANDARDS = [standard for standard in measurable() if standard.id in {"hsts", "dmarc", "spf", "https"}]
_GOOD, _BAD, _GAP, _NONE = Status.SATISFIED, Status.VIOLATED, Status.UNDETERMINED, Status.NOT_APPLICABLE


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """120 domains on four standards, with every verdict among them."""
    folder = tmp_path_factory.mktemp("large") / "m"
    large_measurement(folder, _STANDARDS, 120)
    return folder


@pytest.fixture
def small(tmp_path) -> Path:
    """Mail of two domains: one falls short on DMARC only, of the other SPF could not be established."""
    duinrade, veenwaard = (next(one for one in line.targets() if one.role is Role.MAIL) for line in (DUINRADE, VEENWAARD))
    judged = {
        duinrade: [judgement(duinrade, "dmarc", {"dmarc.x": _BAD}), judgement(duinrade, "spf", {"spf.x": _GAP})],
        veenwaard: [judgement(veenwaard, "dmarc", {"dmarc.x": _GOOD}), judgement(veenwaard, "spf", {"spf.x": _GAP})],
    }
    measurement(tmp_path / "m", SHARDS, judged)
    return tmp_path / "m"


def test_a_traced_figure_is_the_published_one(large):
    """For every standard, part and composite, of all groups and of each: the share is the same, and the domains add up to it."""
    counted = indicators(large, _STANDARDS)
    figures = [(FigureReference(one.role, one.standard, one.part, one.group), one.share) for one in counted.standards]
    figures += [(FigureReference(COMPOSITES[one.composite], one.composite, "", one.group), one.share) for one in counted.composites]
    assert len(figures) > 40
    for reference, share in figures:
        traced = traced_figure(large, reference, _STANDARDS)
        assert traced.share == share, reference
        assert len(traced.of(Verdict.COMPLIANT)) == share.compliant, reference
        assert len(traced.of(Verdict.NON_COMPLIANT)) == share.non_compliant, reference
        assert len(traced.of(Verdict.UNDETERMINED)) == share.undetermined, reference
        assert len(traced.of(Verdict.NOT_APPLICABLE)) == share.not_applicable, reference


def test_the_figures_of_organisations_are_the_published_ones(large):
    """And of a standard the organisations of a group add up to the group."""
    for one in organisation_shares(large, _STANDARDS):
        composite = next(key for key, role in COMPOSITES.items() if role is one.role)
        traced = traced_figure(large, FigureReference(one.role, composite, "", one.group, one.organisation), _STANDARDS)
        assert traced.share == one.share
        assert {domain.organisation for domain in traced.domains} == {one.organisation}
    whole = traced_figure(large, FigureReference(Role.WEB, "hsts", "", "Gemeenten"), _STANDARDS)
    names = {domain.organisation for domain in whole.domains}
    parts = [traced_figure(large, FigureReference(Role.WEB, "hsts", "", "Gemeenten", name), _STANDARDS).share for name in sorted(names)]
    assert sum(part.total for part in parts) == whole.share.total
    assert sum(part.compliant for part in parts) == whole.share.compliant


def test_of_a_composite_each_domain_says_which_standards_decide(small):
    """A violation decides alone; without one what could not be established does."""
    traced = traced_figure(small, FigureReference(Role.MAIL, "iv-mail"), _STANDARDS)
    found = {domain.domain: (domain.verdict, domain.deciding) for domain in traced.domains}
    assert found == {
        "gemeente-duinrade.nl": (Verdict.NON_COMPLIANT, ("dmarc",)),
        "waterschapveenwaard.nl": (Verdict.UNDETERMINED, ("spf",)),
    }
    assert traced.query == "composites"


@pytest.mark.parametrize(
    ("text", "fault", "choices"),
    [
        pytest.param("mail/hsts", NoFigure.KEY, ("dmarc", "iv-mail", "spf"), id="a standard that was not judged"),
        pytest.param("mail/spf/policy", NoFigure.PART, (), id="a part that was not judged"),
        pytest.param("mail/spf@Provincies", NoFigure.GROUP, ("Gemeenten", "Waterschappen"), id="a group that is not there"),
        pytest.param("mail/spf@Gemeenten@Heiderijk", NoFigure.ORGANISATION, ("Gemeente Duinrade",), id="an organisation without mail"),
    ],
)
def test_a_figure_that_is_not_there_is_refused_with_what_is(small, text, fault, choices):
    """The sentence names the choices."""
    with pytest.raises(NoFigureError) as found:
        traced_figure(small, FigureReference.parse(text), _STANDARDS)
    assert found.value.fault is fault
    assert set(found.value.choices) == set(choices)


def test_a_figure_of_nothing_judged_is_refused(tmp_path):
    """The group has a website, of which nothing was judged."""
    web = HEIDERIJK.targets()[0]
    other = VEENWAARD.targets()[0]
    measurement(
        tmp_path / "m", SHARDS, {web: [judgement(web, "hsts", {"hsts.x": _NONE})], other: [judgement(other, "spf", {"spf.x": _GOOD})]}
    )
    with pytest.raises(NoFigureError) as found:
        traced_figure(tmp_path / "m", FigureReference(Role.MAIL, "spf", "", "Gemeenten"), _STANDARDS)
    assert found.value.fault is NoFigure.NOTHING


def test_a_folder_that_is_no_measurement_is_refused(tmp_path):
    """With the fault of the folder."""
    with pytest.raises(MeasurementError):
        traced_figure(tmp_path / "nowhere", FigureReference(Role.WEB, "hsts"), _STANDARDS)
