# SPDX-License-Identifier: EUPL-1.2
"""Chapter 1: the conclusions first, then what is advised, then the whole picture."""

from collections.abc import Iterator

from meetlat.model.norm import Verdict
from meetlat.model.target import Role
from meetlat.publish.meting.advice import advices
from meetlat.publish.meting.causes import best_sentence
from meetlat.publish.meting.document import Advices, Block, Bullets, Card, Cards, Chapter, Heading, Paragraph, Terms
from meetlat.publish.meting.figures import Figures
from meetlat.publish.meting.references import reference
from meetlat.publish.meting.replies import correction_sentence
from meetlat.publish.meting.wording import Wording, bounded
from meetlat.publish.overview import RoleView

VERDICTS = (Verdict.COMPLIANT, Verdict.NON_COMPLIANT, Verdict.UNDETERMINED, Verdict.NOT_APPLICABLE)


def summary_chapter(figures: Figures, words: Wording, number: int) -> Chapter:
    """Say what matters most."""
    return Chapter("summary", number, words.say("summary.title"), tuple(_blocks(figures, words)))


def _blocks(figures: Figures, words: Wording) -> Iterator[Block]:
    """Yield the picture, the conclusions, the advice, and what the words mean."""
    yield Paragraph(set_sentence(figures, words))
    yield Cards(tuple(role_card(view, words, correction_sentence(figures, words, view.role)) for view in figures.overview.roles))
    total = figures.overview.total
    if total.absent:
        key = "summary.absent_one" if total.absent == 1 else "summary.absent"
        yield Paragraph(words.say(key, absent=total.absent, domains=total.domains), is_notice=True)
    yield Heading(words.say("summary.conclusions"))
    yield Bullets(tuple(conclusions(figures, words)))
    yield Heading(words.say("summary.advice"))
    if found := advices(figures, words):
        yield Paragraph(words.say("summary.advice_intro"))
        yield Advices(found)
    else:
        yield Paragraph(words.say("summary.advice_none"))
    yield Heading(words.say("summary.key"))
    terms = words.shared["terms"]
    items = [(words.shared["verdict"][verdict.value], terms[verdict.value], verdict) for verdict in VERDICTS]
    yield Terms((*items, (terms["judged"], terms["judged_text"], None)))


def conclusions(figures: Figures, words: Wording) -> Iterator[str]:
    """Yield the conclusions, each with its figures."""
    for role in Role:
        share = figures.everything(role)
        if share.judged:
            counts = {"judged": share.judged, "compliant": share.compliant, "percent": words.share(share)}
            left_out = {"undetermined": share.undetermined, "not_applicable": share.not_applicable}
            of_all = {"total": share.total, "of_all": words.percent(share.compliant, share.total)}
            measured = words.say(f"summary.{role.value}", **counts, **left_out, **of_all)
            yield " ".join(filter(None, (measured, correction_sentence(figures, words, role))))
        elif figures.role(role) is not None:
            yield words.say(f"summary.no_{role.value}")
    yield from growth_sentences(figures, words)
    yield from _agreements(figures, words)
    yield from _extremes(figures, words)
    for view in figures.overview.roles:
        yield from _groups(view, words)
    if (cause := next((one for one in figures.overview.causes if one.counts), None)) is not None:
        yield words.say("summary.cause", title=cause.title, standard=cause.standard, short=words.short(cause.share))
    if figures.given.best:
        yield best_sentence(figures.given.best[0], words)


def growth_sentences(figures: Figures, words: Wording) -> Iterator[str]:
    """Say whether there is growth, when there is more than one measurement."""
    keys = {"growth": "growth_yes", "decline": "growth_no", "stagnation": "growth_still", "unclear": "growth_unsure"}
    for one in figures.given.trend.growth if figures.given.trend else ():
        if one.key.startswith("iv-"):
            points = {"points": words.points(one.difference), "low": words.points(one.low), "high": words.points(one.high)}
            counts = {"was": one.was, "is_now": one.is_now, "panel": one.judged, "left_out": one.left_out}
            yield words.say(f"summary.{keys[one.answer]}", what=words.say(f"summary.{one.role.value}_all"), **points, **counts)


def _agreements(figures: Figures, words: Wording) -> Iterator[str]:
    """Say between which shares the agreements are kept."""
    told = [one for one in figures.agreements if one.is_answered and one.whole and one.whole.share.judged]
    if not told:
        return
    by_share = sorted(told, key=lambda one: (one.whole.share.percentage_of_judged or 0) if one.whole else 0)
    lowest, highest = by_share[0], by_share[-1]
    values = {
        "answered": len(told),
        "asked": len(figures.agreements),
        "lowest": words.told(lowest.whole.share) if lowest.whole else "",
        "lowest_name": lowest.agreement.names[words.language],
    }
    if len(told) == 1:
        yield words.say("summary.agreement_one", **values)
        return
    top = {"highest": words.told(highest.whole.share) if highest.whole else "", "highest_name": highest.agreement.names[words.language]}
    yield words.say("summary.agreements", **values, **top)


def _extremes(figures: Figures, words: Wording) -> Iterator[str]:
    """Say which standard that counts is kept most often, and which least."""
    ranked = [(view, row) for view, row in figures.overview.ranked() if row.counts]
    if len(ranked) < 2:
        return
    for key, (view, row) in (("best", ranked[0]), ("worst", ranked[-1])):
        said = words.say(f"summary.{key}", standard=row.name, role=words.all_of(view.role), share=words.told(row.share))
        yield f"{said} {words.say('summary.meaning', summary=row.summary)}" if row.summary else said


def _groups(view: RoleView, words: Wording) -> Iterator[str]:
    """Say which group is highest and which lowest in a role."""
    ranked = sorted((row for row in view.groups if row.everything.judged), key=lambda row: row.everything.percentage_of_judged or 0)
    if len(ranked) < 2:
        return
    worst, best = ranked[0], ranked[-1]
    names = {"best": bounded(best.name), "worst": bounded(worst.name)}
    shares = {"best_share": words.told(best.everything), "worst_share": words.told(worst.everything)}
    yield words.say(f"summary.groups_{view.role.value}", **names, **shares)


def set_sentence(figures: Figures, words: Wording) -> str:
    """Say what was measured."""
    total, groups = figures.overview.total, len(figures.overview.sizes)
    key = "summary.set" if groups > 1 else "summary.set_one_group"
    counts = {"domains": total.domains, "organisations": total.organisations, "web": total.web, "mail": total.mail}
    return words.say(key, groups=groups, **counts)


def role_card(view: RoleView, words: Wording, after: str = "") -> Card:
    """Make the large figure of a role; ``after`` says what it is after replies, when they change it."""
    share, role = view.everything, view.role.value
    counted = ", ".join(view.counted) or words.shared["words"]["none"]
    of_all = words.percent(share.compliant, share.total)
    left_out = {"undetermined": share.undetermined, "not_applicable": share.not_applicable}
    rest = words.say("summary.card_rest", of_all=of_all, total=share.total, standards=counted, **left_out)
    sentence = words.of(share.compliant, share.judged) if share.judged else words.say(f"summary.no_{role}")
    return Card(words.say(f"summary.card_{role}"), share, sentence, rest, reference(view.role), after)
