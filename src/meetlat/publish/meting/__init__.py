# SPDX-License-Identifier: EUPL-1.2
"""The Meting report: figures are read once, chapters say them, and one renderer per form writes them down."""
