# SPDX-License-Identifier: EUPL-1.2
"""Indicators: counts over the verdicts of a measurement, each with what it is a share of."""
