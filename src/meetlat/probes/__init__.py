# SPDX-License-Identifier: EUPL-1.2
"""One kind of need each; ``gate`` is the only door to the network. A probe records facts and has no opinion."""
