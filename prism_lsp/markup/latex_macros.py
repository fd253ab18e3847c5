"""What LaTeX's macros and environments do with their arguments, as far as a reader of the page sees it.

An argument is one letter: `o` optional and not read, `m` not read, `t` text of the sentence, `l` text of a link (never
left empty by an edit), `q` text in quotation marks, `b` a block of its own (a note), `h` one that ends the paragraph
before it (a heading), `B` optional and a block.
"""

from __future__ import annotations

import re

from .inline import words

_TEXT = words("""
alert caps emph fbox hbox hl invisible MakeLowercase MakeTextUppercase MakeUppercase mbox only sout so st text textbf
textgreek textins textit textlatin textlf textmd textnormal textquote textrm textsc textsf textsl textsubscript
textsuperscript textsw texttt textulc textup ul uncover underline uppercase lowercase uline uuline uwave visible
""")
_NOTE = words("footnote footnotetext endnote marginpar marginnote sidenote")
_HEADING = words("""
part chapter section subsection subsubsection paragraph subparagraph addchap addsec addpart minisec caption
title subtitle frametitle framesubtitle opening closing ps poemtitle
""")
LEVELS = {
    **dict.fromkeys(("title", "part", "addpart"), 1),
    **dict.fromkeys(("chapter", "addchap"), 2),
    **dict.fromkeys(("section", "addsec"), 3),
    "subsection": 4,
    "subsubsection": 5,
    "paragraph": 6,
    "subparagraph": 7,
}
"""Levels of the headings that begin a section."""
_BARE = words("""
tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge bfseries itshape scshape slshape upshape
mdseries rmfamily sffamily ttfamily normalfont em it bf rm sf tt sc sl centering raggedright raggedleft noindent indent
leavevmode protect relax ignorespaces unskip begingroup endgroup bgroup egroup hfill hfil frontmatter mainmatter
backmatter appendix smallskip medskip bigskip sloppy fussy singlespacing doublespacing onehalfspacing obeylines newline
""")
_BREAKING = words("""
par newpage clearpage cleardoublepage maketitle tableofcontents listoffigures listoftables vfill vskip hrule printindex
""")

ARGUMENTS = {
    **dict.fromkeys(_TEXT, "t"),
    **dict.fromkeys(_NOTE, "ob"),
    **dict.fromkeys(_HEADING, "oh"),
    **dict.fromkeys(_BARE | _BREAKING, ""),
    "blockquote": "oob",
    "captionof": "moh",
    "colorbox": "mt",
    "enquote": "q",
    "epigraph": "hb",
    "fcolorbox": "mmt",
    "foreignlanguage": "omt",
    "foreignquote": "mq",
    "framebox": "oot",
    "hyperlink": "ml",
    "hyperref": "ol",
    "hypertarget": "ml",
    "item": "B",
    "lettrine": "ott",
    "linebreak": "o",
    "makebox": "oot",
    "parbox": "ooomb",
    "raisebox": "moot",
    "resizebox": "mmt",
    "rotatebox": "omt",
    "scalebox": "mt",
    "texorpdfstring": "tm",
    "textcolor": "omt",
    "textlang": "mt",
    "thanks": "b",
}
"""Arguments of the macros that are known. Of other macros only what looks like prose is read."""

SETTING = re.compile(
    r"(?:re)?new|provide|declare|def|let|set|add|use|begin|end|at(?:begin|end)|if|index|label|gls|acr|glossary|nomencl|pdf|hyper"
    r"|bib|include|input|write|message|typeout|special|tikz|pgf|draw|node|path|plot|put|lst|mark|todo|fixme|package|class|err|warn"
    r"|[A-Za-z]*(?:cite|ref|index|style|color|setup|bookmark|counter|length|comment)[A-Za-z]?\Z",
    re.IGNORECASE,
)
"""Beginnings and ends of the names of macros that set something or refer to it, and show nothing of an argument."""
LOOKED_AT = 400
"""Characters of an argument by which it is told whether it is prose."""
_NO_TEXT = re.compile(r"\$[^$]*\$|\\[A-Za-z@]+\*?(?:\[[^\[\]]*\])?|%[^\n]*|\\.|[{}~]", re.DOTALL)
_WORD = re.compile(r"[(\"'`“‘]*[^\W\d_]+(?:['’-][^\W\d_]+)*[.,;:!?)'\"”’]*")
_SENTENCE_END = re.compile(r"[.?!…][)'\"”’}\s]*\Z")


def prose_in(beginning: str, end: str) -> str:
    """Whether an argument of an unknown macro looks like prose: `b` for sentences, `l` for a part of one, or nothing.

    Prose is several words with blanks between them. Keys, lengths, file names and lists of options are none.
    """
    text = _NO_TEXT.sub(" ", beginning)
    if " " not in text.strip() or any(sign in text for sign in "=#&^_@|"):
        return ""
    tokens = [token for token in text.split() if any(map(str.isalpha, token))]
    words = [token for token in tokens if _WORD.fullmatch(token)]
    whole = _SENTENCE_END.search(end) is not None
    if len(words) < (3 if whole else 4) or len(words) < 0.75 * len(tokens):
        return ""
    if 2 * sum(word.endswith(",") for word in words) >= len(words) or not any(map(str.islower, words)):
        return ""
    return "b" if whole and words[0].lstrip("(\"'`“‘")[0].isupper() and words[0] == tokens[0] else "l"


BREAKING = _BREAKING | {"item"}
"""Macros that end the paragraph before them, like those with a heading."""

LINE_BREAKS = words("newline linebreak")
BLANKS = words("quad qquad enspace enskip thinspace space nobreakspace hspace tab")

GLYPHS = {
    "AA": "Å", "AE": "Æ", "DH": "Ð", "L": "Ł", "O": "Ø", "OE": "Œ", "P": "¶", "S": "§", "TH": "Þ", "aa": "å", "ae": "æ",
    "copyright": "©", "dag": "†", "ddag": "‡", "dh": "ð", "dots": "…", "euro": "€", "guillemotleft": "«",
    "guillemotright": "»", "i": "ı", "j": "ȷ", "l": "ł", "ldots": "…", "lq": "‘", "o": "ø", "oe": "œ", "pounds": "£",
    "rq": "’", "slash": "/", "ss": "ß", "textasciicircum": "^", "textasciigrave": "`", "textasciitilde": "~",
    "textbackslash": "\\", "textbar": "|", "textbullet": "•", "textdegree": "°", "textellipsis": "…",
    "textemdash": "—", "textendash": "–", "texteuro": "€", "textexclamdown": "¡", "textgreater": ">", "textless": "<",
    "textperiodcentered": "·", "textquestiondown": "¿", "textquotedbl": '"', "textquotedblleft": "“",
    "textquotedblright": "”", "textquoteleft": "‘", "textquoteright": "’", "textquotesingle": "'",
    "textregistered": "®", "textsterling": "£", "texttrademark": "™", "textunderscore": "_", "textvisiblespace": "␣",
    "th": "þ",
}  # fmt: skip
"""Macros that stand for one character."""

NAMES = words("LaTeX LaTeXe TeX BibTeX XeLaTeX LuaLaTeX XeTeX pdfLaTeX ConTeXt")
"""Macros that are read as their names."""

ACCENTS = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "c": "\u0327", "v": "\u030c", "H": "\u030b", "u": "\u0306", "k": "\u0328", "d": "\u0323", "b": "\u0331",
    "r": "\u030a",
}  # fmt: skip
"""The combining character of each accent."""

MATH = words("""
align alignat aligned array cases dcases displaymath dgroup dmath dseries eqnarray equation flalign gather gathered
IEEEeqnarray math matrix multline split subequations xalignat
""")
"""Environments that are a formula: left out, and the sentence goes on behind them. A blank line ends one, as in TeX."""

VERBATIM = words("""
alltt asydef BVerbatim Code code comment CodeInput CodeOutput filecontents Highlighting lilypond lstlisting luacode
LVerbatim markdown minted pycode sagesilent Schunk Sinput Soutput verbatim Verbatim VerbatimOut wrapverbatim
""")
"""Environments of code, in which `\\begin` begins nothing."""

UNREAD = MATH | VERBATIM | words("""
abc algorithm2e algorithmic algorithmicx asy axis bibdiv chemfig circuitikz dot2tex forest gnuplot iffalse listing
longtable longtabu pgfpicture picture Piton prooftree pspicture psgraph pyconsole SaveVerbatim supertabular tabbing
tabu tabular tabularray tabularx tabulary tblr thebibliography tikzcd tikzpicture xltabular xy
""")  # fmt: skip
"""Environments, with or without a star, of which nothing is read."""

_PLAIN = words("""
abstract addmargin center description displayquote document enumerate figure flushleft flushright
foreigndisplayquote itemize landscape onehalfspace quotation quote raggedright samepage sidewaysfigure sidewaystable
singlespace sloppypar table titlepage trivlist verse definition theorem lemma proof remark example corollary dedication
appendices acknowledgements acknowledgments
""")
ENVIRONMENTS = {
    **dict.fromkeys(_PLAIN, "o"),
    "adjustwidth": "mm",
    "alertblock": "b",
    "block": "b",
    "exampleblock": "b",
    "frame": "obb",
    "letter": "om",
    "list": "mm",
    "minipage": "ooom",
    "multicols": "mo",
    "spacing": "m",
    "wrapfigure": "omom",
}
"""Arguments of the environments that are known. All those of other environments are left out."""
