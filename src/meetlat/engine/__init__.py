# SPDX-License-Identifier: EUPL-1.2
"""The fixed point over needs, a run over many targets, and judging what was seen."""
