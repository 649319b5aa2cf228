# SPDX-License-Identifier: EUPL-1.2
"""Shares as stacked bars: what complies, what does not, what could not be established, what there was nothing to judge of."""

from collections.abc import Sequence

from meetlat.analysis.share import Share
from meetlat.publish.charts.drawing import LONGEST_READING, chart_texts, draw, label
from meetlat.publish.meting.document import Chart
from meetlat.publish.words import number, percent, texts

ROW = 40  # units per bar, with its label above it
TOP = 26  # units for the key


def share_bars(key: str, title: str, rows: Sequence[tuple[str, Share]], language: str) -> Chart | None:
    """Draw a bar per share, of everything that was measured; None when there is nothing to draw. ``key`` is its id on the page."""
    drawn = [(name, share) for name, share in rows if share.total]
    if not drawn:
        return None
    bars = [
        {
            "label": label(name),
            "told": told(share, language),
            "spans": _spans(share),
            "y": TOP + ROW * at,
        }
        for at, (name, share) in enumerate(drawn)
    ]
    words = chart_texts(language)["bars"]
    ranked = sorted((one for one in drawn if one[1].judged), key=lambda one: -(one[1].percentage_of_judged or 0))
    items = [words["item"].format(name=name, told=told(share, language)) for name, share in ranked[:LONGEST_READING]]
    rest = len(ranked) - len(items)
    more = words["more"].format(count=number(rest, language)) if rest else ""
    reading = words["reading"].format(title=title, items="; ".join(items) + more) if items else words["nothing"].format(title=title)
    return draw("bars", language, reading, id=key, title=title, bars=bars, height=TOP + ROW * len(bars) + 18)


def told(share: Share, language: str) -> str:
    """Write the share of what was judged with its counts."""
    if not share.judged:
        return str(chart_texts(language)["bars"]["not_judged"])
    of = texts(language)["words"]["of"].format(part=number(share.compliant, language), whole=number(share.judged, language))
    return f"{percent(share.compliant, share.judged, language)} ({of})"


def _spans(share: Share) -> list[tuple[str, str, str]]:
    """Return the kinds of verdict with where each begins and how wide it is, in per cent of all."""
    counts = (share.compliant, share.non_compliant, share.undetermined, share.not_applicable)
    spans, begin = [], 0
    for kind, count in zip(("good", "bad", "unknown", "none"), counts, strict=True):
        if count:
            spans.append((kind, f"{100 * begin / share.total:.3f}", f"{100 * count / share.total:.3f}"))
        begin += count
    return spans
