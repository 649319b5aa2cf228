# SPDX-License-Identifier: EUPL-1.2
"""What a person cannot help reading: one sentence and exit code 2, never a traceback."""

from pathlib import Path

import pytest

from meetlat.cli import main
from meetlat.probes.unbound import ResolverError, ResolverFault
from meetlat.publish.errors import ReportError
from meetlat.store.errors import Fault, MeasurementError


@pytest.mark.parametrize(
    "error",
    [
        ReportError(Path("rapport")),
        MeasurementError(Fault.NOT_WRITABLE, Path("meting"), "No space left on device"),
        ExceptionGroup("tasks", [ExceptionGroup("shard", [ResolverError(ResolverFault.DIED, "connection refused")])]),
    ],
    ids=["report", "measurement", "in a group"],
)
def test_what_cannot_be_done_is_one_sentence(monkeypatch, capsys, error):
    """Whichever command it was, also demo, which writes a report itself."""

    def failing(**_: object) -> None:
        raise error

    monkeypatch.setattr(main, "app", failing)
    main.errors.cache_clear()
    with pytest.raises(SystemExit) as ended:
        main.run()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    main.errors.cache_clear()
