# SPDX-License-Identifier: EUPL-1.2
"""Meetlat holds government against the open standards that it must use."""

__version__ = "0.1.0"
