# SPDX-License-Identifier: EUPL-1.2
"""Made-up replies of made-up organisations."""

from datetime import date

from meetlat.model.target import Role
from meetlat.replies.reply import Decision, Kind, Outcome, Reply, Source, Standing, Statement

DAY = date(2026, 7, 1)
REPLIED = date(2026, 6, 20)
MEASUREMENT = "2026-06-01-00000000"
SOURCE = Source("wederhoor.csv", "0" * 64, 2)


def said(kind: Kind, standard: str = "hsts", **more: object) -> Statement:
    """What Duinrade says of its domain."""
    values = {"organisation": "Gemeente Duinrade", "domain": "gemeente-duinrade.nl", "roles": (Role.WEB, Role.MAIL), "standard": standard}
    return Statement(kind, **(values | more))


def reply(kind: Kind, standard: str = "hsts", **more: object) -> Reply:
    """A reply of Duinrade."""
    return Reply("2026-0001", REPLIED, "CISO", MEASUREMENT, SOURCE, said(kind, standard, **more))


def standing(kind: Kind, outcome: Outcome | None, standard: str = "hsts", **more: object) -> Standing:
    """A reply of Duinrade with a decision, as it stands on the day."""
    one = reply(kind, standard, **more)
    decision = Decision(one.id, date(2026, 6, 25), "analist", outcome, "omdat") if outcome else None
    return Standing(one, decision, DAY)
