# SPDX-License-Identifier: EUPL-1.2
"""Why a share changed: what the world did, what the norm did and what the set did, worked out by hand."""

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetlat.analysis.decomposition import Decomposition, Denominator, Part, Ways, decomposition, shapley, split
from meetlat.analysis.trend import Key
from meetlat.model.norm import Verdict
from meetlat.model.target import Role
from meetlat.standards.loading import standards
from tests.unit.analysis.in_time import in_time

_HSTS = Key("hsts", "", Role.WEB)
_PART = {
    "world": Part.COLOUR,
    "known": Part.UNDETERMINED,
    "applies": Part.NOT_APPLICABLE,
    "norm": Part.NORM,
    "gone": Part.GONE,
    "came": Part.CAME,
}
_OLD, _NEW = {"hsts": "2018-01"}, {"hsts": "2021-01"}


def _parts(one: Decomposition) -> dict[str, Fraction]:
    """Return the parts that are not zero."""
    return {name: one.parts[part] for name, part in _PART.items() if one.parts[part]}


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        pytest.param("cn", "cn", {}, id="nothing changed"),
        pytest.param("nn", "cc", {"world": 1}, id="everything changed"),
        pytest.param("n", "c", {"world": 1}, id="one domain"),
        pytest.param("cnnn", "ccnn", {"world": Fraction(1, 4)}, id="one of four improved"),
        pytest.param("ccnn", "cc--", {"gone": Fraction(1, 2)}, id="two that fell short went"),
        pytest.param("cn--", "cncc", {"came": Fraction(1, 4)}, id="two that comply came"),
        # 1 of 2 to 1 of 1: what fell short cannot be told any more.
        pytest.param("cn", "cu", {"known": Fraction(1, 2)}, id="undetermined now"),
        pytest.param("cn", "cx", {"applies": Fraction(1, 2)}, id="nothing to judge now"),
        # 1 of 2 to 2 of 3. Improving first: 1/2, then -1/3; coming first: 1/3 - 1/2, then 1/3.
        pytest.param("cn-", "ccn", {"world": Fraction(5, 12), "came": Fraction(-1, 4)}, id="improved and came: the mean of both orders"),
    ],
)
def test_a_change_under_one_norm(tmp_path, before, after, parts):
    """Of what was judged; a dash is not on the list."""
    first, last = (
        in_time(folder, day, {f"d{at}.nl": letter for at, letter in enumerate(letters) if letter != "-"})
        for folder, day, letters in ((tmp_path / "a", "2025-01-01", before), (tmp_path / "b", "2026-01-01", after))
    )
    (one,) = [one for one in decomposition(first, last, standards().values()) if one.key == _HSTS and one.group is None]
    assert (_parts(one), one.ways) == (parts, Ways.SAME_NORM)


def test_of_all_that_is_on_the_list(tmp_path):
    """With everything in the denominator, what cannot be told any more changes the share only when it complied."""
    first = in_time(tmp_path / "a", "2025-01-01", {"a.nl": "c", "b.nl": "n", "c.nl": "c", "d.nl": "n"})
    last = in_time(tmp_path / "b", "2026-01-01", {"a.nl": "u", "b.nl": "u", "c.nl": "c", "d.nl": "c"})
    found = decomposition(first, last, standards().values(), denominator=Denominator.ALL)
    (one,) = [one for one in found if one.key == _HSTS and one.group is None]
    assert _parts(one) == {"world": Fraction(1, 4), "known": Fraction(-1, 4)}
    assert (one.before.total, one.after.total, one.world, one.set) == (4, 4, 0, 0)


def _judged_both_ways(tmp_path, four):
    """Two measurements with their re-judgements: of each domain s00, s01, s10 and s11 (evidence, then norm)."""
    verdicts = [{f"d{at}.nl": letters[slot] for at, letters in enumerate(four)} for slot in range(4)]
    first = in_time(tmp_path / "00", "2025-01-01", verdicts[0], norms=_OLD)
    last = in_time(tmp_path / "11", "2026-01-01", verdicts[3], norms=_NEW)
    old_again = in_time(tmp_path / "01", "2025-01-01", verdicts[1], norms=_NEW, parent=first)
    new_again = in_time(tmp_path / "10", "2026-01-01", verdicts[2], norms=_OLD, parent=last)
    return first, last, old_again, new_again


# Of four domains: one always complies; one complied and under the new norm does not; one improves under either norm; one improves, but not
# enough for the new norm. Old evidence: 2 of 4, and 1 of 4 under the new norm. New evidence: 4 of 4, and 2 of 4.
_FOUR = ("cccc", "cncn", "nncc", "nncn")


@pytest.mark.parametrize(
    ("again", "ways", "parts"),
    [
        # -1/4 on old evidence, -2/4 on new: the mean; the world +2/4 under the old norm, +1/4 under the new.
        pytest.param((0, 1), Ways.BOTH, {"norm": Fraction(-3, 8), "world": Fraction(3, 8)}, id="both ways"),
        pytest.param((0,), Ways.OLD_EVIDENCE, {"norm": Fraction(-1, 4), "world": Fraction(1, 4)}, id="old evidence by the new norm"),
        pytest.param((1,), Ways.NEW_EVIDENCE, {"norm": Fraction(-1, 2), "world": Fraction(1, 2)}, id="new evidence by the old norm"),
    ],
)
def test_a_change_of_norm(tmp_path, again, ways, parts):
    """What the norm did is seen on the evidence that was judged by both norms."""
    first, last, *rejudged = _judged_both_ways(tmp_path, _FOUR)
    found = decomposition(first, last, standards().values(), [rejudged[at] for at in again])
    (one,) = [one for one in found if one.key == _HSTS and one.group is None]
    assert (_parts(one), one.ways, one.total) == (parts, ways, 0)


def test_who_moves_to_another_group_goes_here_and_comes_there(tmp_path):
    """In the whole nothing changed."""
    was = {"a.nl": ("A", "Gemeenten"), "b.nl": ("B", "Gemeenten"), "c.nl": ("C", "Rijk")}
    first = in_time(tmp_path / "a", "2025-01-01", {"a.nl": "c", "b.nl": "n", "c.nl": "n"}, whose=was)
    last = in_time(tmp_path / "b", "2026-01-01", {"a.nl": "c", "b.nl": "n", "c.nl": "n"}, whose={**was, "a.nl": ("A", "Rijk")})
    found = {one.group: _parts(one) for one in decomposition(first, last, standards().values()) if one.key == _HSTS}
    assert found == {None: {}, "Gemeenten": {"gone": Fraction(-1, 2)}, "Rijk": {"came": Fraction(1, 2)}}


def test_a_share_of_nothing_has_no_change(tmp_path):
    """Nothing was judged the first time."""
    first = in_time(tmp_path / "a", "2025-01-01", {"a.nl": "u"})
    last = in_time(tmp_path / "b", "2026-01-01", {"a.nl": "c"})
    assert decomposition(first, last, standards().values()) == ()


_STATE = st.sampled_from(Verdict)
_TARGET = st.one_of(
    st.tuples(_STATE, _STATE, _STATE, _STATE),
    st.tuples(_STATE, _STATE, st.none(), st.none()),
    st.tuples(st.none(), st.none(), _STATE, _STATE),
)


@settings(deadline=None)
@given(rows=st.lists(st.tuples(_TARGET, st.integers(1, 50)), min_size=1, max_size=12), denominator=st.sampled_from(Denominator))
def test_the_parts_add_up_exactly(rows, denominator):
    """Whatever happened; and going back gives the opposite."""
    one = split(_HSTS, None, rows, Ways.BOTH, denominator)
    if one is None:
        return
    shares = [
        share.compliant / Fraction(share.judged if denominator is Denominator.JUDGED else share.total) for share in (one.before, one.after)
    ]
    assert one.total == one.world + one.parts[Part.NORM] + one.set == shares[1] - shares[0]
    back = split(_HSTS, None, [((s11, s10, s01, s00), number) for (s00, s01, s10, s11), number in rows], Ways.BOTH, denominator)
    assert back is not None
    assert back.total == -one.total


_GAME = st.tuples(*(st.integers(-60, 60),) * 16)
_FOUR_PLAYERS = (Part.COLOUR, Part.NORM, Part.GONE, Part.CAME)


@settings(deadline=None)
@given(_GAME)
def test_shapley_is_the_mean_over_every_order(values):
    """Against the definition, tried out for each of the 24 orders of four players; the shares add up to the whole."""

    def value(there):
        return Fraction(values[sum(1 << at for at, player in enumerate(_FOUR_PLAYERS) if player in there)])

    expected = dict.fromkeys(_FOUR_PLAYERS, Fraction(0))
    for order in permutations(_FOUR_PLAYERS):
        for at, player in enumerate(order):
            expected[player] += (value(frozenset(order[: at + 1])) - value(frozenset(order[:at]))) / 24
    found = shapley(_FOUR_PLAYERS, value)
    assert found == expected
    assert sum(found.values()) == values[15] - values[0]
