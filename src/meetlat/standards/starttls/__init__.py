# SPDX-License-Identifier: EUPL-1.2
"""STARTTLS: TLS for mail between servers (RFC 3207)."""
