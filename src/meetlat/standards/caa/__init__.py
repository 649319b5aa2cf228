# SPDX-License-Identifier: EUPL-1.2
"""CAA: the DNS says who may issue certificates for a name (RFC 8659)."""
