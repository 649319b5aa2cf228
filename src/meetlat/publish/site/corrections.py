# SPDX-License-Identifier: EUPL-1.2
"""What the replies of organisations do to the figures: always beside what was measured."""

from collections.abc import Iterator

from meetlat.publish.meting.document import Block, Cell, Heading, Line, Paragraph, Table, columns
from meetlat.publish.site.view import View


def correction_blocks(view: View) -> Iterator[Block]:
    """Yield the figures on everything together as they were measured and as replies correct them; nothing when no replies were given."""
    found = view.gathered.asked.corrected
    if found is None:
        return
    words = view.words
    yield Heading(view.say("corrections.heading"), "corrections")
    yield Paragraph(view.say("corrections.intro", count=found.count, day=words.day(found.day)))
    lines = [
        Line(
            (
                Cell(words.say(f"role.all_{'web' if one.key == 'iv-web' else 'mail'}")),
                words.share_cell(one.measured),
                words.share_cell(one.corrected),
            )
        )
        for one in found.composites
        if one.group is None
    ]
    titles = [view.say("corrections.measured"), view.say("corrections.corrected")]
    yield Table(view.say("corrections.caption"), columns(words.say("trend.what"), titles), tuple(lines))
