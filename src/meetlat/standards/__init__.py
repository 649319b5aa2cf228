# SPDX-License-Identifier: EUPL-1.2
"""One standard, one folder; found by being there. No list anywhere."""
