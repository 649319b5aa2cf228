# SPDX-License-Identifier: EUPL-1.2
"""A verdict as pages show it: its mark and its word, written once."""

from collections.abc import Mapping
from functools import cache

from markupsafe import Markup

from meetlat.model.norm import Verdict
from meetlat.publish.pages import SYMBOLS
from meetlat.publish.words import texts


@cache
def written_verdicts(language: str) -> Mapping[Verdict | None, Markup]:
    """Write each verdict once: its mark and its word."""
    names = {verdict: verdict.value for verdict in Verdict} | {None: "none"}
    words = texts(language)["verdict"]
    form = Markup('<span class="v {}"><b aria-hidden="true">{}</b> {}</span>')
    return {verdict: form.format(name, SYMBOLS[name], words[name]) for verdict, name in names.items()}
