# SPDX-License-Identifier: EUPL-1.2
"""The command line: a thin edge that parses input, calls, and shows."""
