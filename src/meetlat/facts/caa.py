# SPDX-License-Identifier: EUPL-1.2
"""CAA records as facts (RFC 8659): where they are found, and what each property says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from meetlat.facts import urls
from meetlat.facts.dns import answer_for, question
from meetlat.model.evidence import Evidence, Need, derived

_TEXT = re.compile(r'([0-9]{1,3})[ \t]+([^ \t]+)[ \t]+(?:"(.*)"|([^ \t"]*))', re.ASCII | re.DOTALL)
_ESCAPED = re.compile(r"\\(?:([0-9]{3})|(.))", re.ASCII | re.DOTALL)
_CRITICAL = 128
_TAG = re.compile(r"[A-Za-z0-9]+")

# RFC 8659, 4.2. Names and tags are alike: letters, digits, and hyphens that are not at an end.
_WORD = r"[A-Za-z0-9](?:-*[A-Za-z0-9])*"
_SPACE = " \t"
_ISSUE = re.compile(rf"(?P<issuer>{_WORD}(?:\.{_WORD})*)?[ \t]*(?:;(?P<parameters>.*))?", re.DOTALL)
_PARAMETER = re.compile(rf"(?P<tag>{_WORD})[ \t]*=[ \t]*(?P<value>[!-:<-~]*)")

_METHODS = re.compile(r"(?:[A-Za-z0-9-]+,)*[A-Za-z0-9-]+")  # RFC 8657, 4, where an empty list is allowed too
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")  # RFC 3986, 3, as far as it matters here
_MAILTO = re.compile(r"mailto:[^@\s?]+@[^@\s?]+(?:\?\S*)?", re.IGNORECASE)  # RFC 6068, 2
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_PHONE = re.compile(r"\+[().-]*[0-9][0-9(). -]*")  # RFC 3966, 3: a global number; spaces are forgiven
# The properties whose value names an issuer: RFC 8659, 4.2 and 4.3; RFC 9495, 4; and that of marks in e-mail, in the same form.
_NAMING_AN_ISSUER = frozenset({"issue", "issuewild", "issuemail", "issuevmc"})


@dataclass(frozen=True, slots=True)
class Issuer:
    """The value of an issue property: who may issue (nobody when the domain is empty), and under which conditions."""

    domain: str
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Property:
    """One CAA record. The tag is in lower case (RFC 8659, 4.1: matched without regard to case)."""

    flags: int
    tag: str
    value: str

    @property
    def is_critical(self) -> bool:
        """Whether who does not know the tag must not issue (RFC 8659, 4.1)."""
        return bool(self.flags & _CRITICAL)

    @property
    def fault(self) -> str:
        """Say in a word what breaks the grammar: flags, tag or value; empty when nothing does."""
        if self.flags not in {0, _CRITICAL}:
            return "flags"
        if not _TAG.fullmatch(self.tag):
            return "tag"
        return "" if self._has_good_value() else "value"

    def _has_good_value(self) -> bool:
        """Whether the value is as its tag asks; of a tag that is not known, any is."""
        match self.tag:
            case tag if tag in _NAMING_AN_ISSUER:
                return issuer(self.value) is not None
            case "iodef":
                return bool(_MAILTO.fullmatch(self.value)) or urls.parse(self.value) is not None
            case "contactemail":
                return bool(_ADDRESS.fullmatch(self.value))
            case "contactphone":
                return bool(_PHONE.fullmatch(self.value))
        return True

    def __str__(self) -> str:
        """Return the record as people write it, shortened."""
        return f'{self.flags} {self.tag} "{self.value[:100]}"'


def parse(text: str) -> Property | None:
    """Read a record as a resolver writes it (RFC 8659, 4.1.1), or return None."""
    match = _TEXT.fullmatch(text)
    if match is None or int(match[1]) > 255:
        return None
    value = match[3] if match[3] is not None else match[4]
    return Property(int(match[1]), match[2].lower(), _ESCAPED.sub(_unescaped, value))


def _unescaped(match: re.Match[str]) -> str:
    """Return the character behind an escape (RFC 1035, 5.1)."""
    return chr(int(match[1])) if match[1] else match[2]


def issuer(value: str) -> Issuer | None:
    """Read the value of an issue property (RFC 8659, 4.2, with the parameters of RFC 8657), or return None when it breaks the grammar."""
    match = _ISSUE.fullmatch(value.strip(_SPACE))
    if match is None:
        return None
    parameters = _parameters(match["parameters"] or "")
    if parameters is None or not all(_is_good(tag, text) for tag, text in parameters):
        return None
    return Issuer((match["issuer"] or "").lower(), parameters)


def _parameters(text: str) -> tuple[tuple[str, str], ...] | None:
    """Read what stands behind the first semicolon: nothing, or parameters with a semicolon between them."""
    if not text.strip(_SPACE):
        return ()
    matches = [_PARAMETER.fullmatch(part.strip(_SPACE)) for part in text.split(";")]
    return None if None in matches else tuple((match["tag"].lower(), match["value"]) for match in matches if match)


def _is_good(tag: str, value: str) -> bool:
    """Whether the value of a parameter is as RFC 8657 asks; other parameters are between the domain and its issuer."""
    if tag == "accounturi":
        return bool(_URI.fullmatch(value))
    return tag != "validationmethods" or not value or bool(_METHODS.fullmatch(value))


@dataclass(frozen=True, slots=True)
class Found:
    """The relevant record set of a name (RFC 8659, 3). ``place`` is where it stands, empty when there is none.

    ``questions`` lead to it. ``is_known`` is False when the last of them has no answer; ``unreadable`` counts records that we cannot read.
    """

    questions: tuple[Need, ...]
    is_known: bool
    place: str = ""
    properties: tuple[Property, ...] = ()
    unreadable: int = 0


def caa_needs(name: str, seen: Evidence) -> Iterator[Need]:
    """Ask for the CAA records of a name, and while there are none, of the name above it."""
    yield from found(name, seen).questions


@derived
def found(name: str, seen: Evidence) -> Found:
    """Climb from a name to the nearest that has CAA records: up to its top-level domain, not the root (RFC 8659, 3)."""
    asked: list[Need] = []
    place = name
    while place:
        asked.append(question(place, "CAA"))
        answer = answer_for(place, "CAA", seen)
        if answer is None:
            return Found(tuple(asked), is_known=False)
        if texts := answer.values("CAA"):
            parsed = [parse(text) for text in texts]
            properties = tuple(one for one in parsed if one is not None)
            return Found(tuple(asked), is_known=True, place=place, properties=properties, unreadable=parsed.count(None))
        place = place.partition(".")[2]
    return Found(tuple(asked), is_known=True)
