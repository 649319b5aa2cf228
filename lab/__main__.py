# SPDX-License-Identifier: EUPL-1.2
"""python -m lab."""

from lab.commands import app

app()
