# SPDX-License-Identifier: EUPL-1.2
"""A place where finders of vulnerabilities read whom to tell (RFC 9116)."""
