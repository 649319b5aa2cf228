# SPDX-License-Identifier: EUPL-1.2
"""The words of meetlat trend, and numbers as it writes them: never with more digits than they merit."""

from datetime import date

from meetlat.analysis.growth import Answer, Growth
from meetlat.analysis.series import SeriesError, SeriesFault
from meetlat.analysis.share import Share
from meetlat.analysis.trend import Key
from meetlat.cli.words import Book, language, say
from meetlat.publish.overview import name_of, part_name
from meetlat.publish.words import number, percent, texts, visible
from meetlat.standards.loading import standards

DASH = "\N{EN DASH}"


phrase = Book("trend")


def fault_sentence(error: SeriesError) -> str:
    """Say why measurements make no series, with the command that judges again."""
    details = {name: visible(value) for name, value in error.details.items()}
    if error.fault is SeriesFault.OTHER_NORM:
        known = standards()
        # Judging again takes today's norm of what is not named, so every standard that has had more norms is named.
        again = [f"{one}={norm}" for one, norm in error.norms.items() if one in known and len(known[one].norms) > 1]
        details["command"] = f"meetlat judge {details['path']} --norms {','.join(again)}"
    return phrase(f"fault.{error.fault.name.lower()}", **details)


def line_name(key: Key, group: str | None = None) -> str:
    """Name a line: the standard or the part of it, the role, the group."""
    if key.is_composite:
        name = phrase(f"trend.all_{key.role.value}")
    else:
        name = part_name(key.key, key.part, standards(), language()) if key.part else name_of(key.key, standards(), language())
        name = f"{'  ' if key.part else ''}{name} ({say(f'summary.{key.role.value}')})"
    return visible(name if group is None else f"{name}, {group}")


def share_cell(share: Share | None) -> str:
    """Write a share with both denominators; what lies between them was undetermined or not applicable."""
    if share is None:
        return DASH
    shares = {"judged": percent(share.compliant, share.judged, language()), "all": percent(share.compliant, share.total, language())}
    return phrase(
        "trend.cell",
        **shares,
        compliant=number(share.compliant, language()),
        of=number(share.judged, language()),
        total=number(share.total, language()),
    )


def points(value: float, digits: int = 1) -> str:
    """Write a difference of shares in percentage points with its sign."""
    rounded = round(100 * abs(value), digits)
    sign = "" if not rounded else "+" if value > 0 else "\N{MINUS SIGN}"
    written = f"{rounded:.{digits}f}"
    return sign + (written.replace(".", ",") if language() == "nl" else written)


def count(value: float) -> str:
    """Write a count of domains: whole, or with one digit when it is small."""
    return number(round(value) if abs(value) >= 10 else round(value, 1), language())


def share(value: float, half_width: float) -> str:
    """Write an expected share: whole, with one digit only when the band is narrower than a point."""
    digits = 1 if half_width < 0.01 else 0
    least = 10**-digits / 100
    written = f"{100 * min(max(value, least), 1 - least):.{digits}f}" if 0 < value < 1 else f"{100 * value:.0f}"
    return (written.replace(".", ",") if language() == "nl" else written) + "%"


def month(day: date | None) -> str:
    """Write the month of a day."""
    return phrase("trend.never") if day is None else f"{texts(language())['dates']['months'][day.month - 1]} {day.year}"


def answer(one: Growth) -> str:
    """Say what the interval says."""
    slower = one.answer is Answer.GROWTH and one.pace is not None and one.pace.is_slower
    return phrase("answer.slowed" if slower else f"answer.{one.answer.value}")
