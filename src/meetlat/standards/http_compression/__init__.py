# SPDX-License-Identifier: EUPL-1.2
"""HTTP compression, by the length of which secrets of a page can be guessed (BREACH)."""
