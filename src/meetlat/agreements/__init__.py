# SPDX-License-Identifier: EUPL-1.2
"""The register of agreements: one TOML file each in register/agreements, every date with its source."""
