# SPDX-License-Identifier: EUPL-1.2
"""The fold of statuses into a verdict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.model.evidence import Cause
from meetlat.model.finding import Finding, Status
from meetlat.model.norm import Verdict, fold, worst

S, V, N, U = Status.SATISFIED, Status.VIOLATED, Status.NOT_APPLICABLE, Status.UNDETERMINED
TABLE = [
    ([], Verdict.UNDETERMINED),
    ([S], Verdict.COMPLIANT),
    ([S, N], Verdict.COMPLIANT),
    ([S, V], Verdict.NON_COMPLIANT),
    ([U, V], Verdict.NON_COMPLIANT),
    ([S, U], Verdict.UNDETERMINED),
    ([N, U], Verdict.UNDETERMINED),
    ([N], Verdict.NOT_APPLICABLE),
]


@pytest.mark.parametrize(("statuses", "expected"), TABLE)
def test_the_worst_that_is_known_decides(statuses, expected):
    """One violation decides, then a gap, then one satisfied rule."""
    assert fold(statuses) is expected


@given(st.lists(st.sampled_from(Status)))
def test_a_gap_never_makes_a_verdict_better(statuses):
    """Adding an undetermined finding cannot turn anything into compliant, nor take a violation away."""
    after = fold([*statuses, U])
    assert after in {Verdict.UNDETERMINED, Verdict.NON_COMPLIANT}
    assert (after is Verdict.NON_COMPLIANT) == (fold(statuses) is Verdict.NON_COMPLIANT)


@given(st.lists(st.sampled_from(Verdict)))
def test_all_kept_means_that_none_is_broken_or_unknown(verdicts):
    """The composite is compliant only when every standard is compliant or does not apply, and one is compliant."""
    expected = Verdict.COMPLIANT in verdicts and set(verdicts) <= {Verdict.COMPLIANT, Verdict.NOT_APPLICABLE}
    assert (worst(verdicts) is Verdict.COMPLIANT) == expected


def test_an_unknown_needs_a_cause_and_nothing_else_has_one():
    """Whose doing a gap is, is always said."""
    with pytest.raises(ValueError, match="cause"):
        Finding("spf.has-one-record", "duinrade.example", U)
    with pytest.raises(ValueError, match="cause"):
        Finding("spf.has-one-record", "duinrade.example", S, cause=Cause.OURS)
