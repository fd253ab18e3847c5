"""The tokenizer built from a GGUF's metadata."""

import pytest
from tokenizers import Tokenizer
from tokenizers.pre_tokenizers import ByteLevel

from prism_lsp.engine.gguf_tokenizer import build_tokenizer

ALPHABET = sorted(ByteLevel.alphabet())
TOKENS = ["<|endoftext|>", "<|im_start|>", "<note>", *ALPHABET, "th", "the", "Ġthe", "ĊĊ", "12"]
TYPES = [3, 3, 4, *[1] * (len(TOKENS) - 3)]
MERGES = ["t h", "th e", "Ġ the", "Ċ Ċ", "1 2"]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return build_tokenizer("smollm", TOKENS, TYPES, MERGES)


@pytest.mark.parametrize(
    "text", ["the theme", " the  end\n", "na\u00efve \U0001f433 \u767d\u9be8", "", "\r\n\t", "<|im_start|>the<note>"]
)
def test_text_comes_back_unchanged(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == text


def test_merges_are_applied_and_no_space_is_put_in_front(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("the the").tokens == ["the", "Ġthe"]


def test_digits_stay_apart_even_when_a_merge_would_join_them(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("12").tokens == ["1", "2"]


def test_a_digit_does_not_break_up_the_white_space_before_it(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("\n\n1").tokens == ["ĊĊ", "1"]


def test_control_tokens_are_special_and_user_defined_ones_are_not(tokenizer: Tokenizer) -> None:
    encoding = tokenizer.encode("a<|im_start|><note>")
    assert encoding.ids[1:] == [1, 2]
    assert tokenizer.decode(encoding.ids) == "a<note>"


def test_a_byte_without_a_token_is_left_out() -> None:
    tokens = [token for token in TOKENS if token != "q"]
    tokenizer = build_tokenizer("smollm", tokens, TYPES[:-1], MERGES)
    assert tokenizer.encode("aqb").tokens == ["a", "b"]


def test_another_pre_tokenizer_is_refused() -> None:
    with pytest.raises(ValueError, match="its pre-tokenizer is 'llama-bpe'"):
        build_tokenizer("llama-bpe", TOKENS, TYPES, MERGES)


@pytest.mark.parametrize("merge", ["th", "t h e", " t", "t "])
def test_a_merge_that_is_not_two_tokens_is_refused(merge: str) -> None:
    with pytest.raises(ValueError, match="which is not two tokens"):
        build_tokenizer("smollm", TOKENS, TYPES, [merge])
