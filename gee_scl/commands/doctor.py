"""gee-scl doctor: what works on this machine."""

from __future__ import annotations

import argparse

HELP = "what works here: versions, extras, Earth Engine, credentials"
EXAMPLES = ("gee-scl doctor",)


def add(command: argparse.ArgumentParser) -> None:
    """The command is asked nothing."""


def run(options: argparse.Namespace) -> None:
    """Print what was found."""
    from gee_scl.commands.machine import examine

    findings = examine()
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        print(f"{'ok' if finding.works else '--':<3} {finding.subject:<{width}}  {finding.text}")
