"""Diagnostics: what a project's rules find in its documents, and what is wrong with a rule file.

Calm comes first. A document is judged when all of it has been read and nobody has typed in it for two seconds. Until then
every mark stays on its sentence wherever that moves, and a sentence that changes loses its marks at once: what is being
typed is never marked, and no keystroke makes marks come and go elsewhere.

A client that can pull and be told to pull again pulls; every other one is pushed to. Never both.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from bisect import bisect_left
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types

from prism_lsp.features import actions, concept_toml, prism_toml
from prism_lsp.features.progress import Throttle
from prism_lsp.findings import Finding, judge
from prism_lsp.workspace import is_concept_file, is_rule_file

if TYPE_CHECKING:
    from prism_lsp.document import Document
    from prism_lsp.opened import Split
    from prism_lsp.reading import Feature
    from prism_lsp.rules import Rule
    from prism_lsp.server import PrismServer

logger = logging.getLogger(__name__)

SOURCE = "prism"
OPTIONS = types.DiagnosticOptions(identifier=SOURCE, inter_file_dependencies=False, workspace_diagnostics=False)
"""No dependencies: when a rule file changes, the server itself asks the client to pull again."""

CALM = 2.0
"""Seconds without a keystroke after which a document is judged."""

SOON = 0.3
"""Seconds after a keystroke before a client that is pushed to hears where the marks are now."""

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "information": types.DiagnosticSeverity.Information,
    "hint": types.DiagnosticSeverity.Hint,
}


class Judgement(NamedTuple):
    """What was found in a document when it was judged last, and by what."""

    split: Split
    rules: tuple[Rule, ...]
    features: tuple[Feature, ...]
    findings: tuple[Finding, ...]


class Diagnostics:
    """What was found in each open document, and what the client has been told of it."""

    def __init__(self, ls: PrismServer) -> None:
        self.ls = ls
        self.refreshes = Throttle(self._refresh)
        self._judged: dict[str, Judgement] = {}
        self._changed: dict[str, float] = {}
        self._told: dict[str, str] = {}
        self._awaited: dict[str, str] = {}
        """What a client that was asked to pull has not pulled yet."""
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # What happens

    def changed(self, uri: str) -> None:
        """The writer typed in a document."""
        self._changed[uri] = asyncio.get_running_loop().time()
        self._later(uri, CALM if self.ls.client.pull else SOON)

    def read(self, uri: str) -> None:
        """A document has been read entirely."""
        if self._restless(uri) <= 0:
            self._later(uri, 0)

    def update(self, paths: Iterable[object] = ()) -> None:
        """Rules or features have changed: look at every open document again."""
        for uri in list(self.ls.session.opened):
            self._later(uri, 0)

    def closed(self, uri: str) -> None:
        """A document was closed: its marks go."""
        for known in (self._judged, self._changed, self._awaited):
            known.pop(uri, None)
        if (timer := self._timers.pop(uri, None)) is not None:
            timer.cancel()
        if self._told.pop(uri, _NOTHING) != _NOTHING and not self.ls.client.pull:
            self.ls.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri=uri, diagnostics=[]))

    def stop(self) -> None:
        """Nothing more is told."""
        self.refreshes.stop()
        for timer in self._timers.values():
            timer.cancel()
        for task in self._tasks:
            task.cancel()
        self._timers.clear()

    # What is found

    async def report(self, document: Document) -> list[types.Diagnostic]:
        """A document's diagnostics."""
        if is_rule_file(document.uri):
            return prism_toml.diagnostics(self.ls, document)
        if is_concept_file(document.uri):
            return concept_toml.diagnostics(self.ls, document)
        split, findings = await self._findings(document)
        places = ((finding, marked(split, finding.sentence)) for finding in findings)
        return [self._diagnostic(split, finding, place) for finding, place in places if place is not None]

    async def _findings(self, document: Document) -> tuple[Split, tuple[Finding, ...]]:
        session, uri = self.ls.session, document.uri
        split = await session.split(document)
        rules, features = self.ls.folders.rules(uri), session.features
        known = self._judged.get(uri)
        if known is not None and (known.rules != rules or known.features is not features):
            known = None
            del self._judged[uri]
        if known is not None and known.split is split:
            return split, known.findings
        texts = [sentence.reads for sentence in split.sentences]
        if rules and features and self._restless(uri) <= 0 and not session.readings.missing(texts):
            findings = judge(rules, features, split.sentences, [session.readings.get(text) for text in texts])
            self._judged[uri] = Judgement(split, rules, features, findings)
            return split, findings
        return split, () if known is None else moved(known, split)

    def _diagnostic(self, split: Split, finding: Finding, place: tuple[int, int]) -> types.Diagnostic:
        sentence, document = split.sentences[finding.sentence], split.document
        moves = ((finding.rule.feature, finding.amount),)
        where = (sentence.start, sentence.end, sentence.reads, sentence.reads)
        target = actions.Target(document.uri, document.version, *where, moves, 0)
        return types.Diagnostic(
            range=self.ls.range(document, *place),
            message=finding.message,
            severity=_SEVERITIES[finding.rule.severity],
            code=finding.rule.feature,
            source=SOURCE,
            data=target.to_json() if finding.amount else None,
        )

    def _restless(self, uri: str) -> float:
        """Seconds until the document counts as calm; 0 or less when it does."""
        changed = self._changed.get(uri)
        return 0.0 if changed is None else changed + CALM - asyncio.get_running_loop().time()

    # What the client hears

    def pulled(self, uri: str, result: str) -> None:
        """The client has been told this."""
        self._told[uri] = result
        self._awaited.pop(uri, None)

    def _later(self, uri: str, seconds: float) -> None:
        if (timer := self._timers.pop(uri, None)) is not None:
            timer.cancel()
        self._timers[uri] = asyncio.get_running_loop().call_later(seconds, self._start, uri)

    def _start(self, uri: str) -> None:
        self._timers.pop(uri, None)
        task = asyncio.ensure_future(self._tell(uri))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("diagnostics could not be told", exc_info=error)

    async def _tell(self, uri: str) -> None:
        """Tell the client if there is something new."""
        document = self.ls.session.document(uri)
        if document is None:
            return
        items = await self.report(document)
        if self.ls.session.document(uri) is not document:
            return  # it was changed or closed meanwhile, which sees to itself
        result = result_id(items)
        if result != self._told.get(uri, _NOTHING):
            if not self.ls.client.pull:
                self._told[uri] = result
                params = types.PublishDiagnosticsParams(uri=uri, diagnostics=items, version=document.version)
                self.ls.text_document_publish_diagnostics(params)
            elif self._awaited.get(uri) != result:
                self._awaited[uri] = result
                self.refreshes.ask(SOON)
        if (rest := self._restless(uri)) > 0 and uri not in self._timers:
            self._later(uri, rest)

    async def _refresh(self) -> None:
        try:
            await asyncio.wait_for(self.ls.workspace_diagnostic_refresh_async(None), 5)
        except Exception as error:
            self._awaited.clear()  # what is new next may ask again
            logger.info("the client did not take a diagnostic refresh: %r", error)


def marked(split: Split, index: int) -> tuple[int, int] | None:
    """Where a sentence is marked, in characters: its first words between which no code, note or long markup stands.

    None if there are none: in a sentence that is a formula, say.
    """
    sentence = split.sentences[index]
    places, text = sentence.map, sentence.text
    low = 0
    for start, end in (*split.masks(index), (sentence.end, sentence.end)):
        high = bisect_left(places, start, low)
        if any(map(str.isalnum, text[low:high])):
            first = low + len(text[low:high]) - len(text[low:high].lstrip())
            return places[first], places[low + len(text[low:high].rstrip()) - 1] + 1
        low = bisect_left(places, end, high)
    return None


def moved(judgement: Judgement, split: Split) -> tuple[Finding, ...]:
    """The findings on the same sentences in another version; of alike sentences, the first stays the first."""
    marked = {judgement.split.sentences[finding.sentence].reads for finding in judgement.findings}
    old, new = _places(judgement.split, marked), _places(split, marked)
    place = {before: now for text in marked for before, now in zip(old[text], new[text], strict=False)}
    found = (f._replace(sentence=place[f.sentence]) for f in judgement.findings if f.sentence in place)
    return tuple(sorted(found, key=lambda finding: finding.sentence))


def _places(split: Split, texts: set[str]) -> dict[str, list[int]]:
    """Where sentences that read so stand, by their number."""
    found: dict[str, list[int]] = {text: [] for text in texts}
    for index, sentence in enumerate(split.sentences):
        if sentence.reads in found:
            found[sentence.reads].append(index)
    return found


def result_id(items: Iterable[types.Diagnostic]) -> str:
    """The same for the same diagnostics, and for no others."""
    shown = "\n".join(repr((item.range, item.severity, item.code, item.message)) for item in items)
    return hashlib.blake2b(shown.encode(errors="replace"), digest_size=8).hexdigest()


_NOTHING = result_id(())


async def pull(
    ls: PrismServer, params: types.DocumentDiagnosticParams
) -> types.RelatedFullDocumentDiagnosticReport | types.RelatedUnchangedDocumentDiagnosticReport:
    """A document's diagnostics, or that they are what they were."""
    uri = params.text_document.uri
    document = ls.session.document(uri)
    items = await ls.diagnostics.report(document) if document else []
    result = result_id(items)
    ls.diagnostics.pulled(uri, result)
    if result == params.previous_result_id:
        return types.RelatedUnchangedDocumentDiagnosticReport(result_id=result)
    return types.RelatedFullDocumentDiagnosticReport(items=items, result_id=result)
