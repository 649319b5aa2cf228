# SPDX-License-Identifier: EUPL-1.2
"""What must hold for the house as a whole."""

import ast
import re
from pathlib import Path

import pytest

from meetlat.standards.loading import standards

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted([*ROOT.glob("src/**/*.py"), *ROOT.glob("lab/**/*.py"), *ROOT.glob("bench/**/*.py")])
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
# Dutch words that may turn up in identifiers; each that does needs its line in the glossary.
DUTCH = re.compile(
    r"aanbesteding|streefbeeldafspraak|pas_toe_of_leg_uit|toepassingsgebied|werkingsgebied|lijststatus|gemeente|waterschap|provincie|ministerie|voldoet|meting"
)
each_source = pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


@each_source
def test_each_source_says_its_licence_first(path):
    """One SPDX line instead of a block."""
    assert path.read_text(encoding="utf-8").startswith("# SPDX-License-Identifier: EUPL-1.2\n")


@each_source
def test_no_module_is_a_drawer_for_everything(path):
    """A module is named after what it is about."""
    assert path.stem not in FORBIDDEN_NAMES


@each_source
def test_dutch_identifiers_stand_in_the_glossary(path):
    """An official Dutch term that names something in the code is explained, with its source."""
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    names = {node.id for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Name)}
    for word in {match[0] for name in names for match in DUTCH.finditer(name.lower())}:
        assert word in glossary, word


@each_document
def test_links_between_documents_lead_somewhere(path):
    """A relative link in the documentation points at a file that is there."""
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


@each_document
def test_rules_named_in_documents_exist(path):
    """A rule id in the documentation is the id of a rule."""
    known = {rule for standard in standards().values() for rule in standard.rules}
    for rule in re.findall(rf"`((?:{'|'.join(standards())})\.[a-z0-9]+(?:-[a-z0-9]+)+)`", path.read_text(encoding="utf-8")):
        assert rule in known, rule
