# SPDX-License-Identifier: EUPL-1.2
"""Domain-based Message Authentication, Reporting, and Conformance (RFC 7489, RFC 9989)."""
