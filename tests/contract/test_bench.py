# SPDX-License-Identifier: EUPL-1.2
"""The benchmarks are not run by the tests, but what they import is there."""

import importlib
from pathlib import Path

import pytest

_BENCH = Path(__file__).resolve().parents[2] / "bench"
_MODULES = sorted(".".join(path.relative_to(_BENCH.parent).with_suffix("").parts) for path in _BENCH.rglob("*.py"))


@pytest.mark.parametrize("name", _MODULES)
def test_a_benchmark_can_be_imported(name):
    """A module of a benchmark finds all that it uses: what a test or a probe is called may have changed."""
    importlib.import_module(name)
