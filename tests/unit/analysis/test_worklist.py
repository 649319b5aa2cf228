# SPDX-License-Identifier: EUPL-1.2
"""The work list says what to mend, whom to write to, since when, and what it gives; what gives most stands first."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.analysis import worklist
from meetlat.analysis.worklist import Asked, NotEarlierError, Task, tasks
from meetlat.model.agreement import Agreement, AgreementKind, Ask, Reading
from meetlat.model.evidence import Need, Observation
from meetlat.model.finding import Status
from meetlat.model.partial_date import PartialDate
from meetlat.model.target import Role
from tests.unit.analysis.hosted import AT, CONTACT, DANE, DNSSEC, MATCHES, PUBLISHED, SECURITY_TXT, SIGNED, Made, hosted

_STANDARDS = {"dane": DANE, "dnssec": DNSSEC, "security_txt": SECURITY_TXT}
_POST = "mx1.postkade.nl"
_BAD, _GAP = Status.VIOLATED, Status.UNDETERMINED
_BOTH = (Role.WEB, Role.MAIL)
_VALID = "Contact: mailto:security@{domain}\nExpires: 2026-12-31T00:00:00Z\n"


def _bad(name: str, host: str = _POST, **more: object) -> Made:
    return Made(name, mx=(host,), **{"outcomes": {PUBLISHED: {host: _BAD}}, **more})


def _file(domain: str, body: str) -> Observation:
    need = Need("http", f"https://{domain}/.well-known/security.txt", "192.0.2.1")
    return Observation(need, AT, {"status": 200, "headers": [], "body": body, "body_bytes": len(body), "complete": True})


def _tasks(tmp_path: Path, mades: list[Made], asked: Asked | None = None, extra=()) -> dict[tuple[str, str], Task]:
    hosted(tmp_path / "m", mades, _STANDARDS, extra)
    return {(one.domain, one.standard): one for one in tasks(tmp_path / "m", _STANDARDS, asked or Asked())}


def _agreement(**changes: object) -> Agreement:
    values = {
        "id": "dane-2019",
        "names": {"nl": "DANE", "en": "DANE"},
        "kind": AgreementKind.STREEFBEELDAFSPRAAK,
        "made_by": "OBDO",
        "werkingsgebied": {},
        "groups": (),
        "asks": (Ask("dane", Role.MAIL),),
        "reading": Reading.MUST,
        "agreed": PartialDate(2018),
        "by": PartialDate(2019, 12, 31),
        "in_force": None,
        "sources": (),
    }
    return Agreement(**{**values, **changes})


def test_gain_is_what_one_domain_is_of_the_standard_and_of_the_composite(tmp_path):
    """Of four that are judged one is a quarter: 25 points; on the composite only for what is the last obstacle there."""
    mades = [_bad("een.nl"), _bad("twee.nl", outcomes={PUBLISHED: {_POST: _BAD}, SIGNED: {"": _BAD}}), Made("goed.nl"), Made("ook.nl")]
    found = _tasks(tmp_path, mades)
    one, two, zone = found["een.nl", "dane"], found["twee.nl", "dane"], found["twee.nl", "dnssec"]
    assert (one.points, one.composite, one.composite_points, one.is_last_obstacle, one.gain) == (25.0, "iv-mail", 25.0, True, 50.0)
    assert (two.points, two.composite_points, two.is_last_obstacle, two.gain) == (25.0, 0.0, False, 25.0)
    assert (zone.rules, zone.composite_points) == ((SIGNED,), 0.0)
    assert next(iter(found)) == ("een.nl", "dane")


def test_what_could_not_be_judged_makes_the_gain_uncertain(tmp_path):
    """No points are promised for a domain of which something else is not known."""
    made = _bad("een.nl", outcomes={PUBLISHED: {_POST: _BAD}, MATCHES: {_POST: _GAP}})
    one = _tasks(tmp_path, [made])["een.nl", "dane"]
    assert (one.is_certain, one.points, one.composite_points) == (False, 0.0, 0.0)


def test_a_shared_cause_says_who_and_how_many_others(tmp_path):
    """Mending it once gives more than one domain does, so that it stands before what only one has."""
    mades = [_bad(f"d{number}.nl") for number in range(3)] + [_bad("alleen.nl", "mx.alleen.nl"), Made("goed.nl")]
    found = _tasks(tmp_path, mades)
    assert [domain for domain, _ in found] == ["d0.nl", "d1.nl", "d2.nl", "alleen.nl"]
    shared = found["d1.nl", "dane"].shared
    assert shared is not None
    assert (shared.lever.supply.name, shared.others, shared.points) == ("postkade.nl", 2, 60.0)
    assert found["alleen.nl", "dane"].shared is None


@pytest.mark.parametrize(
    ("failing_before", "since", "is_new"),
    [
        pytest.param((), None, False, id="without earlier measurements it is not known"),
        pytest.param((False,), date(2026, 6, 2), True, id="it complied in the one before: new"),
        pytest.param((True,), date(2026, 3, 4), False, id="it fell short in the one before"),
        pytest.param((True, True), date(2025, 12, 4), False, id="and in the one before that"),
        pytest.param((True, False), date(2026, 3, 4), False, id="in the one before, and before that not"),
        pytest.param((False, True), date(2026, 6, 2), True, id="it fell short, was mended, and falls short again"),
    ],
)
def test_since_when_follows_from_the_measurements_in_a_row(tmp_path, failing_before, since, is_new):
    """The last of the earlier measurements counts first, in whatever order they are given; each is 90 days before the next."""
    folders = []
    for place, failing in enumerate(failing_before, start=1):
        folders.append(tmp_path / f"before-{place}")
        hosted(folders[-1], [_bad("een.nl") if failing else Made("een.nl", mx=(_POST,))], _STANDARDS, days_ago=90 * place)
    one = _tasks(tmp_path, [_bad("een.nl")], Asked(earlier=tuple(reversed(folders))))["een.nl", "dane"]
    assert (one.since, one.is_new) == (since, is_new)


def test_an_earlier_measurement_must_be_earlier(tmp_path):
    """The measurement itself is not."""
    hosted(tmp_path / "m", [_bad("een.nl")], _STANDARDS)
    with pytest.raises(NotEarlierError):
        tasks(tmp_path / "m", _STANDARDS, Asked(earlier=(tmp_path / "m",)))


@pytest.mark.parametrize(
    ("body", "contact"),
    [
        pytest.param(_VALID.format(domain="een.nl"), "mailto:security@een.nl", id="a mail address"),
        pytest.param(_VALID.replace("mailto:security@{domain}", "tel:+31-70-555-0100"), "tel:+31-70-555-0100", id="a telephone number"),
        pytest.param(
            _VALID.replace("mailto:security@{domain}", "javascript:alert(1)\nContact: https://een.nl/melden"),
            "https://een.nl/melden",
            id="another scheme is passed over",
        ),
        pytest.param(_VALID.replace("mailto:security@{domain}", "http://een.nl/melden"), "", id="http is not followed"),
        pytest.param(_VALID.replace("security@{domain}", "a" * 300), "", id="too long to be an address"),
        pytest.param(_VALID.replace("security@{domain}", "a@een.nl<script>"), "", id="what is in no URI"),
        pytest.param(_VALID.replace("2026-12-31T00:00:00Z", "2026-06-02T12:00:00Z"), "", id="expired on the day of the list"),
        pytest.param(_VALID + "Expires: 2027-01-01T00:00:00Z\n", "", id="two moments of expiry"),
        pytest.param("", "", id="an empty file"),
    ],
)
def test_the_contact_is_that_of_a_valid_file(tmp_path, body, contact):
    """The file is hostile text."""
    found = _tasks(tmp_path, [_bad("een.nl", roles=_BOTH)], extra=[_file("een.nl", body)])
    assert found["een.nl", "dane"].contact == contact


def test_a_file_that_falls_short_gives_no_contact(tmp_path):
    """Whoever cannot be sure that it is valid does not write to it."""
    made = _bad("een.nl", roles=_BOTH, outcomes={PUBLISHED: {_POST: _BAD}, CONTACT: {"een.nl": _BAD}})
    assert _tasks(tmp_path, [made], extra=[_file("een.nl", _VALID)])["een.nl", "dane"].contact == ""


@given(st.text())
def test_any_file_can_be_read_for_a_contact(text):
    """Nothing in it raises, and what comes out is short and has a scheme that is known."""
    reading = worklist._Contacts({}, date(2026, 6, 1))  # noqa: SLF001 - the parser of hostile text is what is tested
    for body in (text, f"Contact: {text}\nExpires: 2027-01-01T00:00:00Z\n"):
        found = reading._contact(body)  # noqa: SLF001 - idem
        assert not found or (len(found) <= 200 and found.lower().startswith(("mailto:", "https://", "tel:")) and found.isascii())


@pytest.mark.parametrize(
    ("agreements", "day", "expected"),
    [
        pytest.param((_agreement(),), None, ("dane-2019", "2019-12-31", True), id="the date has passed"),
        pytest.param((_agreement(),), date(2019, 6, 1), ("dane-2019", "2019-12-31", False), id="looked at before the date"),
        pytest.param((_agreement(),), date(2017, 6, 1), None, id="not yet made on that day"),
        pytest.param((_agreement(groups=("Waterschappen",)),), None, None, id="for another group"),
        pytest.param((_agreement(asks=(Ask("dnssec", Role.MAIL),)),), None, None, id="for another standard"),
        pytest.param((_agreement(asks=(Ask("dane", Role.WEB),)),), None, None, id="for another role"),
        pytest.param(
            (_agreement(id="later", by=PartialDate(2027)), _agreement()), None, ("dane-2019", "2019-12-31", True), id="the first that binds"
        ),
        pytest.param((_agreement(by=PartialDate(2026)),), None, ("dane-2019", "2026", False), id="a year that is not over"),
        pytest.param((), None, None, id="no agreements"),
    ],
)
def test_the_agreement_that_binds_first_is_named(tmp_path, agreements, day, expected):
    """With its date, and whether that has passed on the day that the list is looked at."""
    agreed = _tasks(tmp_path, [_bad("een.nl")], Asked(agreements=agreements, day=day))["een.nl", "dane"].agreed
    assert expected == (agreed and (agreed.agreement.id, agreed.moment, agreed.is_overdue))


def test_there_is_a_task_for_each_verdict_that_falls_short_and_no_other(tmp_path):
    """Composites and what could not be established give none."""
    mades = [_bad("een.nl"), Made("gat.nl", mx=(_POST,), outcomes={PUBLISHED: {_POST: _GAP}}), Made("goed.nl")]
    assert list(_tasks(tmp_path, mades)) == [("een.nl", "dane")]
