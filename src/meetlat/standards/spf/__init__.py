# SPDX-License-Identifier: EUPL-1.2
"""Sender Policy Framework (RFC 7208)."""
