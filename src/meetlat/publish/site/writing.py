# SPDX-License-Identifier: EUPL-1.2
"""Pages become files: the templates, what every page shows around it, and a policy that lets a browser load nothing else."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from meetlat.publish.meting.html import environment
from meetlat.publish.site.about_pages import below, menu
from meetlat.publish.site.domain_pages import DomainSheet, above
from meetlat.publish.site.places import INDEX, SEARCH, up
from meetlat.publish.site.search_pages import ENTRIES
from meetlat.publish.site.verdict_marks import written_verdicts
from meetlat.publish.site.view import Page, View

LANGUAGES = ("nl", "en")
ASSETS, STYLE, SEARCH_SCRIPT = "assets", "assets/style.css", "assets/search.js"
# A page may load our style sheet and nothing else; the page to search on also two scripts of ours.
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"


class Writer:
    """Writes the pages of one language."""

    def __init__(self, folder: Path, view: View) -> None:
        self._folder = folder
        self._language = view.language
        made = environment(view.words)
        made.globals |= {
            "s": view.own.tree(""),
            "manifest": view.gathered.manifest,
            "menu": menu(view),
            "below": below(view),
            "when": view.when,
            "other": next(one for one in LANGUAGES if one != view.language),
            "verdicts": written_verdicts(view.language),
        }
        self._view = view
        self._page = made.get_template("site/page.html.j2")
        self._domain = made.get_template("site/domain.html.j2")
        self._made: set[Path] = set()
        self.count = 0

    def page(self, page: Page) -> None:
        """Write a page."""
        here = up(page.path)
        is_search = page.path == SEARCH
        shown = {
            **self._around(page.path, page.kind, page.title),
            "page": page,
            "above": [(name, f"{here}{path}") for name, path in page.above],
            "policy": f"{POLICY}; script-src 'self'" if is_search else POLICY,
            "scripts": (f"{here}{ENTRIES}", f"{here}../{SEARCH_SCRIPT}") if is_search else (),
        }
        self.text(page.path, self._page.render(shown))
        self.count += 1

    def domain(self, sheet: DomainSheet, moments: Sequence[str]) -> None:
        """Write the page of a domain."""
        shown = {
            **self._around(sheet.path, "groups", sheet.title),
            "page": sheet,
            "above": above(self._view, sheet),
            "policy": POLICY,
            "moments": moments,
        }
        self.text(sheet.path, self._domain.render(shown))
        self.count += 1

    def text(self, path: str, text: str) -> None:
        """Write a file; two with one name are a bug of ours."""
        place = self._folder / path
        if place.parent not in self._made:
            place.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(place.parent)
        with place.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)

    def _around(self, path: str, kind: str, title: str) -> dict[str, object]:
        """Return what every page shows."""
        return {"path": path, "up": up(path), "kind": kind, "title": title}


def write_assets(folder: Path) -> None:
    """Write the style sheet and the script that all pages share."""
    (folder / ASSETS).mkdir()
    here = files("meetlat.publish") / "templates"
    style = (here / "style.css").read_text(encoding="utf-8") + (here / "site" / "site.css").read_text(encoding="utf-8")
    for path, text in ((STYLE, style), (SEARCH_SCRIPT, (here / "site" / "search.js").read_text(encoding="utf-8"))):
        (folder / path).write_text(text, encoding="utf-8", newline="\n")


def door(view: View) -> str:
    """Write the page at the root, which leads to both languages; a browser goes to the Dutch one by itself."""
    made = environment(view.words)
    return made.get_template("site/door.html.j2").render(
        manifest=view.gathered.manifest, policy=POLICY, s=view.own.tree(""), first=f"nl/{INDEX}"
    )
