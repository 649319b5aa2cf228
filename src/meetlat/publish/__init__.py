# SPDX-License-Identifier: EUPL-1.2
"""Publications: everything here is made from measurement folders."""
