# SPDX-License-Identifier: EUPL-1.2
"""The miniature internet: one declarative scenario becomes real servers in network namespaces.

Nothing here imports ``meetlat``: the lab holds the truth that the product is measured against.
"""
