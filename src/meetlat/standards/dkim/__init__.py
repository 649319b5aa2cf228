# SPDX-License-Identifier: EUPL-1.2
"""DomainKeys Identified Mail (RFC 6376)."""
