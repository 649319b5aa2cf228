# SPDX-License-Identifier: EUPL-1.2
"""python -m meetlat."""

from meetlat.cli.main import run

run()
