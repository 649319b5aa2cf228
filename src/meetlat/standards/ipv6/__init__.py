# SPDX-License-Identifier: EUPL-1.2
"""IPv6 beside IPv4, for name servers, websites and mail servers."""
