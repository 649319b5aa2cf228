# SPDX-License-Identifier: EUPL-1.2
"""Open data: the tables of measurements as Parquet and CSV, described for people and machines, the same bytes from the same input."""
