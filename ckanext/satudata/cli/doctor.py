"""`ckan satudata doctor`."""

from __future__ import annotations

import click

from ckanext.satudata.cli import satudata
from ckanext.satudata.shared.care import doctor as examination


@satudata.command()
def doctor():
    """Says what is wrong with this installation; ends with 1 when something is dangerous, 2 for smaller faults."""
    problems = examination.examine()
    for problem in problems:
        what, mend = problem.what.format(**problem.params), problem.mend.format(**problem.params)
        click.echo(f"{'DANGER' if problem.danger else 'notice'}\t{problem.check}\t{what} {mend}")
    if not problems:
        click.echo(f"{len(examination.names())} checks, nothing wrong")
        return
    raise click.exceptions.Exit(1 if any(problem.danger for problem in problems) else 2)
