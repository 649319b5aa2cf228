# SPDX-License-Identifier: EUPL-1.2
"""A website over a secure connection: HTTPS is there, and visitors are brought to it (RFC 9110; Stb. 2023, 179)."""
