# SPDX-License-Identifier: EUPL-1.2
"""The reader of security.txt: any text is read, and what it says of it is true."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.facts.security_txt import MAX_CHARACTERS, Fault, looks_like_a_web_page, parse, read_time

_PIECES = st.sampled_from(
    [
        "-----BEGIN PGP SIGNED MESSAGE-----",
        "-----BEGIN PGP SIGNATURE-----",
        "-----END PGP SIGNATURE-----",
        "Hash: SHA256",
        "Contact: mailto:a@b.example",
        "Expires: 2027-01-01T00:00:00Z",
        "Preferred-Languages: nl",
        "- ",
        "",
        "\ufeff",
        "\r",
        "#",
        ":",
    ]
)
_GOOD_LINES = st.lists(
    st.sampled_from(
        [
            "Contact: mailto:a@b.example",
            "contact: https://b.example/?q=%20#top",
            "Expires: 2027-01-01T00:00:00Z",
            "Policy: https://b.example/",
            "# a comment, é",
            "",
            "   ",
            "X-Other: anything: at all",
        ]
    )
)


def _faults(text: str) -> list[Fault]:
    return [found.fault for found in parse(text).faults]


@given(st.text())
def test_any_text_is_read(text: str):
    """No text makes the reader fail, and every fault has a line of the text."""
    document = parse(text)
    last = text.count("\n") + 1
    assert all(1 <= fault.line <= last for fault in document.faults)
    assert [fault.line for fault in document.faults] == sorted(fault.line for fault in document.faults)
    assert all(1 <= field.line <= last for field in document.fields)


@given(st.lists(_PIECES).map("\n".join))
def test_any_order_of_familiar_lines_is_read(text: str):
    """Half an envelope, two envelopes, an envelope inside out: each is read, and called signed only when nothing is amiss with it."""
    document = parse(text)
    if document.is_signed:
        assert Fault.BROKEN_SIGNATURE not in _faults(text)
        assert text.removeprefix("\ufeff").startswith("-----BEGIN PGP SIGNED MESSAGE-----")


@given(_GOOD_LINES, st.sampled_from(["\n", "\r\n", " \n", "\t\r\n"]))
def test_good_lines_have_no_fault(lines: list[str], end: str):
    """Fields, comments and blank lines, ended either way, are all in order, and each field is found."""
    document = parse("".join(line + end for line in lines))
    assert document.faults == ()
    assert len(document.fields) == sum(":" in line for line in lines)


@given(_GOOD_LINES)
def test_an_envelope_changes_nothing_but_the_signature(lines: list[str]):
    """The same fields are read with and without an OpenPGP envelope; only their line numbers differ."""
    body = "".join(f"{line}\n" for line in lines)
    armor = "-----BEGIN PGP SIGNATURE-----\nVersion: x\n\nabcd\n=ef\n-----END PGP SIGNATURE-----\n"
    signed = parse(f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{body}{armor}")
    assert signed.is_signed
    assert signed.faults == ()
    assert [(field.name, field.value) for field in signed.fields] == [(field.name, field.value) for field in parse(body).fields]


def test_a_dash_is_unescaped():
    """Lines of a signed text that begin with a dash are written with "- " before them (RFC 9580, 7.1)."""
    armor = "-----BEGIN PGP SIGNATURE-----\n\nabcd\n-----END PGP SIGNATURE-----\n"
    signed = parse(f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n- Contact: mailto:a@b.example\n{armor}")
    assert signed.values("contact") == ("mailto:a@b.example",)


@pytest.mark.parametrize(
    "broken",
    [
        "-----BEGIN PGP SIGNED MESSAGE-----\n",
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\nContact: mailto:a@b.example\n",
        "-----BEGIN PGP SIGNED MESSAGE-----\nnot a header\n\nx: y\n-----BEGIN PGP SIGNATURE-----\nab\n-----END PGP SIGNATURE-----\n",
        "-----BEGIN PGP SIGNED MESSAGE-----\n\nx: y\n-----BEGIN PGP SIGNATURE-----\n-----END PGP SIGNATURE-----\n",
        "-----BEGIN PGP SIGNED MESSAGE-----\n\nx: y\n-----BEGIN PGP SIGNATURE-----\nab\n-----END PGP SIGNATURE-----\nx: y\n",
        "-----BEGIN PGP SIGNED MESSAGE-----\n\nx: y\n-----END PGP SIGNATURE-----\n-----BEGIN PGP SIGNATURE-----\nab\n",
    ],
)
def test_an_envelope_that_is_not_whole_is_a_fault(broken: str):
    """Part of an envelope is no signature."""
    assert not parse(broken).is_signed
    assert Fault.BROKEN_SIGNATURE in _faults(broken)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Contact: a@b.example", Fault.NOT_A_URI),
        ("Contact: https://b.example/a b", Fault.NOT_A_URI),
        ("Contact: https://b.example/%zz", Fault.NOT_A_URI),
        ("Contact: https://b.example/é", Fault.NOT_A_URI),
        ("Contact: mailto:", Fault.NOT_A_URI),
        ("Contact:", Fault.NOT_A_URI),
        ("Contact: HTTP://b.example/", Fault.NOT_HTTPS),
        ("CSAF: http://b.example/provider-metadata.json", Fault.NOT_HTTPS),
        ("Contact: https:b.example", Fault.NOT_HTTPS),
        ("Contact:\tmailto:a@b.example", Fault.NO_SPACE),
        ("Contáct: mailto:a@b.example", Fault.UNREADABLE_LINE),
        (": mailto:a@b.example", Fault.UNREADABLE_LINE),
        ("text", Fault.UNREADABLE_LINE),
        ("Contact: mailto:a@b.example\x00", Fault.UNREADABLE_LINE),
        ("# \ud800", Fault.NOT_UTF_8),
        ("Preferred-Languages: nl,,en", Fault.LANGUAGES_UNREADABLE),
        ("Preferred-Languages: Nederlands!", Fault.LANGUAGES_UNREADABLE),
    ],
)
def test_each_fault_is_told_on_its_line(line: str, fault: Fault):
    """One wrong line among good ones gives one fault, with its number."""
    found = parse(f"# before\n{line}\n# after\n").faults
    assert [(entry.fault, entry.line) for entry in found] == [(fault, 2)]


def test_the_last_line_must_end():
    """RFC 9116, 2.2: every line ends with a line feed, so also the last."""
    assert _faults("# a\n# b") == [Fault.NO_LAST_NEWLINE]
    assert _faults("") == []


def test_only_so_much_is_read():
    """What stands after the limit is not looked at."""
    assert parse("#" * MAX_CHARACTERS + "\nContact: mailto:a@b.example\n").fields == ()


@given(st.datetimes(timezones=st.timezones() | st.just(UTC)).filter(lambda moment: moment.utcoffset() is not None))
def test_every_moment_reads_back(moment: datetime):
    """A moment written as RFC 3339 asks is read as that moment, to the second."""
    offset = moment.utcoffset() or timedelta()
    whole_minutes = timezone(timedelta(minutes=round(offset.total_seconds() / 60)))
    written = moment.replace(tzinfo=whole_minutes, microsecond=0)
    read = read_time(written.isoformat())
    # Within a day of the year 1 or 9999 the moment in UTC does not exist for datetime.
    assert read == written or (read is None and moment.year in {1, 9999})


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-06-01T00:00:00Z", datetime(2026, 6, 1, tzinfo=UTC)),
        ("2026-06-01t02:00:00+02:00", datetime(2026, 6, 1, tzinfo=UTC)),
        ("2026-06-01T00:00:00-00:00", datetime(2026, 6, 1, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2026-06-01T00:00:00.999999999z", datetime(2026, 6, 1, tzinfo=UTC)),
    ],
)
def test_the_forms_of_rfc_3339(text: str, moment: datetime):
    """Small letters, offsets, fractions and leap seconds are allowed."""
    assert read_time(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-06-01",
        "2026-06-01T00:00Z",
        "2026-06-01T24:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-06-01T00:00:61Z",
        "0000-01-01T00:00:00Z",
        "2026-06-01T00:00:00+24:00",
        "2026-06-01T00:00:00+0200",
        "20260601T000000Z",
        "2026-06-01T00:00:00Z ",
        "\u0662026-06-01T00:00:00Z",
    ],
)
def test_what_is_no_moment(text: str):
    """Anything else is not read."""
    assert read_time(text) is None


@given(st.text())
def test_any_text_is_a_moment_or_not(text: str):
    """No text makes the reading of a moment fail."""
    read = read_time(text)
    assert read is None or read.tzinfo is UTC


@pytest.mark.parametrize(
    ("body", "is_page"),
    [("<!DOCTYPE html>", True), ("\ufeff\n <html>", True), ("<!-- x -->", True), ("", False), ("# <html>", False), ("<mailto", True)],
)
def test_a_web_page_begins_with_a_tag(body: str, is_page: bool):  # noqa: FBT001 - a column of the table
    """What begins with a tag is a web page, and no line of a security.txt does."""
    assert looks_like_a_web_page(body) is is_page
