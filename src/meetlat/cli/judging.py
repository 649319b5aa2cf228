# SPDX-License-Identifier: EUPL-1.2
"""Judging at the terminal: with a bar that shows how far it is, for a large measurement takes a minute or more."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from meetlat.cli.shown import progress_bar
from meetlat.cli.words import say
from meetlat.engine.run import finish
from meetlat.model.norm import Norm
from meetlat.model.standard import Standard
from meetlat.store.folder import read_listings
from meetlat.store.manifest import Manifest


def judged_and_sealed(folder: Path, standards: Sequence[Standard], norms: Mapping[str, Norm], costs: Mapping[str, float]) -> Manifest:
    """Judge every domain of a folder and seal it."""
    with progress_bar() as bar:
        task = bar.add_task(say("measure.judging"), total=sum(map(len, read_listings(folder))))
        return finish(folder, standards, norms, costs, lambda done: bar.advance(task, done))
