# SPDX-License-Identifier: EUPL-1.2
"""Our own TLS: hellos and flights for probing, and a client that speaks SSL 3.0 to TLS 1.3."""
