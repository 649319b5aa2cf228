# SPDX-License-Identifier: EUPL-1.2
"""HTTP Strict Transport Security (RFC 6797)."""
