# SPDX-License-Identifier: EUPL-1.2
"""How much two web pages say the same.

The measure is the Jaccard index over runs of three words (w-shingling: Broder, "On the resemblance and containment of documents", 1997):
of all three-word runs that stand on either page, the share that stands on both. A reader can redo it by hand. It minds the order of
words, which counting letters does not, and a token or a date that differs per request costs three runs and no more.
"""

import re
from collections.abc import Iterator

_WORD = re.compile(r"\w+")
_RUN = 3
_UNSEEN = ("script", "style", "template", "noscript")


def likeness_percent(one: str, other: str) -> int:
    """Return which share of the three-word runs of two HTML pages stands on both, in whole percents, rounded down.

    Two pages without text are alike: 100.
    """
    first, second = _runs(one), _runs(other)
    either = first | second
    return 100 * len(first & second) // len(either) if either else 100


def _runs(html: str) -> set[tuple[str, ...]]:
    """Return every run of three words of the text; a text shorter than that is one run."""
    words = [word.casefold() for part in _texts(html) for word in _WORD.findall(part)]
    if not words:
        return set()
    return {tuple(words[start : start + _RUN]) for start in range(max(1, len(words) - _RUN + 1))}


def _texts(html: str) -> Iterator[str]:
    """Yield the text between tags, without scripts and styles. Linear in the size of the page, whatever it holds."""
    before, *pieces = html.split("<")
    yield before
    inside = ""
    for piece in pieces:
        tag, _, text = piece.partition(">")
        name = tag.split(maxsplit=1)[0].lower() if tag.strip() else ""
        if inside:
            inside = "" if name == f"/{inside}" else inside
        elif name in _UNSEEN and not tag.endswith("/"):
            inside = name
        if not inside:
            yield text
