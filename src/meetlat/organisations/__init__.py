# SPDX-License-Identifier: EUPL-1.2
"""The registers of organisations (ROO) and of their domain names (RIO): imports, snapshots, history, differences, lists of targets."""
