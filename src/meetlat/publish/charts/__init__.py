# SPDX-License-Identifier: EUPL-1.2
"""Charts as SVG: templates on a fixed axis from 0 to 100, each with a sentence that reads it. The table stands beside it, never in it."""
