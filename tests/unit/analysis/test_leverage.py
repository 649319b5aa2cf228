# SPDX-License-Identifier: EUPL-1.2
"""What is shared by those that fall short, and what mending it gives, against tables that were worked out by hand."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetlat.analysis.hosting import Layer, Supply, SupplyKind
from meetlat.analysis.leverage import Causes, Lever, causes, levers, narrowest
from meetlat.analysis.share import Share
from meetlat.model.finding import Status
from meetlat.model.norm import Verdict, verdict, worst
from meetlat.model.target import Role
from tests.unit.analysis.hosted import DANE, DNSSEC, MATCHES, PUBLISHED, SIGNED, STANDARDS, Made, hosted, judgements_of

_POST, _BRIEF = "mx1.postkade.nl", "mx1.brievenweg.nl"
_DANE, _IV = ("dane", Role.MAIL), ("iv-mail", Role.MAIL)
_BAD, _GAP, _GOOD = Status.VIOLATED, Status.UNDETERMINED, Status.SATISFIED


def _at(name: str, *hosts: str, **more: object) -> Made:
    return Made(name, mx=hosts, **more)


def _breaks(name: str, host: str, rule: str = PUBLISHED) -> Made:
    return _at(name, host, outcomes={rule: {host: _BAD}})


# The example of docs/method/causes.md.
_EXAMPLE = [
    _at("een.nl", _POST, outcomes={PUBLISHED: {_POST: _BAD}, SIGNED: {"": _BAD}}),
    _breaks("twee.nl", _POST),
    _at("drie.nl", _POST, "mx.drie.nl", outcomes={PUBLISHED: {_POST: _BAD}, MATCHES: {"mx.drie.nl": _BAD}}),
    _at("vier.nl", _POST),
    _at("vijf.nl", _POST, outcomes={PUBLISHED: {_POST: _GAP}}),
    _at("zes.nl", _POST, outcomes={PUBLISHED: {_POST: _BAD}, MATCHES: {_POST: _GAP}}),
    *(_breaks(f"brief-{number}.nl", _BRIEF) for number in range(3)),
    *(_at(f"goed-{number}.nl", _BRIEF) for number in range(4)),
]


def _causes(tmp_path: Path, mades: list[Made]) -> Causes:
    hosted(tmp_path / "m", mades, STANDARDS)
    return causes(tmp_path / "m", STANDARDS)


def _lever(found: Causes, name: str, rule: str = PUBLISHED) -> Lever:
    return next(one for one in found.levers if one.supply.name == name and one.rule == rule)


def test_the_worked_example_of_the_method(tmp_path):
    """Each domain at the supplier is counted once: lifted, held back, uncertain, complying or unknown."""
    one = _lever(_causes(tmp_path, _EXAMPLE), "postkade.nl")
    assert (one.failing, one.organisations, one.elsewhere, one.complying, one.undetermined, one.not_applicable) == (4, 4, 0, 1, 1, 0)
    assert (one.lift.lifted, one.lift.held_back, one.lift.uncertain) == (2, 1, 1)
    assert (one.lift.now, one.lift.mended) == (Share(5, 12, 1, 0), Share(7, 12, 1, 0))
    assert one.composite is not None
    assert (one.composite.figure, one.composite.lifted, one.composite.held_back, one.composite.uncertain) == (_IV, 1, 2, 1)
    assert (one.composite.now, one.composite.mended) == (Share(5, 12, 1, 0), Share(6, 12, 1, 0))
    assert (one.is_shared_cause, one.is_own, one.kind) == (True, False, "mail")


def test_a_supplier_of_which_most_domains_keep_the_rule_is_no_shared_cause(tmp_path):
    """Three of seven is below half: the counter-evidence is shown, and mending it is in no promise."""
    found = _causes(tmp_path, _EXAMPLE)
    one = _lever(found, "brievenweg.nl")
    assert (one.failing, one.complying, one.others_failing, one.others_known, one.is_shared_cause) == (3, 4, 4, 5, False)
    assert [(step.supply.name, step.rules, step.lifted, step.after) for step in found.best(_DANE).steps] == [
        ("postkade.nl", (PUBLISHED,), 2, Share(7, 12, 1, 0))
    ]


@pytest.mark.parametrize(
    ("failing", "complying", "expected"),
    [
        pytest.param(2, 0, None, id="two domains are too few to show at all"),
        pytest.param(3, 0, True, id="three, and nothing against it"),
        pytest.param(3, 3, True, id="exactly half"),
        pytest.param(3, 4, False, id="one short of half"),
        pytest.param(10, 11, False, id="many, yet less than half"),
    ],
)
def test_the_threshold_of_a_shared_cause(tmp_path, failing, complying, expected):
    """At least three, and at least half of those of which it is known."""
    mades = [_breaks(f"slecht-{number}.nl", _POST) for number in range(failing)]
    mades += [_at(f"goed-{number}.nl", _POST) for number in range(complying)]
    found = [one for one in _causes(tmp_path, mades).levers if one.supply.name == "postkade.nl"]
    assert [one.is_shared_cause for one in found] == ([] if expected is None else [expected])


def test_what_is_as_common_everywhere_is_no_shared_cause(tmp_path):
    """Three of four at this supplier, and three of four elsewhere: the supplier makes no difference."""
    mades = [_breaks(f"post-{number}.nl", _POST) for number in range(3)] + [_at("post-goed.nl", _POST)]
    mades += [_breaks(f"los-{number}.nl", f"mx.los-{number}.nl") for number in range(3)] + [_at("los-goed.nl", "mx.los-goed.nl")]
    one = _lever(_causes(tmp_path / "same", mades), "postkade.nl")
    assert (one.failing, one.complying, one.others_failing, one.others_known, one.is_shared_cause) == (3, 1, 3, 4, False)
    one = _lever(_causes(tmp_path / "more", [*mades, _at("nog-een.nl", "mx.nog-een.nl")]), "postkade.nl")
    assert (one.others_failing, one.others_known, one.is_shared_cause) == (3, 5, True)


def test_what_breaks_elsewhere_is_not_held_against_a_supplier(tmp_path):
    """Two MX hosts at two suppliers: the finding says which of them it is about."""
    mades = [_at(f"d{number}.nl", _POST, _BRIEF, outcomes={PUBLISHED: {_BRIEF: _BAD, _POST: _GOOD}}) for number in range(3)]
    mades.append(_at("goed.nl", "mx.goed.nl"))
    found = _causes(tmp_path, [*mades, *(_breaks(f"e{number}.nl", _POST) for number in range(3))])
    post, brief = _lever(found, "postkade.nl"), _lever(found, "brievenweg.nl")
    assert (post.failing, post.elsewhere, post.is_shared_cause) == (3, 3, True)
    assert (brief.failing, brief.elsewhere, brief.is_shared_cause) == (3, 0, True)


def test_two_suppliers_that_fail_together_lift_only_together(tmp_path):
    """The second step of the list of best suppliers brings what the first could not; a step that brings nothing is not taken."""
    both = [_at(f"samen-{number}.nl", _POST, _BRIEF, outcomes={PUBLISHED: {_POST: _BAD, _BRIEF: _BAD}}) for number in range(3)]
    alone = [_breaks("alleen.nl", _POST), _at("goed.nl", "mx.goed.nl")]
    found = _causes(tmp_path, both + alone)
    assert [(step.supply.name, step.lifted) for step in found.best(_DANE).steps] == [("postkade.nl", 1), ("brievenweg.nl", 3)]
    assert [_lever(found, name).lift.lifted for name in ("postkade.nl", "brievenweg.nl")] == [1, 0]
    assert found.best(_DANE, count=1).mended == Share(2, 5, 0, 0)
    assert _causes(tmp_path / "both", both).best(_DANE).steps == ()


def test_own_hosting_is_no_supplier(tmp_path):
    """One organisation with three domains on its own mail server: a lever, marked as own, and in no list of suppliers to call."""
    mades = [
        Made(f"duinrade-{number}.nl", "Gemeente Duinrade", mx=("mx.duinrade-0.nl",), outcomes={PUBLISHED: {"mx.duinrade-0.nl": _BAD}})
        for number in range(3)
    ]
    found = _causes(tmp_path, mades)
    one = _lever(found, "duinrade-0.nl")
    assert (one.is_own, one.organisations, one.lift.lifted) == (True, 1, 3)
    assert found.best(_DANE).steps == ()


def test_a_fault_of_one_server_points_at_that_server(tmp_path):
    """Three of ten customers are behind the server that fails: the server explains it, the supplier as a whole does not."""
    mades = [_breaks(f"slecht-{number}.nl", "mx9.postkade.nl") for number in range(3)]
    mades += [_at(f"goed-{number}.nl", _POST) for number in range(7)]
    found = _causes(tmp_path, mades)
    assert [(one.supply, one.is_shared_cause) for one in narrowest(found.levers)] == [
        (Supply(Layer.MAIL, SupplyKind.HOST, "mx9.postkade.nl"), True)
    ]
    assert not _lever(found, "postkade.nl").is_shared_cause


def test_of_what_explains_the_same_domains_who_can_be_called_is_kept(tmp_path):
    """The supplier, not its one MX host."""
    found = _causes(tmp_path, [_breaks(f"d{number}.nl", _POST) for number in range(3)])
    assert {one.supply.name for one in found.levers} == {"postkade.nl", _POST}
    assert [one.supply.name for one in narrowest(found.levers)] == ["postkade.nl"]


def test_advice_stands_in_nobodys_way(tmp_path):
    """A rule that is no requirement gives no lever."""
    rollover = "dane.mail-is-ready-for-rollover"
    assert _causes(tmp_path, [_breaks(f"d{number}.nl", _POST, rollover) for number in range(3)]).levers == ()


def test_a_zone_leads_to_who_serves_it(tmp_path):
    """DNSSEC is mended at the DNS operator, whoever receives the mail."""
    mades = [Made(f"d{number}.nl", mx=(f"mx.d{number}.nl",), outcomes={SIGNED: {"": _BAD}}) for number in range(3)]
    found = _levers_of(tmp_path, mades)
    assert [(one.kind, one.supply.name, one.standard, one.lift.lifted) for one in narrowest(found)] == [("dns", "naamwerf.nl", "dnssec", 3)]


def _levers_of(tmp_path: Path, mades: list[Made]) -> tuple[Lever, ...]:
    """Return the levers of a measurement of these domains."""
    hosted(tmp_path / "m", mades, STANDARDS)
    return levers(tmp_path / "m", STANDARDS)


def test_a_measurement_without_violations_has_no_levers(tmp_path):
    """And nothing to mend."""
    found = _causes(tmp_path, [_at("goed.nl", _POST)])
    assert (found.levers, found.best(_DANE).mended) == ((), Share(1, 1, 0, 0))


def test_the_same_measurement_gives_the_same_levers(tmp_path):
    """In the same order."""
    hosted(tmp_path / "m", _EXAMPLE, STANDARDS)
    assert levers(tmp_path / "m", STANDARDS) == levers(tmp_path / "m", STANDARDS)


_HOSTS = ("mx1.postkade.nl", "mx2.postkade.nl", "mx1.brievenweg.nl", "mx1.koeriersloot.nl")
_STATUSES = st.sampled_from([Status.SATISFIED, Status.SATISFIED, Status.VIOLATED, Status.VIOLATED, Status.UNDETERMINED])


@st.composite
def _made_up(draw) -> list[Made]:
    """Draw up to a dozen domains behind few hosts, with any outcome at each."""
    mades = []
    for number in range(draw(st.integers(1, 12))):
        hosts = tuple(draw(st.lists(st.sampled_from(_HOSTS), min_size=1, max_size=2, unique=True)))
        outcomes = {rule: {host: draw(_STATUSES) for host in hosts} for rule in (PUBLISHED, MATCHES)}
        mades.append(_at(f"d{number}.nl", *hosts, outcomes={**outcomes, SIGNED: {"": draw(_STATUSES)}}))
    return mades


def _judged_again(mades: list[Made], mended: set[tuple[str, str]]) -> tuple[int, int]:
    """Count how many comply with DANE, and with both standards, when these rules are kept at these suppliers."""
    dane = both = 0
    for made in mades:
        found = {one.standard: one.findings for one in judgements_of(made, STANDARDS.values())}
        verdicts = []
        for standard in (DANE, DNSSEC):
            then = [
                replace(one, status=_GOOD) if one.status is _BAD and (one.rule, _supplier(one.rule, one.subject)) in mended else one
                for one in found[standard.id]
            ]
            verdicts.append(verdict(standard.norms[0], then))
        dane += verdicts[0] is Verdict.COMPLIANT
        both += worst(verdicts) is Verdict.COMPLIANT
    return dane, both


def _supplier(rule: str, subject: str) -> str:
    return "naamwerf.nl" if rule == SIGNED else ".".join(subject.split(".")[-2:])


@settings(max_examples=40, deadline=None)
@given(_made_up())
def test_the_promise_is_what_judging_again_gives(mades):
    """The share when mended is exactly that of the same findings with the mended violations satisfied; and never lower than now."""
    with tempfile.TemporaryDirectory() as place:
        found = _causes(Path(place), mades)
    for place_, figure in enumerate((_DANE, _IV)):
        best = found.best(figure)
        counts = [best.now.compliant, *(step.after.compliant for step in best.steps)]
        assert counts == sorted(counts)
        mended = {(rule, step.supply.name) for step in best.steps for rule in step.rules}
        assert best.mended.compliant == _judged_again(mades, mended)[place_]
        assert (best.mended.judged, best.mended.total) == (best.now.judged, best.now.total)
    for one in found.levers:
        assert one.failing == len(one.domains)
        assert one.failing + one.elsewhere + one.complying + one.others_known == sum(_is_known(made, one.rule) for made in mades)
        assert one.uses == sum(_uses(made, one.supply) for made in mades)
        for lift in (one.lift, one.composite):
            assert lift is not None
            assert lift.lifted + lift.held_back + lift.uncertain == one.failing
            assert lift.mended.compliant - lift.now.compliant == lift.lifted >= 0


def _is_known(made: Made, rule: str) -> bool:
    """Whether it is known of a domain if it keeps a rule."""
    statuses = set(made.outcomes[rule].values())
    return _BAD in statuses or _GAP not in statuses


def _uses(made: Made, supply: Supply) -> bool:
    """Whether a domain uses something."""
    return supply.layer is Layer.DNS or any(host == supply.name or host.endswith(f".{supply.name}") for host in made.mx)
