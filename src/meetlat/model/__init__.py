# SPDX-License-Identifier: EUPL-1.2
"""The frozen words of Meetlat; imports nothing else of ours."""
