# SPDX-License-Identifier: EUPL-1.2
"""The static site: a page for everything there is to know of a measurement, in Dutch and in English."""
