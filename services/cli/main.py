"""The command line, `dateline`. Commands are light to list: what they need is imported when they run."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from events.errors import Refusal
from services.cli import exporting, feeds, keeping, operating, options, questions, reporting, writing
from services.cli.failing import tell_misuse, tell_notes, tell_refusal, tell_unforeseen
from services.cli.keys import keys
from services.cli.opening import kept_open, opened, settings
from services.cli.program import program

INTERRUPTED = 130

app = typer.Typer(
    name="dateline",
    help="What the rules were: for any country, on any date, as people knew it then or in hindsight.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _say_version(wanted: bool) -> None:
    if not wanted:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        print(f"dateline {version('dateline')}")
    except PackageNotFoundError:
        print("dateline, run from its source without being installed")
    raise typer.Exit


@app.callback()
def _dateline(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version and end.")
    ] = False,
) -> None:
    pass


@app.command(rich_help_panel="Begin")
def demo(
    no_serve: Annotated[bool, typer.Option("--no-serve", help="End before serving the API.")] = False,
) -> None:
    """Import the dossier, show what the rules were on 29 October 2019 in three countries, and serve the API."""
    from services.cli.demo import demonstrate, dossier
    from services.cli.serving import listening, say_where
    from services.cli.serving import serve as serve_api
    from services.operations import logs

    folder, known = dossier(), settings()
    if no_serve:
        with opened(known) as service:
            demonstrate(service, folder, recorded_by=known.recorded_by)
        return
    with listening(known.host, known.port) as listener, opened(known) as service:
        demonstrate(service, folder, recorded_by=known.recorded_by)
        logs.configure(known.log_level, known.log_format)
        serve_api(service, listener, begun=lambda: say_where(listener))


@app.command(rich_help_panel="Begin")
def serve(
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Where to listen. Default: DATELINE_HOST, or 127.0.0.1.")
    ] = None,
    port: options.Port = None,
    workers: options.Workers = None,
) -> None:
    """Serve the API until Ctrl-C or SIGTERM."""
    from services.cli.serving import listening, say_where
    from services.cli.serving import serve as serve_api
    from services.cli.workers import serve_by
    from services.operations import logs

    known = settings()
    logs.configure(known.log_level, known.log_format)
    address = (known.host if host is None else host, known.port if port is None else port)
    number = known.workers if workers is None else workers
    with listening(*address) as listener:
        if number == 1:
            with opened(known) as service:
                serve_api(service, listener, begun=lambda: say_where(listener))
        else:
            with kept_open(known):
                serve_by(number, listener, known)


for question in questions.QUESTIONS:
    app.command(rich_help_panel="Ask")(question)
app.command(rich_help_panel="Ask")(reporting.report)
app.command(rich_help_panel="Ask")(exporting.export)
for subscribed in feeds.FEEDS:
    app.command(rich_help_panel="Ask")(subscribed)
for write in writing.WRITES:
    app.command(rich_help_panel="Keep the record")(write)
app.command("import", rich_help_panel="Keep the record")(keeping.import_)
app.command(rich_help_panel="Keep the record")(keeping.rebuild)
app.command(rich_help_panel="Keep the record")(keeping.migrate)
app.command(rich_help_panel="Operate")(operating.backup)
app.command(rich_help_panel="Operate")(operating.restore)
app.command(rich_help_panel="Operate")(operating.doctor)
app.command(rich_help_panel="Operate")(operating.upgrade)
app.add_typer(keys, name="keys", rich_help_panel="Keep the record")


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs a command and ends the process: 0, 2 for what was refused, 3 for what went wrong, 130 for Ctrl-C."""
    _never_fail_to_print()
    try:
        code = app(args=arguments, prog_name=program(), standalone_mode=False)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit) as ended:
        if not _has_read_enough(ended):
            tell_notes(ended)
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 0
    except KeyboardInterrupt as interrupted:
        tell_notes(interrupted)
        code = INTERRUPTED
    except Refusal as refusal:
        code = tell_refusal(refusal)
        tell_notes(refusal)
    except Exception as error:
        code = tell_misuse(error) if hasattr(error, "format_message") else tell_unforeseen(error)
        tell_notes(error)
    sys.exit(code if isinstance(code, int) else 0)


def _has_read_enough(ended: BaseException) -> bool:
    """Whether the reader of the answer closed it, which typer turns into an exit of its own."""
    return isinstance(ended, BrokenPipeError) or isinstance(ended.__context__, BrokenPipeError)


def _never_fail_to_print() -> None:
    """A sign that the terminal's encoding does not have is escaped, not an error."""
    for stream in (sys.stdout, sys.stderr):
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    run()
