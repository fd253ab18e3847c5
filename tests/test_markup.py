"""What is read of a LaTeX, reStructuredText, AsciiDoc or Org document, and that markup is never touched."""

from __future__ import annotations

import pytest

from prism_lsp import prose

DOCUMENTS = {
    "latex": (
        r"""\documentclass{article}
\begin{document}
\section{The \emph{white} whale}
% a comment
Call me \textbf{Ishmael}.\footnote{It is a name.} It cost $x^2$ dollars \cite{mel}.
\begin{itemize}
\item One whale.
\end{itemize}
\begin{equation} x=y \end{equation}
% prism:off
Hidden.
% prism:on
It is 5\% of all. ``Who?'' he asked.
\begin{verbatim}
code here.
\end{verbatim}
\end{document}
""",
        ["The white whale", "Call me Ishmael.", "It is a name.", "It cost x^2 dollars .", "One whale.",
         "It is 5% of all.", "“Who?” he asked."],
        ["documentclass", "a comment", "mel", "x=y", "Hidden", "code here"],
    ),
    "restructuredtext": (
        "Title\n=====\n\n:author: x\n\nCall me *Ishmael*. See `the docs <http://x.y>`_.\n\n.. note:: A note here.\n\n"
        ".. code-block:: python\n\n   code()\n\n* One whale.\n\n.. prism:off\n\nHidden.\n\n.. prism:on\n\nThe end.\n",
        ["Title", "Call me Ishmael.", "See the docs.", "A note here.", "One whale.", "The end."],
        ["author", "http://x.y", "code()", "Hidden"],
    ),
    "asciidoc": (
        "= Title\n:attr: x\n\nCall me *Ishmael*. See https://x.y[the docs].\n\n[source,python]\n----\ncode()\n----\n\n"
        "* One whale.\n\n// prism:off\nHidden.\n// prism:on\n\nThe end.\n",
        ["Title", "Call me Ishmael.", "See the docs.", "One whale.", "The end."],
        [":attr:", "https://x.y", "code()", "Hidden"],
    ),
    "org": (
        "#+TITLE: x\n* Title\n:PROPERTIES:\n:a: b\n:END:\nCall me *Ishmael*. See [[http://x.y][the docs]].\n\n"
        "#+BEGIN_SRC python\ncode()\n#+END_SRC\n\n- One whale.\n\n# prism:off\nHidden.\n# prism:on\n\nThe end.\n",
        ["Title", "Call me Ishmael.", "See the docs.", "One whale.", "The end."],
        ["TITLE", "PROPERTIES", "http://x.y", "code()", "Hidden"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", DOCUMENTS)
def test_what_a_reader_of_the_page_reads_is_read(language: str) -> None:
    document, expected, _ = DOCUMENTS[language]
    assert [sentence.text for sentence in prose.sentences(document, language)] == expected


@pytest.mark.parametrize("language", DOCUMENTS)
def test_markup_is_neither_read_nor_edited(language: str) -> None:
    document, _, kept = DOCUMENTS[language]
    masked = {at for part in kept for at in range(document.index(part), document.index(part) + len(part))}
    for sentence in prose.sentences(document, language):
        assert not masked & set(sentence.map)
        edits = prose.edits(sentence, document, sentence.text.replace("e", "a", 1))
        assert all(not masked & set(range(start, end)) for start, end, _ in edits)
        after = prose.replaced(document, edits)
        assert all(part in after for part in kept)
        assert sentence.text.replace("e", "a", 1) in [each.text for each in prose.sentences(after, language)]


def test_a_chapter_on_latex_may_list_a_whole_document() -> None:
    listing = "\\begin{verbatim}\n\\documentclass{article}\n\\begin{document}\nx\n\\end{document}\n\\end{verbatim}"
    chapter = f"Write \\verb+\\begin{{document}}+ and this:\n{listing}\nIt is short.\n"
    expected = [r"Write \begin{document} and this:", "It is short."]
    assert [s.text for s in prose.sentences(chapter, "latex")] == expected
    whole = f"\\documentclass{{book}}\n\\begin{{document}}\n{chapter}\n\\end{{document}}\nNot read."
    assert [s.text for s in prose.sentences(whole, "latex")] == expected


@pytest.mark.parametrize(
    "document", ["One *two*\n// no\nthree.", "One *two* three.\n// no", "* One *two*\n// no\nthree.\n// no\n"]
)
def test_a_comment_line_in_a_paragraph_of_asciidoc_is_not_read(document: str) -> None:
    assert [s.text for s in prose.sentences(document, "asciidoc")] == ["One two three."]


def test_a_comment_line_in_a_table_of_asciidoc_is_not_read() -> None:
    document = "|===\n// | no\n| Call *me*\n// no | cell\nIshmael. | Two.\n// no\n|===\n"
    assert [s.text for s in prose.sentences(document, "asciidoc")] == ["Call me Ishmael.", "Two."]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (r"\secnote[sec:a]{Size}%" "\n{Draw it large. Then cut it.}", ["Draw it large.", "Then cut it."]),
        (r"It is \loud{not at all so} here.", ["It is not at all so here."]),
        (r"It is\aside{It was not so.} here.", ["It is here.", "It was not so."]),
        (r"\mypicture{12pt plus 3pt}{one file name.png} It is.", ["It is."]),
        (r"\setstuff{title={It is not so here}} \options{red, green, thick, dotted} It is.", ["It is."]),
        (r"\newstuff{it}{This is not read here.} \mycite{see all of that book} It is.", ["It is."]),
        (r"\def\pair#1#2{#2 and \label{#1}}" "\n\nA \\pair{key}{word} it is.", ["A word it is."]),
        (r"\begin{mybox}{What a reader has to know}It is.\end{mybox}", ["What a reader has to know", "It is."]),
    ],
)
def test_of_an_unknown_macro_what_looks_like_prose_is_read(document: str, expected: list[str]) -> None:
    assert [s.text for s in prose.sentences(document, "latex")] == expected


def test_an_environment_that_is_only_named_hides_nothing() -> None:
    document = "Write \\verb|\\begin{tabular}| here. It\n% \\begin{tabular}\nis read.\n\nSo is this.\n\n\\begin{tabular}{l}\nx\n\\end{tabular}"
    found = [s.text for s in prose.sentences(document, "latex")]
    assert found == ["Write \\begin{tabular} here.", "It is read.", "So is this."]


def test_a_term_has_its_definition_behind_a_blank_line() -> None:
    document = "status::\n\n   It shows *the* state.\n   And more.\n\nNext.\n\n   literal\n"
    found = [s.text for s in prose.sentences(document, "asciidoc")]
    assert found == ["status", "It shows the state.", "And more.", "Next."]
