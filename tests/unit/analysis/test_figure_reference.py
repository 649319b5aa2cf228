# SPDX-License-Identifier: EUPL-1.2
"""References to figures: what they mean, what comes back, and what is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.analysis.figure_reference import FigureReference, FigureReferenceError, ReferenceFault
from meetlat.analysis.indicators import COMPOSITES
from meetlat.model.target import Role

_NAMES = st.none() | st.text()
_IDS = st.from_regex(r"[a-z0-9]{1,5}([_-][a-z0-9]{1,5}){0,2}", fullmatch=True)


@st.composite
def references(draw) -> FigureReference:
    """Draw any reference that there can be, with hostile names."""
    key = draw(_IDS | st.sampled_from(sorted(COMPOSITES)))
    role = COMPOSITES.get(key) or draw(st.sampled_from(Role))
    part = "" if key in COMPOSITES else draw(st.just("") | _IDS)
    group = draw(_NAMES)
    return FigureReference(role, key, part, group, None if group is None else draw(_NAMES))


@given(references())
def test_what_is_written_reads_back_the_same(reference):
    """Whatever stands in the names of groups and organisations; and nothing in it is invisible."""
    assert FigureReference.parse(str(reference)) == reference
    assert str(reference).isprintable()


@given(st.text() | st.from_regex(r"(web|mail)/[a-z]+(/[a-z]+)?(@[a-z%0-9@]*)?"))
def test_any_text_is_a_reference_or_a_named_fault(text):
    """No other error comes out of hostile text, and what was read means what it says."""
    with suppress(FigureReferenceError):
        reference = FigureReference.parse(text)
        assert FigureReference.parse(str(reference)) == reference


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("mail/dane", FigureReference(Role.MAIL, "dane"), id="a standard in a role"),
        pytest.param("web/tls/certificate@Gemeenten", FigureReference(Role.WEB, "tls", "certificate", "Gemeenten"), id="a part in a group"),
        pytest.param(
            "mail/iv-mail@Gemeenten@Gemeente Duinrade",
            FigureReference(Role.MAIL, "iv-mail", "", "Gemeenten", "Gemeente Duinrade"),
            id="a composite of an organisation",
        ),
        pytest.param(" Web/HSTS ", FigureReference(Role.WEB, "hsts"), id="capitals and spaces around it"),
        pytest.param("web/hsts@R%40D/50%25", FigureReference(Role.WEB, "hsts", "", "R@D/50%"), id="an @, a slash and a % in a name"),
        pytest.param("web/hsts@Caf%C3%A9", FigureReference(Role.WEB, "hsts", "", "Café"), id="more escaped than must be"),
        pytest.param("web/hsts@", FigureReference(Role.WEB, "hsts", "", ""), id="the group without a name"),
    ],
)
def test_a_reference_means(text, expected):
    """Each of these figures."""
    assert FigureReference.parse(text) == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        pytest.param(FigureReference(Role.WEB, "hsts", "", "R@D 50%"), "web/hsts@R%40D 50%25", id="an @ and a %"),
        pytest.param(FigureReference(Role.WEB, "hsts", "", "a\nb"), "web/hsts@a%0Ab", id="a line break"),
        pytest.param(FigureReference(Role.MAIL, "spf", "policy", "A", "É"), "mail/spf/policy@A@É", id="a letter that can be seen"),
    ],
)
def test_a_reference_is_written(reference, expected):
    """As the documentation says."""
    assert str(reference) == expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("", ReferenceFault.NO_REFERENCE, id="nothing"),
        pytest.param("dane", ReferenceFault.NO_REFERENCE, id="only a standard"),
        pytest.param("mail/", ReferenceFault.NO_REFERENCE, id="only a role"),
        pytest.param("mail/da ne", ReferenceFault.NO_REFERENCE, id="no id"),
        pytest.param("fax/dane", ReferenceFault.UNKNOWN_ROLE, id="no role"),
        pytest.param("web/iv-mail", ReferenceFault.OTHER_ROLE, id="a composite of the other role"),
        pytest.param("mail/iv-mail/policy", ReferenceFault.PART_OF_COMPOSITE, id="a part of a composite"),
        pytest.param("web/tls/a/b", ReferenceFault.TOO_MANY_PARTS, id="a part of a part"),
        pytest.param("web/tls@a@b@c", ReferenceFault.TOO_MANY_NAMES, id="an @ that is not escaped"),
        pytest.param("web/tls@50%", ReferenceFault.BAD_ESCAPE, id="a % that is not escaped"),
        pytest.param("web/tls@%FF", ReferenceFault.BAD_ESCAPE, id="octets that are no text"),
    ],
)
def test_what_is_no_reference_is_refused(text, fault):
    """With the reason, and what to write instead."""
    with pytest.raises(FigureReferenceError) as found:
        FigureReference.parse(text)
    assert found.value.fault is fault


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param((Role.WEB, "a/b"), id="no id"),
        pytest.param((Role.WEB, "iv-mail"), id="a composite of the other role"),
        pytest.param((Role.MAIL, "iv-mail", "policy"), id="a part of a composite"),
        pytest.param((Role.WEB, "tls", "", None, "Gemeente Duinrade"), id="an organisation without its group"),
    ],
)
def test_what_cannot_be_written_cannot_be_made(fields):
    """Such a reference would not read back."""
    with pytest.raises(ValueError, match=r"."):
        FigureReference(*fields)
