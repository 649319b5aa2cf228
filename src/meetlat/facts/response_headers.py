# SPDX-License-Identifier: EUPL-1.2
"""Small response headers that tell a browser to be careful, read as browsers read them."""

import re
from collections.abc import Sequence

# A quoted string holds its commas; a quotation mark that is never closed runs to the end. Source: WHATWG Fetch, "get, decode, and split".
_PIECE = re.compile(r'(?:[^",]+|"(?:[^"\\]|\\.)*(?:"|\\?\Z))*', re.DOTALL)
_FRAMING_LIMITED = frozenset({"deny", "sameorigin"})
# W3C Referrer Policy, 4.1.
_REFERRER_POLICIES = frozenset(
    {
        "no-referrer",
        "no-referrer-when-downgrade",
        "same-origin",
        "origin",
        "strict-origin",
        "origin-when-cross-origin",
        "strict-origin-when-cross-origin",
        "unsafe-url",
    }
)


KEPT_CHARACTERS = 8192  # of one header field; probes keep no more


def may_be_cut(values: Sequence[str]) -> bool:
    """Whether a header field may have been longer than what was kept of it."""
    return any(len(value) >= KEPT_CHARACTERS for value in values)


def split(values: Sequence[str]) -> tuple[str, ...]:
    """Return the members of a list that stands in one header field or in several. Source: WHATWG Fetch, "get, decode, and split"."""
    if not values:
        return ()
    text, members, start = ", ".join(values), list[str](), 0
    while True:
        piece = _PIECE.match(text, start)
        end = piece.end() if piece else len(text)
        members.append(text[start:end].strip("\t "))
        if end >= len(text):
            return tuple(members)
        start = end + 1


def is_nosniff(values: Sequence[str]) -> bool:
    """Whether X-Content-Type-Options says nosniff: the first member counts. Source: WHATWG Fetch, "determine nosniff"."""
    members = split(values)
    return bool(members) and members[0].lower() == "nosniff"


def limits_framing(values: Sequence[str]) -> bool:
    """Whether X-Frame-Options keeps other sites from framing the page.

    One member DENY or SAMEORIGIN suffices: beside anything else browsers refuse every frame.
    Source: WHATWG HTML, the X-Frame-Options header.
    """
    return any(member.lower() in _FRAMING_LIMITED for member in split(values))


def referrer_policy(values: Sequence[str]) -> str:
    """Return the policy of Referrer-Policy, or empty when none is known: the last known token counts, others are passed over.

    Source: W3C Referrer Policy, 4.1 (the tokens, in any case) and 8.1.
    """
    known = [member.lower() for member in split(values) if member.lower() in _REFERRER_POLICIES]
    return known[-1] if known else ""
