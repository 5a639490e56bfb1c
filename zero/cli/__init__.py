"""The `zero` command. Each verb lives in a module of its own, imported only when it is called."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from games.errors import UserError, blamed, describe_blamed, did_you_mean

# verb -> (module, one line of help). The line is here so that help imports no verb.
VERBS = {
    "games": ("zero.cli.games", "List the games."),
    "train": ("zero.cli.train", "Train an agent from nothing by self-play."),
    "runs": ("zero.cli.runs", "List the runs, and report on one."),
    "selfplay": ("zero.cli.selfplay", "Play games into a store, without learning."),
    "match": ("zero.cli.match", "Play two players against each other, and rate them."),
    "play": ("zero.cli.play", "Play against an agent in the terminal."),
    "export": ("zero.cli.export", "Write the games of a store as JSON lines."),
    "doctor": ("zero.cli.doctor", "Find out what is wrong with this machine or a run."),
    "bench": ("zero.cli.bench", "Measure the speed of self-play on this machine."),
}


class LazyGroup(click.Group):
    """A group that imports a command only when it is called, so that --help stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of a first visit."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one verb."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(VERBS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of verbs without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(verb, text) for verb, (_, text) in VERBS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; an unknown one names the nearest."""
        if args and not args[0].startswith("-") and args[0] not in VERBS:
            raise UserError(f"unknown command {args[0]!r}; {did_you_mean(args[0], VERBS)}")
        return super().resolve_command(ctx, args)


def _print_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"zero {version('zero-selfplay')}")
        except PackageNotFoundError:
            click.echo("zero (not installed)")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version and stop.",
)
def cli() -> None:
    """Train agents for board games by self-play, rate them, and play against them.

    \b
    zero train connect_four     train an agent from nothing
    zero play connect_four      play against the newest agent
    """


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 2 bad input, 130 interrupted, 1 anything else."""
    # Games in Python are found in the current folder, after all that is installed.
    with suppress(OSError):  # the folder may have gone
        if not {"", str(Path.cwd())} & set(sys.path):
            sys.path.append(str(Path.cwd()))
    sys.exit(run(args))


def run(args: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code. A user's mistake prints one line on stderr."""
    try:
        arguments = None if args is None else list(args)
        code = cli.main(args=arguments, prog_name="zero", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except Exception as error:
        if blamed(error):
            traceback, line = describe_blamed(error)
            click.echo(traceback, err=True, nl=False)
            return _fail(f"{line}; this is the code of the game, not of zero", 1)
        return _answer(error)
    except KeyboardInterrupt:
        return _fail("interrupted", 130)


def _answer(problem: Exception) -> int:
    """Say in one line what went wrong, and return the exit code; raise what is our own fault."""
    try:
        raise problem
    except UserError as error:
        return _fail(str(error), 2)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f" (see {context.command_path} --help)" if context is not None else ""
        return _fail(error.format_message().rstrip(".") + hint, 2)
    except click.Abort:
        return _fail("interrupted", 130)
    except BrokenPipeError:
        # The reader of our output has gone: nothing to say, and nowhere to say it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _fail(_describe(error), 1)
    except (MemoryError, RuntimeError) as error:
        # torch reports it as a RuntimeError, with and without a GPU.
        words = ("out of memory", "can't allocate memory")
        if not isinstance(error, MemoryError) and not any(w in str(error) for w in words):
            raise
        return _fail("out of memory; use a smaller batch, fewer slots or a smaller network", 1)


def _fail(message: str, code: int) -> int:
    click.echo(f"zero: {' '.join(message.split())}", err=True)
    return code


def _describe(error: OSError) -> str:
    """Say what the operating system refused, and what to do about the usual cases."""
    where = f"{error.filename}: " if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"{where}the disk is full; nothing committed is lost. "
            "Free some space, then continue with --resume"
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{where}permission denied; choose a folder that you may write to"
    return f"{where}{error.strerror or error}"
