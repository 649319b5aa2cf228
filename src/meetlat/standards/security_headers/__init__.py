# SPDX-License-Identifier: EUPL-1.2
"""Security headers: Content-Security-Policy, X-Content-Type-Options, X-Frame-Options and Referrer-Policy."""
