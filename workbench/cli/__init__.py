"""The command line: a thin face on `workbench.case`. One file a command; the file is its registration.

stdout is data, stderr is talk. Exit codes: 0 done; 1 finished, but something was quarantined or fell
short (only with --strict); 2 usage; 3 the database cannot be reached; 4 refused; 5 bad input.
"""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from enum import IntEnum
from importlib import import_module
from pkgutil import iter_modules

from workbench.errors import (
    DatabaseError,
    InputError,
    RecordError,
    RefusedError,
    StatementError,
    WorkbenchError,
)


class Exit(IntEnum):
    """What the process ends with."""

    DONE = 0
    SHORT = 1
    USAGE = 2
    DATABASE = 3
    REFUSED = 4
    INPUT = 5
    INTERRUPTED = 130


def exit_code(error: WorkbenchError) -> Exit:
    """The exit code of an error."""
    if isinstance(error, RefusedError):
        return Exit.REFUSED
    if isinstance(error, StatementError):
        return Exit.USAGE
    if isinstance(error, DatabaseError):
        return Exit.DATABASE
    if isinstance(error, InputError | RecordError):
        return Exit.INPUT
    return Exit.USAGE


def _root(version: bool = False) -> None:
    """Who stole it, how did the money move, where did it go, how sure are we, and who said so?"""
    if version:
        from workbench import __version__

        sys.stdout.write(__version__ + "\n")
        raise SystemExit(Exit.DONE)


def _terminated(*_: object) -> None:
    """SIGTERM ends a command as Ctrl-C does, so that it can say that it was interrupted."""
    raise KeyboardInterrupt


def main(arguments: list[str] | None = None) -> None:
    """Entry point of `workbench`."""
    import typer

    app = typer.Typer(
        name="workbench",
        help="Who stole it, how did the money move, where did it go, how sure are we, and who said so?",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_root)
    for info in iter_modules(__path__):
        if not info.name.startswith("_"):
            import_module(f"{__name__}.{info.name}").register(app)
    with suppress(ValueError):  # only the main thread may; elsewhere the caller handles signals
        signal.signal(signal.SIGTERM, _terminated)
    try:
        app(arguments, standalone_mode=True)
    except WorkbenchError as error:
        sys.stderr.write(f"workbench: {error}\n")
        sys.exit(exit_code(error))
    except SystemExit as done:
        if done.code == Exit.INTERRUPTED:
            from workbench.cli._progress import kept

            sys.stderr.write(f"\nworkbench: interrupted; {kept()}\n")
        raise
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(Exit.DONE)
