"""The command line. What other programs may rely on is written down in `docs/cli.md`.

Only click is imported here; what a command needs, it imports itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

import click

from prism_lsp import __version__, records
from prism_lsp.reading import Edit, EngineError, Feature, Progress, Rewrites
from prism_lsp.records import FAILED, INTERRUPTED, NO_WEIGHTS, OK, USAGE, Failure

if TYPE_CHECKING:
    from prism_lsp.prose import Sentence
    from prism_lsp.workspace import Own

LONG = 64
"""From so many sentences on, reading is worth a progress bar."""

DEMO_SENTENCE = "The area before the house was paved"
DEMO_TARGETS = ("question", "negation", "present-tense")
"""What the demo does to that sentence of its passage."""

BUILD_STEPS = {
    "pairs": "Make pairs of sentences for training by rule.",
    "concepts": "Fit every concept's probe and direction.",
    "sweep": "Measure which layer reads best.",
    "writer": "Train the writer.",
    "corpus": "Fetch some thirty million words of prose out of packages.",
    "harvest": "Read the corpus: a latent a sentence.",
    "dictionary": "Train a dictionary of the latents.",
    "card": "Write the pack's model card from its figures.",
}
"""Modules of `prism_lsp.build` that are commands, and what they do; those that are not there are not listed."""


class Engine(records.Reads, Protocol):
    """What the commands need of `engine.local.LocalEngine`."""

    def rewrite(self, text: str, edit: Edit, candidates: int = 8) -> Rewrites:
        """Rewrites, best first."""
        ...


# The only doors to the engine, so that tests can put another one there ----------------------------------------------


def load_engine(model: str | None, pack: str | None, threads: int | None, progress: Callable[[Any], None]) -> Engine:
    """The engine, in this process. Fetches the weights where they are missing. Raises EngineError."""
    progress(Progress("load", 0, None, "Loading the model"))  # importing torch takes its time
    from prism_lsp.engine.local import LocalEngine

    engine = LocalEngine.load(model=model, pack=pack, threads=threads, progress=progress)
    found = own_concepts()
    for fault in found.faults:
        click.echo(f"prism-lsp: {fault}", err=True)
    if found.concepts:
        progress(Progress("load", 0, None, "Fitting the project’s concepts"))
        for _, problem in engine.fit(found.concepts):
            click.echo(f"prism-lsp: {problem}", err=True)
        engine.adopt(found.concepts)
    return engine


def own_concepts() -> Own:
    """The concepts of the folder that the program runs in."""
    from prism_lsp.workspace import Workspace

    here = Workspace()
    here.folders = [Path.cwd()]
    return here.concepts()


def load_features(pack: str | None) -> tuple[Feature, ...]:
    """The features of a pack and of the project, without the model. Raises EngineError."""
    from prism_lsp.engine import pack as packs

    shipped = packs.load(packs.find(pack)).features
    taken = {feature.id for feature in shipped}
    own = (each for each in own_concepts().concepts if each.id not in taken)
    return (*shipped, *(Feature(*each[:4], "project", each.on, each.off) for each in own))


def load_weights(model: str | None, progress: Callable[[Any], None]) -> Path:
    """The folder of the converted base model, fetched where it is missing. Raises EngineError."""
    from prism_lsp.engine.weights import WeightsError, ensure

    try:
        return ensure(Path(model) if model else None, progress=progress).path
    except WeightsError as error:
        raise EngineError(str(error), "weights") from error


# Errors and exit codes -----------------------------------------------------------------------------------------------


class _Program(click.Group):
    """Every error is one sentence on standard error and one of the exit codes above."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; end quietly when it is interrupted or nobody reads on."""
        try:
            super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # the interpreter flushes once more at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(OK) from None
        except KeyboardInterrupt:
            raise click.exceptions.Exit(INTERRUPTED) from None
        except EngineError as error:
            raise Failure(str(error), NO_WEIGHTS if error.code == "weights" else FAILED) from error
        except OSError as error:
            named = f"{error.filename}: " if error.filename else ""
            raise Failure(f"{named}{error.strerror or error}.") from error

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run the command line and exit."""
        code: object
        extra |= {"prog_name": "prism-lsp", "standalone_mode": False}
        try:
            code = super().main(*args, **extra)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message(), err=True)
            code = USAGE
        except click.UsageError as error:
            help_ = f" Try: {error.ctx.command_path} --help" if error.ctx else ""
            click.echo(f"prism-lsp: {error.format_message()}{help_}", err=True)
            code = USAGE
        except click.ClickException as error:
            click.echo(f"prism-lsp: {error.format_message()}", err=True)
            code = error.code if isinstance(error, Failure) else FAILED
        except click.Abort:
            code = INTERRUPTED
        sys.exit(code if isinstance(code, int) else OK)


# The commands --------------------------------------------------------------------------------------------------------


@click.group(
    cls=_Program,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="prism-lsp %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """See prose as a language model does, and edit it there.

    Without a command: the language server for an editor, on standard input and output.
    """
    if context.invoked_subcommand is None:
        context.invoke(serve)


def engine_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every command that loads the engine."""
    threads = click.option("--threads", type=click.IntRange(1), help="Processor threads to use.")
    pack = click.option("--pack", metavar="NAME|FOLDER", help="Model pack; the one that ships, if not given.")
    model = click.option("--model", metavar="PATH", help="The base model's weights; found or fetched, if not given.")
    return model(pack(threads(command)))


_file = click.argument("file", metavar="[FILE|-]", default="-")
_lines = click.option("--lines", is_flag=True, help="Each line is one sentence.")
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a sentence and line.")


@cli.command()
@_file
@_json
@_lines
@click.option("--all", "everything", is_flag=True, help="Every feature, not only those that are there.")
@click.option("--focus", metavar="FEATURE", help="Only this feature.")
@engine_options
def inspect(
    file: str,
    as_json: bool,
    lines: bool,
    everything: bool,
    focus: str | None,
    model: str | None,
    pack: str | None,
    threads: int | None,
) -> None:
    """Show what the model sees in each sentence of FILE (or of standard input)."""
    from prism_lsp import terminal

    sentences = records.split(records.read_input(file), file, lines)
    with terminal.Bar() as bar:
        engine = load_engine(model, pack, threads, bar)
    features = engine.features
    focus = records.named(focus, features).id if focus is not None else None
    # on a terminal, the objects themselves are the progress
    with terminal.Bar(len(sentences) > LONG and not (as_json and sys.stdout.isatty())) as bar:
        found = records.read(engine, sentences, bar, evidence=as_json)
        if as_json:
            for sentence, reading in found:
                records.emit(records.described(sentence, reading, features, everything, focus))
            return
        readings = [reading for _, reading in found]
    console = terminal.screen()
    terminal.passage(console, sentences, features, readings, focus)
    if everything:
        terminal.details(console, sentences, features, readings, focus)


@cli.command()
@_file
@click.option(
    "--feature",
    "moves",
    metavar="ID[=AMOUNT]",
    multiple=True,
    required=True,
    help="Feature to turn on (by 1, or AMOUNT); --feature=-ID turns it off. Several make one edit.",
)
@_lines
@click.option("--candidates", type=click.IntRange(1, 64), default=8, show_default=True, help="Rewrites to try.")
@_json
@engine_options
def rewrite(
    file: str,
    moves: tuple[str, ...],
    lines: bool,
    candidates: int,
    as_json: bool,
    model: str | None,
    pack: str | None,
    threads: int | None,
) -> None:
    """Rewrite each sentence of FILE (or of standard input) so that it has, or has not, a feature."""
    from prism_lsp import terminal

    for word in moves:
        records.move(word)
    sentences = records.split(records.read_input(file), file, lines)
    with terminal.Bar() as bar:
        engine = load_engine(model, pack, threads, bar)
    edit = records.edit_of(moves, engine.features)
    console = terminal.screen()
    for number, sentence in enumerate(sentences):
        if sentence.text:
            with terminal.Bar() as bar:
                bar(Progress("rewrite", number, len(sentences), "Rewriting"))
                result = _rewritten(engine, sentence, edit, candidates)
        else:
            result = Rewrites((), "The line is empty.")
        if as_json:
            records.emit(records.answered(sentence, result))
        elif sentence.text:
            terminal.rewritten(console, sentence.text, result, engine.features)


def _rewritten(engine: Engine, sentence: Sentence, edit: Edit, candidates: int = 8) -> Rewrites:
    """One sentence that cannot be rewritten, such as one too long, does not end the work on the others."""
    try:
        result = engine.rewrite(sentence.reads, edit, candidates=candidates)
        texts = [_fitting(sentence, each.text) for each in result.rewrites]
        fitting = [each._replace(text=text) for each, text in zip(result.rewrites, texts, strict=True) if text]
        if result.rewrites and not fitting:
            return Rewrites((), "Every rewrite would break the quotation that the sentence is a part of.")
        return result._replace(rewrites=tuple(fitting))
    except EngineError as error:
        if error.code != "input":
            raise
        return Rewrites((), str(error))


def _fitting(sentence: Sentence, text: str) -> str | None:
    """What is to stand there, if it can."""
    try:
        return sentence.rewritten(text)
    except EngineError:
        return None


@cli.command()
@click.argument("files", metavar="[FILE|FOLDER]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding and line.")
@engine_options
def check(files: tuple[str, ...], as_json: bool, model: str | None, pack: str | None, threads: int | None) -> None:
    """Check files against the rules of their project's prism.toml (all documents here, if none is named).

    Fails if a rule of severity error or warning is broken.
    """
    from prism_lsp import checking, terminal

    work, rule_files = checking.jobs(files or (".",))
    failed = False

    def tell(found: dict[str, Any]) -> None:
        nonlocal failed
        failed = failed or found["severity"] in checking.FAILING
        if as_json:
            records.emit(found)
        else:
            click.echo(checking.line(found))

    known = load_features(pack)
    for name in rule_files:
        for found in checking.in_rule_file(name, known):
            tell(found)
    if work:
        with terminal.Bar() as bar:
            engine = load_engine(model, pack, threads, bar)
        for job in work:
            with terminal.Bar(not (as_json and sys.stdout.isatty())) as bar:
                results = list(checking.in_document(job, engine, bar))
            for found in results:
                tell(found)
    if failed:
        raise click.exceptions.Exit(FAILED)


@cli.command()
@click.option("--search", metavar="WORDS", default="", help="Only features that have all these words.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a feature and line.")
@click.option("--pack", metavar="NAME|FOLDER", help="Model pack; the one that ships, if not given.")
def features(search: str, as_json: bool, pack: str | None) -> None:
    """List the features that the model pack knows."""
    words = search.casefold().split()
    found = [each for each in load_features(pack) if all(word in " ".join(map(str, each)).casefold() for word in words)]
    # a word in the name says more than one in the description
    found.sort(key=lambda each: -sum(word in f"{each.id} {each.name}".casefold() for word in words))
    if as_json:
        for each in found:
            records.emit(each._asdict())
        return
    from prism_lsp import terminal

    if found:
        terminal.catalogue(terminal.screen(), found)
    elif sys.stderr.isatty():
        click.echo("No feature has these words." if words else "The pack has no features.", err=True)


@cli.command()
@click.option("--model", metavar="PATH", help="Use this file instead of fetching one.")
def fetch(model: str | None) -> None:
    """Fetch, verify and convert the base model's weights, if that has not been done."""
    from prism_lsp import terminal

    with terminal.Bar() as bar:
        folder = load_weights(model, bar)
    click.echo(f"The model is ready in {folder}.")


@cli.command()
@engine_options
def demo(model: str | None, pack: str | None, threads: int | None) -> None:
    """Show a page of Moby-Dick as the model sees it, and rewrite one of its sentences three ways."""
    from rich.text import Text

    from prism_lsp import terminal

    source, _, text = (Path(__file__).parent / "demo.txt").read_text(encoding="utf-8").partition("\n")
    sentences = records.split(text, "demo.txt", lines=False)
    with terminal.Bar() as bar:
        engine = load_engine(model, pack, threads, bar)
        readings = [reading for _, reading in records.read(engine, sentences, bar, evidence=False)]
    console = terminal.screen()
    console.print(
        Text(f"{source}\n", "dim"), width=None if terminal.plain(console) else min(console.width, terminal.WIDTH)
    )
    terminal.passage(console, sentences, engine.features, readings, None)
    sentence = next(each for each in sentences if each.text.startswith(DEMO_SENTENCE))
    console.print(Text("\nOne sentence of it, rewritten by moving one feature at a time:\n", "bold"))
    for feature in engine.features:
        if feature.id in DEMO_TARGETS:
            with terminal.Bar() as bar:
                bar(Progress("rewrite", 0, None, feature.on))
                result = _rewritten(engine, sentence, Edit(((feature.id, 1.0),)))
            terminal.rewritten(console, sentence.text, result, engine.features, feature.on)


@cli.command()
@click.option("--clear", is_flag=True, help="Delete all of it.")
def cache(clear: bool) -> None:
    """Say where the readings of earlier texts are kept, and how large they are."""
    from prism_lsp import cache as readings

    place = readings.folder()
    try:
        found = readings.clear(place) if clear else readings.kept(place)
    except OSError as error:
        raise Failure(
            f"{error.filename} could not be deleted ({error.strerror}); close the editors that use it."
        ) from error
    click.echo(f"{place}: {found.size / 1e6:.1f} MB{' deleted' if clear else ''}, packs: {found.files}")


@cli.command()
@click.option("--stdio", is_flag=True, help="Accepted, as some editors pass it; there is no other way.")
@click.option("--engine-command", metavar="COMMAND", help="Another program to run as the engine.")
def serve(stdio: bool = False, engine_command: str | None = None) -> None:
    """Run the language server on standard input and output (the default)."""
    from prism_lsp import __main__ as program

    try:
        command = program.split(engine_command or "")
    except ValueError as error:
        raise click.BadParameter(f"The engine command cannot be split into words ({error}).") from error
    raise click.exceptions.Exit(program.serve(command))


class _Build(click.Group):
    """The steps of `prism_lsp.build`, each the module of that name run as a program."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Only what is there."""
        folder = Path(__file__).parent / "build"
        return [step for step in BUILD_STEPS if (folder / f"{step}.py").exists() and _is_program(folder / f"{step}.py")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command that hands its arguments on as they are."""
        if cmd_name not in self.list_commands(ctx):
            return None

        def run(arguments: tuple[str, ...]) -> None:
            import runpy

            sys.argv = [f"prism-lsp build {cmd_name}", *arguments]
            try:
                runpy.run_module(f"prism_lsp.build.{cmd_name}", run_name="__main__")
            except ModuleNotFoundError as error:
                if (error.name or "prism_lsp").startswith("prism_lsp"):
                    raise
                raise Failure(
                    f"Building needs {error.name}, which is not here: pip install 'prism-lsp[build]'."
                ) from error

        return click.Command(
            cmd_name,
            callback=run,
            params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
            help=BUILD_STEPS[cmd_name],
            context_settings={"ignore_unknown_options": True, "help_option_names": []},
        )


def _is_program(path: Path) -> bool:
    return '__name__ == "__main__"' in path.read_text(encoding="utf-8")


@cli.command(cls=_Build)
def build() -> None:
    """Make a model pack (needs the extra `build`)."""
