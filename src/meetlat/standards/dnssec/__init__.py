# SPDX-License-Identifier: EUPL-1.2
"""DNSSEC: signed answers from the DNS (RFC 4033, 4034, 4035)."""
