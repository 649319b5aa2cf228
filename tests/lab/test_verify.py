# SPDX-License-Identifier: EUPL-1.2
"""The lab itself, seen by others than Meetlat. After the measurements: one mail server counts connections per minute."""


def test_the_lab_is_what_the_scenario_says(lab):
    """Independent clients (dig, curl, openssl, swaks) see the servers that the scenario describes."""
    done = lab.command("verify")
    assert done.returncode == 0, done.stdout + done.stderr
