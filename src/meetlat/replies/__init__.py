# SPDX-License-Identifier: EUPL-1.2
"""The right of reply (hoor en wederhoor): what an organisation says of its results, what is decided, and what it does to figures."""
