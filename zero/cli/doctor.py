"""`zero doctor`: what is wrong with this machine, or with a run, and what to do about it."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zero.cli.common import json_option, print_json, runs_option

if TYPE_CHECKING:
    from zero.doctor.finding import Finding

_INDENT = 26  # of the text, after the mark and the name of the check


@click.command("doctor")
@click.argument("name", required=False)
@runs_option
@json_option
def command(name: str | None, runs_dir: Path, as_json: bool) -> int:
    """Check this machine. With NAME, check that run and whatever on this machine affects it.

    Each check prints a line with a figure and what to do. It starts with ok, early (too little
    data to judge yet), look (unusual, but it may be intended) or wrong. The exit code is 1 if
    anything is wrong.
    """
    from zero.doctor.machine.checks import examine as examine_machine
    from zero.doctor.machine.probe import read_machine

    of_run: list[Finding] = []
    if name is not None:
        from zero.doctor.run import examine as examine_run
        from zero.doctor.run.evidence import gather
        from zero.run.directory import find_run

        of_run = examine_run(gather(find_run(runs_dir, name)))
    of_machine = examine_machine(read_machine(runs_dir))
    findings = [*of_run, *of_machine]
    bad = any(finding.mark == "wrong" for finding in findings)
    if as_json:
        print_json(
            {
                "run": name,
                "wrong": bad,
                "findings": [finding.to_dict() for finding in of_run],
                "machine": [finding.to_dict() for finding in of_machine],
            }
        )
        return int(bad)
    if name is None:
        _print("this machine", of_machine)
    else:
        _print(f"run {name}", of_run)
        # The user asked about the run: of the machine, show only what needs attention.
        _print("this machine", [f for f in of_machine if f.advice], len(of_machine))
    click.echo(_verdict(findings))
    return int(bad)


def _print(title: str, findings: list[Finding], of: int | None = None) -> None:
    fine = "" if of is None else f" ({of - len(findings)} checks ok; zero doctor lists them)"
    click.echo(f"{title}{fine}")
    width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 120))
    for finding in findings:
        head = f"  {finding.mark:<6} {finding.check:<16} "
        click.echo(
            textwrap.fill(
                finding.found, width, initial_indent=head, subsequent_indent=" " * _INDENT
            )
        )
        if finding.advice:
            indent = " " * _INDENT
            click.echo(
                textwrap.fill(
                    finding.advice,
                    width,
                    initial_indent=f"{indent}-> ",
                    subsequent_indent=indent + "   ",
                )
            )


def _verdict(findings: list[Finding]) -> str:
    """Sum up the findings in one line."""
    wrong = [f.check for f in findings if f.mark == "wrong"]
    look = [f.check for f in findings if f.mark == "look"]
    if wrong:
        return f"wrong: {', '.join(wrong)}" + (f"; worth a look: {', '.join(look)}" if look else "")
    return f"nothing wrong; worth a look: {', '.join(look)}" if look else "nothing wrong"
