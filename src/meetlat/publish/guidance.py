# SPDX-License-Identifier: EUPL-1.2
"""Words for people beside each rule: what was found, why it matters, how to mend it.

A guidance file is Markdown: a heading and an introduction for the standard, then per rule a second-level heading with the rule id,
a title sentence, a list of outcomes (``- violated/absent: sentence with {arguments}``), and the sections "why" and "how".
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Protocol

from meetlat.model.finding import Status
from meetlat.model.standard import Standard

_OUTCOME = re.compile(r"- (?P<label>[a-z_]+(?:/[a-z0-9-]+)?): (?P<sentence>.+)")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Telling(Protocol):
    """What a sentence is made of: a finding, or as much of one as was read."""

    @property
    def rule(self) -> str:
        """The rule."""

    @property
    def status(self) -> Status:
        """How it came out."""

    @property
    def reason(self) -> str:
        """Why, as a short code."""

    @property
    def arguments(self) -> Mapping[str, str]:
        """What fills the sentence."""


@dataclass(frozen=True, slots=True)
class RuleGuidance:
    """The words for one rule; ``why`` and ``how`` are Markdown."""

    title: str
    outcomes: Mapping[str, str]
    why: str
    how: str


@dataclass(frozen=True, slots=True)
class Guidance:
    """The words for one standard in one language."""

    introduction: str
    rules: Mapping[str, RuleGuidance]
    shared: Mapping[str, str]

    def sentence(self, finding: Telling) -> str:
        """Say in one sentence what a finding tells; empty when there are no words for it.

        The rule's own words come first (status/reason, then status), then the words that all standards share.
        """
        rule = self.rules.get(finding.rule)
        outcomes = rule.outcomes if rule else {}
        label = f"{finding.status.value}/{finding.reason}"
        text = outcomes.get(label) or self.shared.get(label) or outcomes.get(finding.status.value, "")
        return _PLACEHOLDER.sub(lambda match: finding.arguments.get(match[1], match[0]), text)


@cache
def guidance(standard: Standard, language: str) -> Guidance:
    """Read the guidance of a standard in a language ("nl" or "en")."""
    path = standard.folder / f"guidance.{language}.md"
    parts = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    introduction = parts[0].partition("\n")[2].strip()
    rules = dict(_rule(part) for part in parts[1:])
    return Guidance(introduction, rules, shared_sentences(language))


@cache
def shared_sentences(language: str) -> Mapping[str, str]:
    """Read the sentences that all standards share: what could not be established, and what does not apply."""
    text = (files("meetlat.publish") / "texts" / f"outcomes.{language}.toml").read_text(encoding="utf-8")
    return {f"{status}/{reason}": sentence for status, sentences in tomllib.loads(text).items() for reason, sentence in sentences.items()}


def _rule(part: str) -> tuple[str, RuleGuidance]:
    """Read the section of one rule."""
    rule, _, rest = part.partition("\n")
    before, *sections = re.split(r"^### .*$", rest, flags=re.MULTILINE)
    lines = before.strip().splitlines()
    outcomes = {match["label"]: match["sentence"] for line in lines if (match := _OUTCOME.fullmatch(line.strip()))}
    title = " ".join(line.strip() for line in lines if line.strip() and not _OUTCOME.fullmatch(line.strip()))
    why, how = [*sections, "", ""][:2]
    return rule.strip(), RuleGuidance(title, outcomes, why.strip(), how.strip())
