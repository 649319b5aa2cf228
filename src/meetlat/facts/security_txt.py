# SPDX-License-Identifier: EUPL-1.2
"""A security.txt file (RFC 9116) as a fact. Reads any text and never fails: what cannot be read is a fault with its line number."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

# RFC 9116, 5.3 lets a reader stop at 32 KB; twice that is read, so that the fault of a large file is not ours.
MAX_CHARACTERS = 65_536

_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_SIGNATURE_END = "-----END PGP SIGNATURE-----"

# RFC 5322, 3.6.8: a field name is printable ASCII without a colon.
_FIELD = re.compile(r"(?P<name>[!-9;-~]+):(?P<value>.*)")
_ARMOR_HEADER = re.compile(r"[A-Za-z-]+: .*")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# What is left of bytes that are no UTF-8: the replacement character, or a lone surrogate.
_NOT_UTF_8 = re.compile("[\ufffd\ud800-\udfff]")
_URI = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_DATE_TIME = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.[0-9]+)?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<off_hour>[01][0-9]|2[0-3]):(?P<off_minute>[0-5][0-9]))"
)

# The fields whose value is a URI (RFC 9116, 4; CSAF from the IANA registry of security.txt fields).
_LINKS = frozenset({"acknowledgments", "canonical", "contact", "csaf", "encryption", "hiring", "policy"})
_LANGUAGES = "preferred-languages"


class Fault(Enum):
    """What can be wrong with the writing of a file. Closed list."""

    BYTE_ORDER_MARK = "byte-order-mark"
    NOT_UTF_8 = "not-utf-8"
    UNREADABLE_LINE = "unreadable-line"
    NO_SPACE = "no-space-after-colon"
    NOT_A_URI = "not-a-uri"
    NOT_HTTPS = "link-is-not-https"
    LANGUAGES_TWICE = "languages-twice"
    LANGUAGES_UNREADABLE = "languages-unreadable"
    BROKEN_SIGNATURE = "broken-signature"
    NO_LAST_NEWLINE = "no-last-newline"


@dataclass(frozen=True, slots=True)
class FaultyLine:
    """A fault, with the number of its line (from 1) and what stands there."""

    fault: Fault
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in lower case, its value without spaces around it."""

    line: int
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class SecurityTxt:
    """A file that was read: fields in the order of the file, faults in the order of their lines.

    ``is_signed`` tells of a complete OpenPGP cleartext envelope. Whether the signature is genuine is not looked at: that takes a key
    that the reader trusts (RFC 9116, 2.3).
    """

    fields: tuple[Field, ...]
    faults: tuple[FaultyLine, ...]
    is_signed: bool

    def values(self, name: str) -> tuple[str, ...]:
        """Return the values of a field in the order of the file; a value may be empty."""
        return tuple(field.value for field in self.fields if field.name == name)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line without its end (RFC 9116, 4: white space, a carriage return, a line feed)."""

    number: int
    text: str


def parse(text: str) -> SecurityTxt:
    """Read a file. Source: RFC 9116, 2.2 (lines), 2.3 (signature), 4 (grammar). At most ``MAX_CHARACTERS`` are read."""
    text = text[:MAX_CHARACTERS]
    body = text.removeprefix("\ufeff")
    raw = body.split("\n")
    lines = [_Line(number, line.removesuffix("\r").rstrip(" \t")) for number, line in enumerate(raw, start=1)]
    inner, is_signed, signature_faults = _without_signature(lines)
    fields = tuple(field for line in inner if (field := _field(line)) is not None)
    faults = [
        *([FaultyLine(Fault.BYTE_ORDER_MARK, 1, "")] if body != text else []),
        *signature_faults,
        *(FaultyLine(fault, line.number, line.text) for line in inner for fault in _line_faults(line)),
        *_language_faults(fields),
        *([FaultyLine(Fault.NO_LAST_NEWLINE, len(raw), lines[-1].text)] if raw[-1] else []),
    ]
    return SecurityTxt(fields, tuple(sorted(faults, key=lambda fault: fault.line)), is_signed)


def _without_signature(lines: Sequence[_Line]) -> tuple[Sequence[_Line], bool, list[FaultyLine]]:
    """Take the text out of an OpenPGP cleartext envelope, if there is one. Source: RFC 9580, 7 (RFC 4880, 7)."""
    if lines[0].text != _SIGNED:
        return lines, False, []
    texts = [line.text for line in lines]
    start = _index(texts, "", 1)
    signature = _index(texts, _SIGNATURE, start)
    end = _index(texts, _SIGNATURE_END, signature)
    is_complete = (
        end < len(lines)
        and all(_ARMOR_HEADER.fullmatch(text) for text in texts[1:start])
        and any(texts[signature + 1 : end])
        and not any(texts[end + 1 :])
    )
    inner = [_Line(line.number, line.text.removeprefix("- ")) for line in lines[start:signature]]
    faults = [] if is_complete else [FaultyLine(Fault.BROKEN_SIGNATURE, 1, _SIGNED)]
    return inner, is_complete, faults


def _index(texts: Sequence[str], wanted: str, start: int) -> int:
    """Return where a line stands from ``start`` on, or the number of lines."""
    return next((index for index in range(start, len(texts)) if texts[index] == wanted), len(texts))


def _field(line: _Line) -> Field | None:
    """Read a line as a field, or return None when it is none."""
    match = None if line.text.startswith("#") or _CONTROL.search(line.text) else _FIELD.fullmatch(line.text)
    return Field(line.number, match["name"].lower(), match["value"].strip(" \t")) if match else None


def _line_faults(line: _Line) -> Iterator[Fault]:
    """Yield what is wrong with one line: at most one fault, the first that a reader would stumble on."""
    if _NOT_UTF_8.search(line.text):
        yield Fault.NOT_UTF_8
        return
    if _CONTROL.search(line.text):
        yield Fault.UNREADABLE_LINE
        return
    if not line.text or line.text.startswith("#"):
        return
    match = _FIELD.fullmatch(line.text)
    if match is None:
        yield Fault.UNREADABLE_LINE
    elif match["value"] and not match["value"].startswith(" "):
        yield Fault.NO_SPACE
    elif (fault := _value_fault(match["name"].lower(), match["value"].strip(" \t"))) is not None:
        yield fault


def _value_fault(name: str, value: str) -> Fault | None:
    """Tell what is wrong with a value, or None. Source: RFC 9116, 2.5: a URI, and for the web one that begins with https://."""
    if name not in _LINKS:
        return None
    match = _URI.fullmatch(value)
    if match is None:
        return Fault.NOT_A_URI
    is_web = match["scheme"].lower() in {"http", "https"}
    return Fault.NOT_HTTPS if is_web and not value.lower().startswith("https://") else None


def _language_faults(fields: Sequence[Field]) -> Iterator[FaultyLine]:
    """Yield what is wrong with Preferred-Languages. Source: RFC 9116, 2.5.8: at most once, language tags with commas between them."""
    for order, field in enumerate(field for field in fields if field.name == _LANGUAGES):
        if order:
            yield FaultyLine(Fault.LANGUAGES_TWICE, field.line, field.value)
        elif not all(_LANGUAGE.fullmatch(tag.strip(" \t")) for tag in field.value.split(",")):
            yield FaultyLine(Fault.LANGUAGES_UNREADABLE, field.line, field.value)


def read_time(value: str) -> datetime | None:
    """Read a date and time, or return None when it is none. Source: RFC 3339, 5.6."""
    match = _DATE_TIME.fullmatch(value)
    if match is None:
        return None
    # RFC 3339, 5.7: second 60 is a leap second, which datetime does not know.
    seconds = int(match["second"])
    is_leap = seconds == 60
    try:
        local = datetime.fromisoformat(f"{match['day']}T{match['hour']}:{match['minute']}:{seconds - is_leap:02d}+00:00")
        return (local + timedelta(seconds=is_leap) - _offset(match)).astimezone(UTC)
    except (ValueError, OverflowError):  # 30 February, 25:00, or before the year 1
        return None


def _offset(match: re.Match[str]) -> timedelta:
    """Return how far local time is ahead of UTC."""
    if match["sign"] is None:
        return timedelta()
    ahead = timedelta(hours=int(match["off_hour"]), minutes=int(match["off_minute"]))
    return -ahead if match["sign"] == "-" else ahead


def looks_like_a_web_page(body: str) -> bool:
    """Whether the text begins with a tag, as HTML does and a security.txt never can."""
    return re.match(r"\ufeff?\s*<[!?A-Za-z]", body) is not None
