# SPDX-License-Identifier: EUPL-1.2
"""Typed readings of observations, shared by the standards. Pure: no network, no clock, no chance."""
