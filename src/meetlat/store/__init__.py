# SPDX-License-Identifier: EUPL-1.2
"""Measurement folders on disk: the only place that knows their format (see folder.py for the layout)."""
