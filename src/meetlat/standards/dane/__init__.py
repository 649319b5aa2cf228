# SPDX-License-Identifier: EUPL-1.2
"""DANE: the DNS says which certificate a server has (RFC 6698, RFC 7671, RFC 7672)."""
