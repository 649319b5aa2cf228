# SPDX-License-Identifier: EUPL-1.2
"""TLS as the NCSC-NL guidelines ask for it, with the certificates that go with it."""
