"""The language server: what it offers, one short function a method. The work is done in features/ and session.py."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import sys
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.lsp.server import LanguageServer

import prism_lsp
from prism_lsp.concept_file import Concept, to_json
from prism_lsp.features import (
    actions,
    commands,
    concept_toml,
    diagnostics,
    fixes,
    folding,
    highlight,
    hints,
    hover,
    new_concept,
    prism_toml,
    references,
    search,
    selection,
    sentence,
    spectrum,
    symbols,
    tokens,
)
from prism_lsp.features import rewrite as rewriting
from prism_lsp.features.progress import Bars, Reporter
from prism_lsp.opened import PerVersion
from prism_lsp.outline import Outline
from prism_lsp.profiles import Profiles
from prism_lsp.protocol import ExactProtocol, alive, serve, watch_parent
from prism_lsp.session import Session
from prism_lsp.settings import Settings, from_json, section
from prism_lsp.variations import Variations
from prism_lsp.workspace import WATCHED, Workspace, is_concept_file, is_rule_file, path_of

logger = logging.getLogger(__name__)

PULL_PATIENCE = 1.0
"""Seconds that the start of the engine waits for the client's configuration."""


class Client(NamedTuple):
    """What the client can do, as it says in `initialize`."""

    refresh: bool = False
    """It takes `workspace/semanticTokens/refresh`."""
    progress: bool = False
    """It shows work-done progress that the server starts."""
    literals: bool = False
    """It takes code actions, not only commands."""
    lazy_edit: bool = False
    """It resolves the edit of a code action."""
    versioned_edits: bool = False
    """It takes edits that name the version they are for."""
    markdown: bool = False
    """It shows Markdown in a hover."""
    configuration: bool = False
    """It answers `workspace/configuration`."""
    configuration_changes: bool = False
    """It can be asked to tell when its configuration changes."""
    refresh_hints: bool = False
    """It takes `workspace/inlayHint/refresh`."""
    symbol_tree: bool = False
    """It takes an outline as a tree."""
    most_folds: int | None = None
    """Folding ranges that it wants at most."""
    notifications: bool = False
    """It takes `prism/state` and `prism/spectrumChanged`."""
    command_links: bool = False
    """It runs `prism.focus` and `prism.unfocus` from links in Markdown."""
    pull: bool = False
    """It asks for diagnostics, and asks again when it is told to."""
    watch: bool = False
    """It watches files for the server."""
    create_files: bool = False
    """It takes edits that make a file."""
    show_documents: bool = False
    """It shows a document when it is asked to."""


class PrismServer(LanguageServer):
    """The server's state: session, settings, what is shown, and who the client is."""

    protocol: ExactProtocol

    def __init__(self, engine_command: Sequence[str] | None = None) -> None:
        """`engine_command`: another program to run as the engine's process."""
        super().__init__("prism-lsp", prism_lsp.__version__, protocol_cls=ExactProtocol)
        self.engine_command = engine_command
        self.client = Client()
        self.encoding = "utf-16"
        self.settings = Settings()
        self.initial: dict[str, Any] = {}
        """The settings of `initializationOptions`, beneath those that come later."""
        self.configured = 0
        """How often settings have been taken over."""
        self.view = tokens.View("prominent", None, ())
        self.tokens = tokens.Tokens()
        self.hints = hints.Hints()
        self.spectra = spectrum.Spectra()
        self.bars = Bars(self)
        self.reporter = Reporter(self)
        self.session = Session(self.launch, self.reporter)
        self.session.accepts = self.accepts
        self.protocol.on_change_lost = self.forget_changed
        self.session.disk.make = self.open_cache
        self.folders = Workspace()
        self.diagnostics = diagnostics.Diagnostics(self)
        self.session.on_read = self.diagnostics.read
        self.own = concept_toml.Own(self)
        self.folders.listeners += [self.own.changed, self.diagnostics.update]
        self.outlines = PerVersion(Outline)
        self.profiles = Profiles(self.session.readings)
        self.variations = Variations(lambda *request: self.session.rewrite(*request))
        self.client_process: int | None = None
        """The client's process, if it said and runs on this machine."""
        self._too_long: set[str] = set()
        self._problems: list[str] = []
        """What was wrong with the settings when they were last taken over: said once."""

    def launch(self, **callbacks: Any) -> Any:
        """An engine with the present settings."""
        from prism_lsp.engine.process import Engine

        s = self.settings
        return Engine(self.engine_command, model=s.model, pack=s.pack, threads=s.threads, **callbacks)

    def open_cache(self, concepts: Sequence[Concept]) -> Any:
        """The readings of earlier texts by the present settings and a project's own concepts; None if none are kept."""
        from prism_lsp import cache
        from prism_lsp.engine.identity import identity

        s = self.settings
        if s.cache_size == 0:
            return None
        command = "\0".join(self.engine_command or ()).encode()
        own = [json.dumps(to_json(concept), sort_keys=True).encode() for concept in concepts]
        return cache.Cache(cache.folder(), identity(s.pack, [command, *own]), s.cache_size * 1_000_000)

    def accepts(self, document: Any) -> bool:
        """Whether a document is one that a writer wants read."""
        if document.language_id not in self.settings.languages:
            return False
        if is_rule_file(document.uri) or is_concept_file(document.uri):
            return False
        if len(document.text) > self.settings.max_file_size:
            if document.uri not in self._too_long:
                self._too_long.add(document.uri)
                name, most = document.uri.rpartition("/")[2], self.settings.max_file_size
                self.say(f"{name} is longer than {most:,} characters, so Prism leaves it alone (prism.maxFileSize).")
            return False
        return True

    def say(self, message: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        """Show a message to the writer."""
        self.window_show_message(types.ShowMessageParams(type=kind, message=message))

    def show(self, mode: str, focus: str | None, hidden: tuple[str, ...] | None = None) -> None:
        """Change what is shown."""
        view = tokens.View(mode, focus, self.view.hidden if hidden is None else hidden)
        if view != self.view:
            spectra, self.view = view.hidden != self.view.hidden, view
            self.reporter.all_changed(spectra)
            self.reporter.tell_state()

    def apply_settings(self, options: dict[str, Any]) -> None:
        """Take settings over, and say which could not be used."""
        old, (self.settings, problems) = self.settings, from_json(options)
        for problem in problems:
            if problem not in self._problems:
                self.say(problem)
        self._problems = problems
        new = self.settings
        changed = (old.mode, old.focus) != (new.mode, new.focus)
        mode, focus = (new.mode, new.focus) if changed else (self.view.mode, self.view.focus)
        if mode == "prominent":
            focus = None
        self.show(mode, focus, new.hidden)
        if (old.languages, old.max_file_size) != (new.languages, new.max_file_size):
            self._too_long.clear()
            self.session.split_again()
            self.reporter.all_changed()
        elif old.inlay_hints != new.inlay_hints and self.session.engine is not None:
            self.reporter.all_changed(spectra=False)

    async def restart_engine(self) -> None:
        """End the engine and start it again."""
        self.variations.clear()
        await self.session.restart(self.launch)
        self.reporter.all_changed()

    async def pull_settings(self) -> dict[str, Any]:
        """The client's settings, if it tells them when it is asked."""
        if not self.client.configuration:
            return {}
        asked = types.ConfigurationParams(items=[types.ConfigurationItem(section="prism")])
        try:
            return section((await self.workspace_configuration_async(asked) or [None])[0])
        except Exception as error:
            logger.warning("the client did not tell its configuration: %s", error)
            return {}

    async def configure_by_asking(self, before: int) -> None:
        """Take over what the client answers, unless it has told settings since they were taken over `before` times."""
        options = await self.pull_settings()
        if self.configured == before:
            await self.configure(options)

    async def ask_for_changes(self) -> None:
        """Ask the client to tell when its configuration changes."""
        options = types.DidChangeConfigurationRegistrationOptions(section="prism")
        method = types.WORKSPACE_DID_CHANGE_CONFIGURATION
        registration = types.Registration(id="prism-configuration", method=method, register_options=options)
        try:
            await self.client_register_capability_async(types.RegistrationParams([registration]))
        except Exception as error:
            logger.info("the client does not tell of changes in its configuration: %s", error)

    async def configure(self, options: dict[str, Any]) -> None:
        """Take settings over; the engine is started again if it has to be."""
        self.configured += 1
        old = self.settings
        self.apply_settings({**self.initial, **options})
        new = self.settings
        held, holds = ((each.model, each.pack, each.threads, each.cache_size) for each in (old, new))
        if held != holds and self.session.engine:
            await self.restart_engine()

    def offsets(self, document: Any, stretch: types.Range) -> tuple[int, int]:
        """A range in characters of the document."""
        start, end = stretch.start, stretch.end
        return (
            document.offset(start.line, start.character, self.encoding),
            document.offset(end.line, end.character, self.encoding),
        )

    def range(self, document: Any, start: int, end: int) -> types.Range:
        """Characters of the document as a range."""
        first, last = document.position(start, self.encoding), document.position(end, self.encoding)
        return types.Range(types.Position(*first), types.Position(*last))

    def forget_changed(self, params: Any) -> None:
        """A change could not be understood: the copy is not the writer's text any more, so there shall be none."""
        document = params.get("textDocument") if isinstance(params, dict) else None
        uri = document.get("uri") if isinstance(document, dict) else None
        if isinstance(uri, str) and self.session.document(uri) is not None:
            self.forget(uri)
            name = uri.rpartition("/")[2]
            self.say(
                f"Prism does not understand a change of {name}, so it leaves it alone. Close the file and open it."
            )

    def forget(self, uri: str) -> None:
        """A document is not open any more."""
        self.session.close_document(uri)
        for memory in (self.tokens, self.hints, self.spectra, self.outlines):
            memory.forget(uri)
        self.reporter.document_closed(uri)
        self.diagnostics.closed(uri)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Errors of the program go to its log; a writer cannot do anything with them."""
        logger.error("%s: %s", source, error)


# Life cycle


async def initialize(ls: PrismServer, params: types.InitializeParams) -> None:
    """Note who the client is, and register what it and the settings ask for."""
    ls.encoding = str(getattr(chosen := _encoding(params.capabilities), "value", chosen))
    ls.initial = section(params.initialization_options)
    told = client_of(params.capabilities, ls.initial.get("notifications") is True)
    ls.client = told._replace(command_links=ls.initial.get("commandLinks") is True)
    opened = [folder.uri for folder in params.workspace_folders or ()]
    ls.folders.change_folders(opened or ([params.root_uri] if params.root_uri else []))
    ls.client_process = number if (number := params.process_id) is not None and alive(number) else None
    register(ls)


def _encoding(capabilities: types.ClientCapabilities) -> Any:
    return ServerCapabilitiesBuilder.choose_position_encoding(capabilities)


def client_of(capabilities: types.ClientCapabilities, notifications: bool = False) -> Client:
    """What the client can do."""
    text, workspace, window = capabilities.text_document, capabilities.workspace, capabilities.window
    action = text.code_action if text else None
    hovers = text.hover if text else None
    symbol = text.document_symbol if text else None
    folds = text.folding_range if text else None
    refresh = workspace.semantic_tokens if workspace else None
    inlay = workspace.inlay_hint if workspace else None
    changes = workspace.did_change_configuration if workspace else None
    edit = workspace.workspace_edit if workspace else None
    lazy = action.resolve_support if action else None
    again = workspace.diagnostics if workspace else None
    watched = workspace.did_change_watched_files if workspace else None
    return Client(
        refresh=bool(refresh and refresh.refresh_support),
        progress=bool(window and window.work_done_progress),
        literals=bool(action and action.code_action_literal_support),
        lazy_edit=bool(lazy and "edit" in lazy.properties and action and action.data_support),
        versioned_edits=bool(edit and edit.document_changes),
        markdown=bool(hovers and types.MarkupKind.Markdown in (hovers.content_format or ())),
        configuration=bool(workspace and workspace.configuration),
        configuration_changes=bool(changes and changes.dynamic_registration),
        refresh_hints=bool(inlay and inlay.refresh_support),
        symbol_tree=bool(symbol and symbol.hierarchical_document_symbol_support),
        most_folds=folds.range_limit if folds else None,
        notifications=notifications,
        pull=bool(text and text.diagnostic and again and again.refresh_support),
        watch=bool(watched and watched.dynamic_registration),
        create_files=bool(edit and types.ResourceOperationKind.Create in (edit.resource_operations or ())),
        show_documents=bool(window and window.show_document and window.show_document.support),
    )


def register(ls: PrismServer) -> None:
    """Every method of the server."""
    kinds = types.CodeActionOptions(
        code_action_kinds=[fixes.KIND, actions.KIND, new_concept.KIND], resolve_provider=ls.client.lazy_edit
    )
    ls.feature(types.INITIALIZED)(initialized)
    ls.feature(types.SHUTDOWN)(shutdown)
    ls.feature(types.TEXT_DOCUMENT_DID_OPEN)(did_open)
    ls.feature(types.TEXT_DOCUMENT_DID_CHANGE)(did_change)
    ls.feature(types.TEXT_DOCUMENT_DID_CLOSE)(did_close)
    ls.feature(types.TEXT_DOCUMENT_DID_SAVE)(did_save)
    ls.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(did_change_configuration)
    ls.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(did_change_workspace_folders)
    ls.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(did_change_watched_files)
    ls.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, tokens.LEGEND)(semantic_tokens_full)
    ls.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA, tokens.LEGEND)(semantic_tokens_delta)
    ls.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, tokens.LEGEND)(semantic_tokens_range)
    ls.feature(types.TEXT_DOCUMENT_HOVER)(hover_at)
    withheld, _ = from_json(ls.initial)
    for method, handler in OPTIONAL.items():
        if method.rpartition("/")[2] not in withheld.disabled:
            ls.feature(method)(handler)
    ls.feature(spectrum.METHOD)(prism_spectrum)
    ls.feature(sentence.METHOD)(prism_sentence)
    ls.feature(rewriting.METHOD)(prism_rewrite)
    ls.feature(rewriting.EDIT)(prism_edit)
    ls.feature(types.TEXT_DOCUMENT_CODE_ACTION, kinds)(code_actions)
    if ls.client.lazy_edit:
        ls.feature(types.CODE_ACTION_RESOLVE)(resolve_code_action)
    ls.feature(types.TEXT_DOCUMENT_COMPLETION, prism_toml.COMPLETION)(complete)
    if ls.client.pull:
        ls.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, diagnostics.OPTIONS)(document_diagnostics)
    ls.command("prism.focus")(focus)
    ls.command("prism.unfocus")(unfocus)
    ls.command("prism.features")(features)
    ls.command("prism.restartEngine")(restart_engine)
    ls.command("prism.rewrite")(rewrite)
    ls.command(new_concept.COMMAND)(make_concept)


async def initialized(ls: PrismServer, params: types.InitializedParams) -> None:
    """Take the settings over and start the engine; what is slow to import is imported now."""
    ls.protocol.on_progress_cancel = ls.bars.cancelled
    ls.apply_settings(ls.initial)
    pulled = asyncio.ensure_future(ls.configure_by_asking(ls.configured)) if ls.client.configuration else None
    if pulled is not None:
        await asyncio.wait([pulled], timeout=PULL_PATIENCE)
    ls.own.take()  # first: the readings of earlier texts are looked up for these concepts
    ls.session.start()
    if ls.client.watch:
        await watch_files(ls)
    if ls.client.configuration_changes:
        await ls.ask_for_changes()
    if pulled is not None:
        await pulled


async def watch_files(ls: PrismServer) -> None:
    """Ask the client to tell when a file of a project changes that is ours."""
    watchers = [types.FileSystemWatcher(glob_pattern=glob) for glob in WATCHED]
    options = types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers)
    method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    wanted = types.Registration(id="prism-files", method=method, register_options=options)
    try:
        await ls.client_register_capability_async(types.RegistrationParams(registrations=[wanted]))
    except Exception as error:
        logger.info("the client does not watch files: %s", error)


async def shutdown(ls: PrismServer, params: None) -> None:
    """End the engine's process."""
    for told in (ls.reporter.refreshes, ls.reporter.hints, ls.reporter.spectra):
        told.stop()
    ls.diagnostics.stop()
    await ls.session.close()


# Documents


async def did_open(ls: PrismServer, params: types.DidOpenTextDocumentParams) -> None:
    """Read a document from now on."""
    from prism_lsp.document import Document

    item = params.text_document
    ls.session.open(Document(item.uri, item.version, str(item.language_id), item.text))


async def did_change(ls: PrismServer, params: types.DidChangeTextDocumentParams) -> None:
    """Keep our copy of the document."""
    document = ls.session.document(params.text_document.uri)
    if document is None:
        logger.warning("a document that is not open was changed")
        return
    document = document.apply(params.content_changes, params.text_document.version, ls.encoding)
    at = None
    for change in params.content_changes:
        if isinstance(change, types.TextDocumentContentChangePartial):
            at = document.offset(change.range.start.line, change.range.start.character, ls.encoding)
    ls.session.change(document, at)
    ls.diagnostics.changed(document.uri)


async def did_close(ls: PrismServer, params: types.DidCloseTextDocumentParams) -> None:
    """Forget a document."""
    ls.forget(params.text_document.uri)


async def did_save(ls: PrismServer, params: types.DidSaveTextDocumentParams) -> None:
    """A rule file or a concept holds from when it is saved."""
    if path := path_of(params.text_document.uri):
        ls.folders.changed([path])


async def did_change_watched_files(ls: PrismServer, params: types.DidChangeWatchedFilesParams) -> None:
    """A rule file or a concept was changed, made or deleted, by whatever program."""
    ls.folders.changed(path for change in params.changes if (path := path_of(change.uri)))


async def did_change_workspace_folders(ls: PrismServer, params: types.DidChangeWorkspaceFoldersParams) -> None:
    """Other folders are open: other rules and concepts may hold."""
    event = params.event
    ls.folders.change_folders([folder.uri for folder in event.added], [folder.uri for folder in event.removed])
    ls.own.take()
    ls.diagnostics.update()


# Reading and rewriting


async def semantic_tokens_full(ls: PrismServer, params: types.SemanticTokensParams) -> types.SemanticTokens:
    """Colour a document."""
    return await tokens.full(ls, params)


async def semantic_tokens_delta(
    ls: PrismServer, params: types.SemanticTokensDeltaParams
) -> types.SemanticTokens | types.SemanticTokensDelta:
    """Colour a document, told against an earlier answer."""
    return await tokens.delta(ls, params)


async def semantic_tokens_range(ls: PrismServer, params: types.SemanticTokensRangeParams) -> types.SemanticTokens:
    """Colour the lines that are seen."""
    return await tokens.within(ls, params)


async def hover_at(ls: PrismServer, params: types.HoverParams) -> types.Hover | None:
    """What the model sees in the sentence under the cursor."""
    return await hover.hover(ls, params)


async def document_diagnostics(
    ls: PrismServer, params: types.DocumentDiagnosticParams
) -> types.DocumentDiagnosticReport:
    """What the project's rules find in a document, or what is wrong in its rule file."""
    return await diagnostics.pull(ls, params)


async def complete(ls: PrismServer, params: types.CompletionParams) -> types.CompletionList | None:
    """What can be typed in a rule file."""
    return await prism_toml.completion(ls, params)


async def code_actions(ls: PrismServer, params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
    """What can be done to the sentence under the cursor; what would keep the project's rules first."""
    fixed = await fixes.menu(ls, params)
    offered = [*await actions.menu(ls, params), *await new_concept.menu(ls, params)]
    return [*fixed, *fixes.without(fixed, offered)]


async def resolve_code_action(ls: PrismServer, params: types.CodeAction) -> types.CodeAction:
    """Write the text of a chosen action."""
    return await actions.resolve(ls, params)


async def inlay_hints(ls: PrismServer, params: types.InlayHintParams) -> list[types.InlayHint]:
    """What stands out in each paragraph, at its end."""
    return await hints.hints(ls, params)


async def document_highlights(ls: PrismServer, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
    """The sentences that share the feature of the one under the cursor."""
    return await highlight.highlights(ls, params)


async def references_to(ls: PrismServer, params: types.ReferenceParams) -> list[types.Location]:
    """The sentences most like the one under the cursor, in all open documents."""
    return await references.alike(ls, params)


async def prism_spectrum(ls: PrismServer, params: Any) -> Any:
    """The matrix sentence x feature."""
    return await spectrum.spectrum(ls, params)


async def prism_sentence(ls: PrismServer, params: Any) -> Any:
    """What the model finds in the sentences at a place."""
    return await sentence.sentence(ls, params)


async def prism_rewrite(ls: PrismServer, params: Any) -> Any:
    """Candidates to choose from."""
    return await rewriting.rewrite(ls, params)


async def prism_edit(ls: PrismServer, params: Any) -> Any:
    """The edit that chosen candidates make."""
    return await rewriting.edit(ls, params)


# Finding the way


async def document_symbols(ls: PrismServer, params: types.DocumentSymbolParams) -> symbols.Answer:
    """The headings as a tree."""
    return await symbols.tree(ls, params)


async def workspace_symbols(ls: PrismServer, params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
    """Sentences by feature or by their words."""
    return await search.search(ls, params)


async def selection_ranges(ls: PrismServer, params: types.SelectionRangeParams) -> list[types.SelectionRange] | None:
    """Word, sentence, paragraph, section, document."""
    return await selection.ranges(ls, params)


async def folding_ranges(ls: PrismServer, params: types.FoldingRangeParams) -> list[types.FoldingRange]:
    """Sections and long paragraphs."""
    return await folding.ranges(ls, params)


OPTIONAL: dict[str, Any] = {
    types.TEXT_DOCUMENT_INLAY_HINT: inlay_hints,
    types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: document_highlights,
    types.TEXT_DOCUMENT_REFERENCES: references_to,
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: document_symbols,
    types.WORKSPACE_SYMBOL: workspace_symbols,
    types.TEXT_DOCUMENT_SELECTION_RANGE: selection_ranges,
    types.TEXT_DOCUMENT_FOLDING_RANGE: folding_ranges,
}
"""Methods that the setting `disabled` can withhold."""


# Commands


async def focus(ls: PrismServer, arguments: list[Any], token: int | str | None) -> dict[str, Any]:
    """Show one feature."""
    return await commands.focus(ls, arguments, token)


async def unfocus(ls: PrismServer, arguments: list[Any], token: int | str | None) -> dict[str, Any]:
    """Show the strongest features."""
    return await commands.unfocus(ls, arguments, token)


async def features(ls: PrismServer, arguments: list[Any], token: int | str | None) -> list[dict[str, Any]]:
    """List the features."""
    return await commands.features(ls, arguments, token)


async def restart_engine(ls: PrismServer, arguments: list[Any], token: int | str | None) -> None:
    """Restart the engine."""
    await commands.restart(ls, arguments, token)


async def rewrite(ls: PrismServer, arguments: list[Any], token: int | str | None) -> None:
    """Rewrite a sentence and apply the edit."""
    await commands.rewrite(ls, arguments, token)


async def make_concept(ls: PrismServer, arguments: list[Any], token: int | str | None) -> dict[str, Any]:
    """Make a concept's file from sentences."""
    return await new_concept.new_concept(ls, arguments, token)


# Settings


async def did_change_configuration(ls: PrismServer, params: types.DidChangeConfigurationParams) -> None:
    """Take new settings over; the engine is started again if it has to be."""
    options = section(params.settings)
    await ls.configure(options or await ls.pull_settings())


def create_server(engine_command: Sequence[str] | None = None) -> PrismServer:
    """A server that has not been started."""
    server = PrismServer(engine_command)
    server.protocol.experimental = {"prism": {"spectrum": 1, "sentence": 1, "rewrite": 1}}
    server.feature(types.INITIALIZE)(initialize)
    return server


def main(engine_command: Sequence[str] | None = None) -> int:
    """Serve on stdin and stdout until the client says `exit`, leaves, or dies. Returns the process's exit code."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="prism-lsp: %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("pygls").setLevel(logging.WARNING)  # at INFO it logs the text of every answer
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of a child process that ended before it was killed
    # Our own descriptors: nothing else that prints can get between the messages.
    stdin, stdout = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    # Readings hold no cycles, and looking for some in a book of 20,000 sentences stops everything for 200 ms and more.
    gc.set_threshold(5_000, 10, 1_000)
    server = create_server(engine_command)
    watched = (lambda: server.client_process), (lambda: os._exit(1))
    threading.Thread(target=watch_parent, args=watched, name="parent", daemon=True).start()
    try:
        return asyncio.run(serve(server.protocol, stdin, stdout, server.session.close))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
