# SPDX-License-Identifier: EUPL-1.2
"""Which tests stay together when several processes share them (``pytest -n 3``): those of a file, so that what they share is made once."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# Two labs run side by side: one to be measured whole and looked at, and one (with the edition) for what waits much and needs no more.
_TOGETHER = {
    "tests/lab/test_truth.py": "one small lab",
    "tests/lab/test_verify.py": "one small lab",
    "tests/lab/test_wrong_promises.py": "one small lab",
    "tests/lab/test_editions.py": "other labs",
    "tests/lab/test_resume.py": "other labs",
}


class _ByFile(LoadScopeScheduling):
    """Gives a process all tests of a file, or of files that stay together."""

    def _split_scope(self, nodeid: str) -> str:
        """Return what a test stays together with."""
        file = nodeid.partition("::")[0]
        return _TOGETHER.get(file, file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _ByFile:
    """Share the tests by file."""
    return _ByFile(config, log)
