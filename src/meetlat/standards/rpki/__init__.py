# SPDX-License-Identifier: EUPL-1.2
"""RPKI: who may announce the addresses was published, and the routes keep to it (RFC 6811)."""
