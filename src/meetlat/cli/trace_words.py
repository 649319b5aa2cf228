# SPDX-License-Identifier: EUPL-1.2
"""The words of the command trace."""

from meetlat.cli.words import Book

tell = Book("trace")
