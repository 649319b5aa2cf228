# SPDX-License-Identifier: EUPL-1.2
"""The small response headers: any value is read, as a browser reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.facts.response_headers import KEPT_CHARACTERS, is_nosniff, limits_framing, may_be_cut, referrer_policy, split

_PIECES = st.sampled_from(["nosniff", "DENY", "allowall", "same-origin", "unsafe-url", ",", " ", "\t", '"', "\\", "x", ""])
_VALUES = st.lists(st.lists(_PIECES, max_size=12).map("".join) | st.text(max_size=60), max_size=4)


@given(_VALUES)
def test_any_values_are_read(values: list[str]):
    """No value makes a reader fail."""
    assert len(split(values)) <= sum(value.count(",") + 1 for value in values)
    assert is_nosniff(values) in {True, False}
    assert limits_framing(values) in {True, False}
    assert referrer_policy(values) == referrer_policy(values).lower()


@given(_VALUES)
def test_several_fields_are_one_list(values: list[str]):
    """RFC 9110, 5.3: several fields are the same as one field with commas."""
    assert not values or split(values) == split([", ".join(values)])


@given(_VALUES.filter(lambda values: '"' not in "".join(values)))
def test_without_quotation_marks_every_comma_counts(values: list[str]):
    """Nothing of a list is lost."""
    expected = tuple(member.strip("\t ") for member in ",".join(values).split(",")) if values else ()
    assert split(values) == expected


@pytest.mark.parametrize("part", ['"', "\\", '"\\', ",", '",', 'a"', "\\,"])
def test_a_long_value_costs_little(part: str):
    """Nothing that is repeated makes reading slow (the time limit of the test run would end it)."""
    assert split([part * 50_000])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], ()),
        ([""], ("",)),
        (["", "a"], ("", "a")),
        (["a,"], ("a", "")),
        ([" a ,\tb "], ("a", "b")),
        (['text/html;", x/x'], ('text/html;", x/x',)),
        (['"a,b",c'], ('"a,b"', "c")),
        (['x"a,\\",b"y,c'], ('x"a,\\",b"y', "c")),
        (['"a\\'], ('"a\\',)),
        (["a\n,b"], ("a\n", "b")),
    ],
)
def test_a_list_is_split_at_its_commas(values: list[str], expected: tuple[str, ...]):
    """WHATWG Fetch: fields are joined, commas between quotation marks are no commas, spaces and tabs around a member go."""
    assert split(values) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["nosniff"], True),
        (["NoSniff"], True),
        (["nosniff, x"], True),
        (["nosniff", "x"], True),
        ([], False),
        ([""], False),
        (["", "nosniff"], False),
        (["x", "nosniff"], False),
        ([",nosniff"], False),
        (["nosniff\x0c"], False),
        (["'nosniff'"], False),
        (['"nosniff"'], False),
        (["no sniff"], False),
        (["nosniff;"], False),
    ],
)
def test_only_the_first_member_says_nosniff(values: list[str], expected: bool):  # noqa: FBT001 - a table
    """WHATWG Fetch, "determine nosniff"."""
    assert is_nosniff(values) is expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["DENY"], True),
        (["deny"], True),
        (["SameOrigin"], True),
        (["SAMEORIGIN", "SAMEORIGIN"], True),
        (["ALLOWALL", "SAMEORIGIN"], True),  # browsers then refuse every frame
        (["DENY, x"], True),
        ([], False),
        ([""], False),
        (["ALLOWALL"], False),
        (["ALLOW-FROM https://a.example/"], False),
        (["DENY;"], False),
        (['"DENY"'], False),
        (["DE NY"], False),
        (["\x0bDENY"], False),
    ],
)
def test_who_may_frame(values: list[str], expected: bool):  # noqa: FBT001 - a table
    """WHATWG HTML, the X-Frame-Options header: one member that limits is enough; what is unknown limits nothing."""
    assert limits_framing(values) is expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], ""),
        ([""], ""),
        (["same-origin"], "same-origin"),
        (["Same-Origin"], "same-origin"),
        (["unsafe-url, no-referrer"], "no-referrer"),
        (["no-referrer", "unsafe-url"], "unsafe-url"),
        (["no-referrer, never"], "no-referrer"),
        (["never, always, default"], ""),
        (["no-referrer, "], "no-referrer"),
        (['"no-referrer"'], ""),
        (["no-referrer; max-age=1"], ""),
    ],
)
def test_the_last_known_token_counts(values: list[str], expected: str):
    """W3C Referrer Policy, 8.1: unknown tokens are passed over, in front of a known one and behind it."""
    assert referrer_policy(values) == expected


def test_a_field_of_the_longest_size_may_have_been_cut():
    """Probes keep that many characters of a field, so nobody knows what came after it."""
    assert not may_be_cut(["a" * (KEPT_CHARACTERS - 1), ""])
    assert may_be_cut(["", "a" * KEPT_CHARACTERS])
