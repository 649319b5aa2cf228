# SPDX-License-Identifier: EUPL-1.2
"""What replies do to verdicts, each effect worked out by hand."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.model.norm import Verdict
from meetlat.model.target import Role
from meetlat.replies.effects import Effect, VerdictRow, corrected_rows
from meetlat.replies.reply import Decision, Kind, Outcome, State, standings
from tests.unit.replies.made_up_replies import DAY, MEASUREMENT, reply, standing

FAILS, KEEPS, UNKNOWN, NOTHING = Verdict.NON_COMPLIANT, Verdict.COMPLIANT, Verdict.UNDETERMINED, Verdict.NOT_APPLICABLE
YES, NO = Outcome.ACCEPTED, Outcome.REJECTED
LATER = date(2027, 1, 1)


def row(verdict: Verdict = FAILS, part: str = "", **more: object) -> VerdictRow:
    """A verdict of Duinrade on HSTS."""
    values = {
        "domain": "gemeente-duinrade.nl",
        "organisation": "Gemeente Duinrade",
        "group": "Gemeenten",
        "role": Role.WEB,
        "standard": "hsts",
        "norm": "2021-01",
    }
    return VerdictRow(**(values | more), part=part, verdict=verdict)


def corrected(rows, *replies, **more):
    """Correct, and return verdicts and effects."""
    done = corrected_rows(rows, replies, {MEASUREMENT}, **more)
    assert [one.measured for one in done] == list(rows)
    return [(one.verdict, tuple(note.effect for note in one.notes)) for one in done]


@pytest.mark.parametrize(
    ("said", "measured", "verdict", "effects"),
    [
        pytest.param(standing(Kind.NOT_OURS, YES, ""), KEEPS, None, (Effect.LEFT_SET,), id="not ours, accepted: gone"),
        pytest.param(standing(Kind.NOT_OURS, None, ""), KEEPS, KEEPS, (Effect.DISPUTED,), id="not ours, open: stays, disputed"),
        pytest.param(standing(Kind.NOT_OURS, NO, ""), FAILS, FAILS, (), id="not ours, rejected: nothing"),
        pytest.param(
            standing(Kind.NOT_OURS, YES, "", roles=(Role.MAIL,)), FAILS, None, (Effect.LEFT_SET,), id="not ours is so in any role"
        ),
        pytest.param(standing(Kind.DISPUTE, YES), FAILS, UNKNOWN, (Effect.UNDETERMINED,), id="dispute, accepted: we do not know"),
        pytest.param(standing(Kind.DISPUTE, None), FAILS, FAILS, (Effect.DISPUTED,), id="dispute, open: stays, disputed"),
        pytest.param(standing(Kind.DISPUTE, Outcome.OPEN), FAILS, FAILS, (Effect.DISPUTED,), id="dispute, decision taken back"),
        pytest.param(standing(Kind.DISPUTE, NO), FAILS, FAILS, (), id="dispute, rejected: nothing"),
        pytest.param(standing(Kind.DISPUTE, YES), KEEPS, KEEPS, (), id="dispute on what is kept: nothing"),
        pytest.param(standing(Kind.DISPUTE, YES), UNKNOWN, UNKNOWN, (), id="dispute on what is not known: nothing"),
        pytest.param(standing(Kind.PLANNED, None, due=LATER), FAILS, FAILS, (Effect.PLANNED,), id="planned: stays, with the date"),
        pytest.param(standing(Kind.PLANNED, None, due=LATER), KEEPS, KEEPS, (), id="planned and kept already"),
        pytest.param(standing(Kind.PLANNED, NO, due=LATER), FAILS, FAILS, (), id="planned, rejected"),
        pytest.param(standing(Kind.LEG_UIT, YES, due=LATER), FAILS, FAILS, (Effect.EXPLAINED,), id="leg uit: apart, never compliant"),
        pytest.param(standing(Kind.LEG_UIT, YES, due=DAY), FAILS, FAILS, (Effect.EXPLAINED,), id="leg uit on its last day"),
        pytest.param(standing(Kind.LEG_UIT, YES, due=DAY - timedelta(1)), FAILS, FAILS, (), id="leg uit that ran out yesterday"),
        pytest.param(standing(Kind.LEG_UIT, None, due=LATER), FAILS, FAILS, (), id="leg uit, not decided on"),
        pytest.param(standing(Kind.COMMENT, YES), FAILS, FAILS, (), id="a comment does nothing"),
        pytest.param(standing(Kind.DISPUTE, YES, "dnssec"), FAILS, FAILS, (), id="another standard"),
        pytest.param(standing(Kind.DISPUTE, YES, roles=(Role.MAIL,)), FAILS, FAILS, (), id="another role"),
        pytest.param(standing(Kind.DISPUTE, YES, domain="heiderijk.nl"), FAILS, FAILS, (), id="another domain"),
        pytest.param(standing(Kind.NOT_OURS, YES, organisation="Gemeente Heiderijk"), FAILS, FAILS, (), id="the domain has moved since"),
    ],
)
def test_one_reply_on_one_verdict(said, measured, verdict, effects):
    """The effect is the one that the method promises."""
    assert corrected([row(measured)], said) == [(verdict, effects)]


@pytest.mark.parametrize(
    ("later", "verdict", "effect"),
    [
        pytest.param(KEEPS, KEEPS, Effect.MEASURED_AGAIN, id="it is kept after all"),
        pytest.param(FAILS, FAILS, Effect.MEASURED_AGAIN, id="it is not"),
        pytest.param(UNKNOWN, UNKNOWN, Effect.UNDETERMINED, id="again not known"),
        pytest.param(NOTHING, UNKNOWN, Effect.UNDETERMINED, id="there is nothing to judge any more"),
    ],
)
def test_a_later_measurement_settles_an_accepted_dispute(later, verdict, effect):
    """What is measured again goes before "we do not know"."""
    assert corrected([row()], standing(Kind.DISPUTE, YES), later={row().key: later}) == [(verdict, (effect,))]


def test_a_dispute_is_about_one_measurement():
    """A new measurement stands on its own observations."""
    (done,) = corrected_rows([row()], [standing(Kind.DISPUTE, YES)], {"2026-12-01-ffffffff"})
    assert (done.verdict, done.notes) == (FAILS, ())


def test_several_replies_at_once():
    """Not ours goes before a dispute, a dispute before leg uit; marks stay."""
    dispute, explained = standing(Kind.DISPUTE, YES), standing(Kind.LEG_UIT, YES, due=LATER)
    planned = standing(Kind.PLANNED, None, due=LATER)
    assert corrected([row()], explained, dispute, standing(Kind.NOT_OURS, YES, "")) == [(None, (Effect.LEFT_SET,))]
    assert corrected([row()], explained, dispute) == [(UNKNOWN, (Effect.UNDETERMINED,))]
    assert corrected([row()], explained, planned) == [(FAILS, (Effect.EXPLAINED, Effect.PLANNED))]


@pytest.mark.parametrize(
    ("replies", "parts", "whole", "effects"),
    [
        pytest.param([(Kind.DISPUTE, "a")], (FAILS, KEEPS), UNKNOWN, (Effect.UNDETERMINED,), id="the one part that failed is disputed"),
        pytest.param([(Kind.DISPUTE, "a")], (FAILS, FAILS), FAILS, (), id="another part fails as well"),
        pytest.param(
            [(Kind.LEG_UIT, "a"), (Kind.LEG_UIT, "b")], (FAILS, FAILS), FAILS, (Effect.EXPLAINED,), id="every part that fails is explained"
        ),
        pytest.param(
            [(Kind.LEG_UIT, "a"), (Kind.DISPUTE, "b")],
            (FAILS, FAILS),
            FAILS,
            (Effect.EXPLAINED, Effect.UNDETERMINED),
            id="one explained, one disputed: still failing, and explained",
        ),
    ],
)
def test_the_whole_follows_its_parts(replies, parts, whole, effects):
    """Only where the parts hold every requirement, and everything that failed is corrected."""
    rows = [row(), row(parts[0], "a"), row(parts[1], "b")]
    said = [standing(kind, YES, part=part, due=LATER) for kind, part in replies]
    assert corrected(rows, *said, covered={("hsts", "2021-01")})[0] == (whole, effects)
    assert corrected(rows, *said)[0] == (FAILS, ())


@given(
    st.lists(st.tuples(st.sampled_from(Kind), st.sampled_from([None, *Outcome]), st.sampled_from(["", "a", "b"])), max_size=6),
    st.lists(st.sampled_from(Verdict), min_size=3, max_size=3),
)
def test_no_reply_alone_makes_anything_compliant(replies, verdicts):
    """Without a new measurement a verdict is only ever the measured one, undetermined, or gone; a whole is never better than its parts."""
    rows = [row(verdict, part) for verdict, part in zip(verdicts, ("", "a", "b"), strict=True)]
    said = [standing(kind, outcome, part=part, due=LATER) for kind, outcome, part in replies]
    for covered in ((), {("hsts", "2021-01")}):
        for done in corrected_rows(rows, said, {MEASUREMENT}, covered=covered):
            assert done.verdict in {done.measured.verdict, UNKNOWN, None} or (not done.measured.part and done.verdict is not KEEPS)
            assert done.is_corrected or done.verdict is done.measured.verdict


@pytest.mark.parametrize(
    ("said", "state"),
    [
        pytest.param(standing(Kind.DISPUTE, None), State.OPEN, id="nobody decided"),
        pytest.param(standing(Kind.DISPUTE, YES), State.ACCEPTED, id="accepted"),
        pytest.param(standing(Kind.DISPUTE, NO), State.REJECTED, id="rejected"),
        pytest.param(standing(Kind.COMMENT, None), State.NOTED, id="a comment needs no decision"),
        pytest.param(standing(Kind.LEG_UIT, YES, due=DAY + timedelta(30)), State.DUE_SOON, id="runs out within thirty days"),
        pytest.param(standing(Kind.LEG_UIT, YES, due=DAY + timedelta(31)), State.ACCEPTED, id="runs out after that"),
        pytest.param(standing(Kind.LEG_UIT, YES, due=DAY - timedelta(1)), State.EXPIRED, id="ran out yesterday"),
        pytest.param(standing(Kind.PLANNED, None, due=DAY), State.DUE_SOON, id="planned for today"),
        pytest.param(standing(Kind.PLANNED, None, due=DAY - timedelta(1)), State.EXPIRED, id="planned for yesterday"),
    ],
)
def test_states(said, state):
    """Where a reply stands on a day."""
    assert said.state(timedelta(days=30)) is state


def test_the_last_decision_by_a_day_holds():
    """Before it was given a reply is not there; a decision of tomorrow does not count today."""
    one = reply(Kind.DISPUTE)
    decisions = [Decision(one.id, date(2026, 6, day), "analist", outcome) for day, outcome in ((21, YES), (25, NO))]
    outcomes = {day: [each.outcome for each in standings([one], decisions, date(2026, 6, day))] for day in (19, 20, 21, 25)}
    assert outcomes == {19: [], 20: [Outcome.OPEN], 21: [YES], 25: [NO]}
