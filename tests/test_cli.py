"""The command line, with an engine of simple rules in place of the model."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fake_engine import RULES, activation, reading, variants

import prism_lsp
from prism_lsp import __main__ as program
from prism_lsp import cli, records, terminal
from prism_lsp.prose import sentences
from prism_lsp.reading import Edit, EngineError, Feature, Progress, Reading, Rewrite, Rewrites, Share

FEATURES = (
    *(
        Feature(id_, name, family, f"It is {name.lower()}.", "concept", on, off)
        for id_, (name, family, _, on, off) in RULES.items()
    ),
    Feature("salt", "Salt", "imagery", "Only read."),
)


class StubEngine:
    """Reads and rewrites by the rules of `fake_engine`."""

    def __init__(self) -> None:
        self.features = FEATURES
        self.texts: list[str] = []
        self.edits: list[tuple[Edit, int]] = []

    def read(self, texts: Sequence[str], evidence: bool = False) -> list[Reading]:
        assert all(texts), "an empty text is not the engine's to read"
        self.texts += texts
        found = []
        for text in texts:
            raw: Any = reading(text, evidence)
            shares = (*(tuple(Share(*each) for each in row) for row in raw["evidence"]), ()) if evidence else None
            found.append(Reading((*raw["activations"], 0.0), (*raw["percentiles"], 0.0), shares))
        return found

    def rewrite(self, text: str, edit: Edit, candidates: int = 8) -> Rewrites:
        self.edits.append((edit, candidates))
        if "TOO LONG" in text:
            raise EngineError("Only sentences of 1 to 1200 characters can be rewritten.", "input")
        if "IMPOSSIBLE" in text:
            return Rewrites((), "Every candidate lost the meaning.")
        found = variants(text, [list(each) for each in edit.moves], candidates)
        return Rewrites(
            tuple(
                Rewrite(new, {id_: (activation(id_, text), activation(id_, new)) for id_, _ in edit.moves}, 0.93, 0.97)
                for new in found
            ),
            None,
        )


Run = Callable[..., Result]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> StubEngine:
    """The engine that the commands get."""
    stub = StubEngine()
    monkeypatch.setattr(cli, "load_engine", lambda *_: stub)
    monkeypatch.setattr(cli, "load_features", lambda _: FEATURES)
    for name in ("FORCE_COLOR", "NO_COLOR", "COLORFGBG"):
        monkeypatch.delenv(name, raising=False)
    return stub


@pytest.fixture
def run(engine: StubEngine) -> Run:
    """Run the command line: `run("inspect", "--json", input="Why?")`."""

    def run_(*arguments: str | Path, input: str | bytes = b"") -> Result:
        data = input.encode() if isinstance(input, str) else input
        return CliRunner().invoke(cli.cli, [str(each) for each in arguments], input=data)

    return run_


def objects(result: Result) -> list[dict[str, Any]]:
    """The JSON objects of an output that is nothing but JSON lines."""
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "" or result.stdout.endswith("\n")
    return [json.loads(line) for line in result.stdout.splitlines()]


def ids(record: dict[str, Any]) -> list[str]:
    return [each["id"] for each in record["features"]]


# inspect --json ------------------------------------------------------------------------------------------------------


def test_one_object_a_sentence_strongest_first(run: Run) -> None:
    first, second = objects(run("inspect", "--json", input="The salt sea. “I was not taken, was I?” he asked.\n"))
    assert (first["start"], first["end"], first["text"], first["features"]) == (0, 13, "The salt sea.", [])
    assert list(second) == ["start", "end", "text", "features"]
    assert list(second["features"][0]) == ["id", "name", "family", "activation", "percentile", "evidence"]
    strengths = [each["activation"] for each in second["features"]]
    assert strengths == sorted(strengths, reverse=True)
    assert min(strengths) > 0
    assert {"question", "dialogue", "first-person", "negation"} <= set(ids(second))
    assert all(0 <= each["percentile"] <= 1 for each in second["features"])


def test_all_gives_every_feature_and_focus_only_one(run: Run) -> None:
    [record] = objects(run("inspect", "--json", "--all", input="Why not?"))
    assert sorted(ids(record)) == sorted(each.id for each in FEATURES)
    [record] = objects(run("inspect", "--json", "--focus", "question", input="Why not?"))
    assert ids(record) == ["question"]
    [record] = objects(run("inspect", "--json", "--focus", "exclamation", input="Why not?"))
    assert ids(record) == []
    [record] = objects(run("inspect", "--json", "--all", "--focus", "Past Tense", input="Why not?"))
    assert ids(record) == ["past-tense"]


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_offsets_are_characters_of_the_input(run: Run, tmp_path: Path, line_break: str) -> None:
    text = line_break.join(["# Böats 🚣", "", "It was **not**", "a boat 🚣, I", "think.  Why?", ""])
    file = tmp_path / "boats.md"
    file.write_bytes(text.encode())
    records_ = objects(run("inspect", "--json", file))
    assert [each["text"] for each in records_] == ["Böats 🚣", "It was not a boat 🚣, I think.", "Why?"]
    assert text[records_[2]["start"] : records_[2]["end"]] == "Why?"
    [negation] = [each for each in records_[1]["features"] if each["id"] == "negation"]
    start, end, _ = max(negation["evidence"], key=lambda share: share[2])
    assert text[start:end] == "not"
    words = [text[start:end] for start, end, _ in negation["evidence"]]
    assert words == ["It", "was", "not", "a", "boat", "🚣", ",", "I", "think", "."]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "# Head\n\nIs it **so**?\n"),
        ("a.TEX", "\\section{Head}\n\nIs it \\emph{so}? % no\n"),
        ("a.rst", "Head\n====\n\nIs it *so*?\n"),
        ("a.adoc", "= Head\n\nIs it *so*?\n"),
        ("a.org", "* Head\n\nIs it /so/?\n"),
        ("a.txt", "Head\n\nIs it so?\n"),
    ],
)
def test_a_file_is_read_as_its_ending_says(run: Run, tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text, "utf-8")
    assert [each["text"] for each in objects(run("inspect", "--json", file))] == ["Head", "Is it so?"]


def test_a_line_is_a_sentence(run: Run, engine: StubEngine) -> None:
    text = "Why? I know.\r\n\r\n  Not here.\t\r \u2028\nA\u2028B\x85C\n"
    records_ = objects(run("inspect", "--json", "--lines", input=text))
    assert [each["text"] for each in records_] == ["Why? I know.", "", "Not here.", "", "A\u2028B\x85C"]
    assert [text[each["start"] : each["end"]] for each in records_] == [each["text"] for each in records_]
    assert [each["features"] for each in records_ if not each["text"]] == [[], []]
    assert len(engine.texts) == 3


def test_with_all_an_empty_line_has_every_feature_at_0(run: Run) -> None:
    [record, _] = objects(run("inspect", "--json", "--lines", "--all", input="\nWhy?"))
    assert len(record["features"]) == len(FEATURES)
    assert all((each["activation"], each["percentile"], each["evidence"]) == (0, 0, []) for each in record["features"])


@pytest.mark.parametrize(("text", "count"), [("", 0), ("\n", 1), ("a", 1), ("a\n", 1), ("a\n\n", 2), ("\r\r\n", 2)])
def test_exactly_one_object_a_line(run: Run, text: str, count: int) -> None:
    for command in (["inspect"], ["rewrite", "--feature", "question"]):
        assert len(objects(run(*command, "--json", "--lines", input=text))) == count


def test_many_lines_stay_in_order(run: Run) -> None:
    lines = [f"Line {number}." if number % 3 else "" for number in range(200)]
    records_ = objects(run("inspect", "--json", "--lines", input="\n".join(lines) + "\n"))
    assert [each["text"] for each in records_] == lines


def test_no_sentence_no_object(run: Run) -> None:
    assert objects(run("inspect", "--json", input="* * *\n")) == []


# Input that cannot be read -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"\xef\xbb\xbfWhy?", "begins with a byte-order mark (byte 0: EF BB BF)"),
        (b"One.\r\nTwo caf\xe9.", "byte 13 (line 2) is E9"),
        ("Why?".encode("utf-16"), "byte 0 (line 1) is FF"),
    ],
)
def test_bad_bytes_are_named(run: Run, tmp_path: Path, data: bytes, place: str) -> None:
    file = tmp_path / "bad.txt"
    file.write_bytes(data)
    for arguments, name in ([file], str(file)), (["-"], "Standard input"):
        result = run("inspect", "--json", *arguments, input=data)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith(f"prism-lsp: {name} ")
        assert place in result.stderr
        assert result.stderr.count("\n") == 1


def test_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    result = run("inspect", tmp_path / "none.txt")
    assert (result.exit_code, result.stderr) == (1, f"prism-lsp: There is no file {tmp_path / 'none.txt'}.\n")
    result = run("rewrite", "--feature", "question", tmp_path)
    assert (result.exit_code, result.stderr) == (1, f"prism-lsp: {tmp_path} is a folder; give a file.\n")


# inspect for people --------------------------------------------------------------------------------------------------


def test_plain_text_has_labels_in_brackets(run: Run) -> None:
    result = run("inspect", input="The \x1b[31m sea. Why?\n")
    assert result.stdout == "[-] The \N{REPLACEMENT CHARACTER}[31m sea.\n[Question 95%] Why?\n"
    result = run("inspect", "--focus", "question", input="The salt sea. Why?\n")
    assert result.stdout == "[-] The salt sea.\n[Question 1.00] Why?\n"
    result = run("inspect", "--all", input="Why?\n")
    assert "████████  1.00   95%  Question" in result.stdout
    assert result.stdout.count("\n") == 3 + len(FEATURES)


def test_a_terminal_gets_colours_and_a_legend(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    coloured = run("inspect", input="The salt sea. Why? “Go,” he said.\n").stdout
    assert "\x1b[38;2;240;240;240;48;2;" in coloured
    shown = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert re.search(r"sentence +Question 1", shown)
    assert re.search(r"narration +Dialogue 1", shown)
    monkeypatch.setenv("NO_COLOR", "1")
    assert run("inspect", input="Why?\n").stdout == "[Question 95%] Why?\n"


def test_at_most_five_hues_and_each_its_own() -> None:
    families = ["sentence", "verb", "logic", "narration", "tone", "feeling", "topic", "project1"]
    found: list[terminal.Mark | None] = [
        terminal.Mark(Feature(family, family, family, ""), 0, "")
        for number, family in enumerate(families)
        for _ in range(10 - number)
    ]
    assert terminal.hues([*found, None]) == {"sentence": 0, "verb": 1, "logic": 2, "narration": 3, "tone": 4}
    both = terminal.hues([found[0], *(mark for mark in found if mark and mark.feature.family == "feeling")])
    assert sorted(both.values()) == [0, 1]


def test_the_strongest_feature_is_that_with_the_highest_percentile() -> None:
    one = Reading((0.6, 2.0, 0.4), (0.99, 0.97, 1.0))
    assert [mark and mark.label for mark in terminal.marks(FEATURES[:3], [one], None)] == ["Question 99%"]
    none = Reading((0.4, 0.0, 0.4), (0.9, 0.9, 0.9))
    assert terminal.marks(FEATURES[:3], [none], None) == [None]


# rewrite -------------------------------------------------------------------------------------------------------------


def test_rewrites_best_first_with_figures(run: Run, engine: StubEngine) -> None:
    first, second = objects(run("rewrite", "--json", "--feature", "question", input="He slept. IMPOSSIBLE it is.\n"))
    assert list(first) == ["start", "end", "text", "rewrites", "refused"]
    assert (first["start"], first["end"], first["text"], first["refused"]) == (0, 9, "He slept.", None)
    assert first["rewrites"][0] == {
        "text": "Is it so that he slept?",
        "features": {"question": [0, 1]},
        "similarity": 0.93,
        "fluency": 0.97,
    }
    assert len(first["rewrites"]) == 8
    assert (second["rewrites"], second["refused"]) == ([], "Every candidate lost the meaning.")
    assert engine.edits[0] == (Edit((("question", 1.0),)), 8)


@pytest.mark.parametrize(
    ("options", "moves"),
    [
        (["--feature=-question"], [("question", -1.0)]),
        (["--feature", "-question"], [("question", -1.0)]),
        (["--feature", "question=0.5", "--feature=-past-tense=2"], [("question", 0.5), ("past-tense", -2.0)]),
        (["--feature", "Passive Voice=-0.5"], [("passive", -0.5)]),
    ],
)
def test_several_features_are_one_edit(run: Run, engine: StubEngine, options: list[str], moves: list[Any]) -> None:
    objects(run("rewrite", "--json", "--candidates", "3", *options, input="He slept.\n"))
    assert engine.edits == [(Edit(tuple(moves)), 3)]


def test_a_sentence_that_cannot_be_rewritten_does_not_end_the_work(run: Run) -> None:
    text = "He slept.\n\nTOO LONG.\nShe slept.\n"
    records_ = objects(run("rewrite", "--json", "--lines", "--feature", "question", input=text))
    assert [bool(each["rewrites"]) for each in records_] == [True, False, False, True]
    assert records_[1] == {"start": 10, "end": 10, "text": "", "rewrites": [], "refused": "The line is empty."}
    assert records_[2]["refused"] == "Only sentences of 1 to 1200 characters can be rewritten."


def test_before_and_after_for_people(run: Run) -> None:
    result = run("rewrite", "--feature", "question", input="He slept. IMPOSSIBLE it is.\n")
    assert result.stdout == (
        "before He slept.\nafter  Is it so that he slept?\n"
        "       Question 0.00 → 1.00 · meaning 93% · fluency 97%\n\n"
        "before IMPOSSIBLE it is.\nnone   Every candidate lost the meaning.\n\n"
    )


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("questoin", "There is no feature “questoin”. Did you mean question?"),
        ("tense", "Did you mean past-tense or present-tense?"),
        ("zzz", "`prism-lsp features` lists them."),
        ("salt", "The feature salt can be read, but not steered."),
        ("question=", "write ID, ID=AMOUNT (a number, not 0) or -ID"),
        ("question=much", "write ID, ID=AMOUNT"),
        ("question=0", "write ID, ID=AMOUNT"),
        ("question=nan", "write ID, ID=AMOUNT"),
        ("-", "write ID, ID=AMOUNT"),
    ],
)
def test_a_feature_that_is_not_understood(run: Run, engine: StubEngine, option: str, said: str) -> None:
    result = run("rewrite", "--json", f"--feature={option}", input="He slept.\n")
    assert (result.exit_code, result.stdout, engine.edits) == (2, "", [])
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_same_feature_twice(run: Run) -> None:
    result = run("rewrite", "--feature=question", "--feature=-question", input="He slept.\n")
    assert (result.exit_code, result.stderr) == (2, "prism-lsp: The feature question is given twice.\n")


def test_focus_on_a_feature_that_is_not_there(run: Run) -> None:
    result = run("inspect", "--focus", "questions", input="Why?\n")
    assert (result.exit_code, result.stderr) == (
        2,
        "prism-lsp: There is no feature “questions”. Did you mean question?\n",
    )


# features, fetch, demo, version, build -------------------------------------------------------------------------------


def test_features_as_json_and_as_a_list(run: Run) -> None:
    found = objects(run("features", "--json"))
    assert found[0] == dict(FEATURES[0]._asdict())
    assert len(found) == len(FEATURES)
    assert run("features").stdout.splitlines()[0] == "question\tQuestion\tsentence\tIt is question."


def test_search_wants_every_word_and_puts_names_first(run: Run) -> None:
    assert [each["id"] for each in objects(run("features", "--json", "--search", "TENSE verb"))] == [
        "past-tense",
        "present-tense",
    ]
    assert objects(run("features", "--json", "--search", "question sea")) == []


def test_fetch_says_where_the_model_is(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def load(model: str | None, progress: Callable[[Any], None]) -> Path:
        progress(Progress("download", 1, 2, "Downloading"))
        return tmp_path

    monkeypatch.setattr(cli, "load_weights", load)
    result = run("fetch")
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"The model is ready in {tmp_path}.\n", "")


@pytest.mark.parametrize(("code", "exit_code"), [("weights", 3), ("pack", 1), ("internal", 1)])
def test_what_the_engine_cannot_do(run: Run, monkeypatch: pytest.MonkeyPatch, code: str, exit_code: int) -> None:
    def fail(*_: object) -> None:
        raise EngineError("It is not to be had.", code)

    for name in ("load_engine", "load_features", "load_weights"):
        monkeypatch.setattr(cli, name, fail)
    for arguments in (["inspect", "--json"], ["rewrite", "--feature=question"], ["features"], ["fetch"], ["demo"]):
        result = run(*arguments, input="Why?\n")
        assert (result.exit_code, result.stdout, result.stderr) == (exit_code, "", "prism-lsp: It is not to be had.\n")


def test_the_weights_module_says_what_is_wrong_with_a_given_model(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli.cli, ["fetch", "--model", str(tmp_path / "none.gguf")])
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith(f"prism-lsp: There is no model at {tmp_path / 'none.gguf'}")


def test_demo_shows_a_page_and_three_rewrites(run: Run, engine: StubEngine) -> None:
    result = run("demo")
    assert result.exit_code == 0
    assert result.stdout.startswith("Herman Melville, Moby-Dick (1851)")
    assert not any("stdlib" in text for text in engine.texts), "the source is not read"
    assert [edit.moves[0][0] for edit, _ in engine.edits] == sorted(cli.DEMO_TARGETS, key=list(RULES).index)
    assert result.stdout.count("before The area before the house was paved with clam-shells.") == 3
    assert result.stdout.count("meaning 93% · fluency 97%") == 3


def test_the_page_of_the_demo_has_something_of_everything() -> None:
    text = (Path(prism_lsp.__file__).parent / "demo.txt").read_text("utf-8").partition("\n")[2]
    found = [each.text for each in sentences(text, "plaintext")]
    assert 10 <= len(found) <= 20
    wanted = (
        "question",
        "exclamation",
        "past-tense",
        "present-tense",
        "passive",
        "negation",
        "dialogue",
        "first-person",
    )
    assert all(any(activation(feature, each) for each in found) for feature in wanted)


def test_version_and_usage(run: Run) -> None:
    assert run("--version").stdout == f"prism-lsp {prism_lsp.__version__}\n"
    result = run("inspect", "--jsno")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("prism-lsp: No such option")
    assert result.stderr.endswith("Try: prism-lsp inspect --help\n")
    assert run("nonsense").exit_code == 2
    assert run("rewrite", "--feature=question", "--candidates", "0").exit_code == 2
    for command in ("inspect", "rewrite", "features", "fetch", "demo", "serve", "build"):
        assert run(command, "--help").exit_code == 0
        assert command in run("--help").stdout


def test_build_lists_what_is_there(run: Run) -> None:
    listed = run("build", "--help").stdout
    assert "concepts" in listed
    assert "nothing-like-it" not in listed
    assert run("build", "nothing-like-it").exit_code == 2


# The program as a process --------------------------------------------------------------------------------------------

ENGINE_OF_RULES = """
import sys
sys.path.insert(0, {tests!r})
from prism_lsp import cli
from test_cli import StubEngine
cli.load_engine = lambda *_: StubEngine()
from prism_lsp.__main__ import main
main()
"""


def command(*arguments: str) -> list[str]:
    """The program with the engine of rules, as a process's command line."""
    return [sys.executable, "-c", ENGINE_OF_RULES.format(tests=str(Path(__file__).parent)), *arguments]


@pytest.mark.parametrize(
    ("arguments", "engine_command"),
    [
        ([], []),
        (["serve"], []),
        (["--stdio"], []),
        (["serve", "--stdio", "--engine-command", "python 'a b.py'"], ["python", "a b.py"]),
        (["--engine-command=python x.py"], ["python", "x.py"]),
        (["--engine-command="], []),
        (["serve", "--help"], None),
        (["serve", "--engine-command"], None),
        (["--engine-command", "'"], None),
        (["inspect"], None),
        (["--version"], None),
    ],
)
def test_what_starts_the_server(arguments: list[str], engine_command: list[str] | None) -> None:
    assert program.serving(arguments) == engine_command


@pytest.mark.parametrize("arguments", [[], ["serve", "--stdio"]])
def test_the_server_starts_without_what_it_does_not_need(arguments: list[str]) -> None:
    code = (
        "import sys, types\n"
        "from prism_lsp.__main__ import main\n"
        "import prism_lsp.server as server\n"
        "server.main = lambda command: print(*sorted({name.partition('.')[0] for name in sys.modules})) or 7\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (7, "")
    assert not {"click", "rich", "torch", "numpy", "tokenizers"} & set(done.stdout.split())


def test_the_command_line_loads_no_model_to_tell_its_version() -> None:
    code = "import sys; from prism_lsp import cli, records; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"rich", "torch", "numpy", "markdown_it", "sentencex"} & set(done.stdout.split())


def test_json_is_utf_8_whatever_the_terminal_speaks() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command("inspect", "--json"), input="“Café?”".encode(), capture_output=True, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["text"] == "“Café?”"
    done = subprocess.run(command("inspect"), input="“Café?”".encode(), capture_output=True, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().endswith("] “Café?”\n")


@pytest.mark.skipif(os.name == "nt", reason="pipes differ")
@pytest.mark.parametrize("options", [["--json"], []])
def test_a_reader_that_leaves_is_no_error(options: list[str]) -> None:
    process = subprocess.Popen(
        command("inspect", "--lines", *options), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin and process.stdout and process.stderr
    process.stdin.write(b"Why is it so?\n" * 5000)
    process.stdin.close()
    assert process.stdout.readline()
    process.stdout.close()
    assert (process.wait(300), process.stderr.read()) == (0, b"")
    process.stderr.close()


@pytest.mark.skipif(os.name == "nt", reason="signals differ")
def test_ctrl_c_ends_it_without_a_traceback() -> None:
    code = (
        "import sys, time\n"
        "from prism_lsp import __main__, cli\n"
        "cli.load_engine = lambda *_: (print('working', flush=True), time.sleep(60))\n"
        "__main__.main()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "working\n"
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=300)
    assert (process.returncode, out, error) == (130, "", "")


def test_exit_codes_are_documented() -> None:
    text = (Path(__file__).parents[1] / "docs" / "cli.md").read_text("utf-8")
    for code in (records.OK, records.FAILED, records.USAGE, records.NO_WEIGHTS, records.INTERRUPTED):
        assert re.search(rf"^\| {code} \|", text, re.MULTILINE)


def test_the_concepts_of_the_folder_are_features_and_a_broken_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import tiny

    from prism_lsp import concept_file
    from prism_lsp.engine import ordinary
    from prism_lsp.engine.local import LocalEngine

    folder = tmp_path / concept_file.FOLDER
    folder.mkdir(parents=True)
    pairs = [(f"It is {n}.", f"It is but {n}.") for n in range(5)]
    (folder / "buts.toml").write_text(concept_file.write("Buts", pairs, False))
    (folder / "broken.toml").write_text("x")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ordinary, "cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(ordinary, "texts", lambda: [f"The {n} fox was not there." for n in range(9)])
    monkeypatch.setattr(LocalEngine, "load", lambda **_: tiny.engine(tmp_path / "tiny"))
    assert cli.load_engine(None, None, None, lambda _: None).features[-1].id == "buts"
    assert f"{folder / 'broken.toml'}, line 1: This is not TOML" in capsys.readouterr().err
    assert [feature.kind for feature in cli.load_features(None) if feature.id == "buts"] == ["project"]


# cache ---------------------------------------------------------------------------------------------------------------


def test_the_cache_is_told_of_and_cleared(run: Run, own_cache: Path) -> None:
    (own_cache / "pack.sqlite").write_bytes(bytes(2_000_000))
    assert run("cache").stdout == f"{own_cache}: 2.0 MB, packs: 1\n"
    assert run("cache", "--clear").stdout == f"{own_cache}: 2.0 MB deleted, packs: 1\n"
    assert run("cache").stdout == f"{own_cache}: 0.0 MB, packs: 0\n"
