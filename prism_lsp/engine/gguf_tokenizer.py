"""The base model's tokenizer, built from the metadata of its GGUF file."""

from collections.abc import Sequence

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

_CONTROL = 3
"""`gguf.TokenType.CONTROL`: a token that no ordinary text makes, such as `<|im_start|>`."""

_USER_DEFINED = 4
"""`gguf.TokenType.USER_DEFINED`: a token cut out of the text before the merges run."""


def build_tokenizer(pre: str, tokens: Sequence[str], token_types: Sequence[int], merges: Sequence[str]) -> Tokenizer:
    """Build SmolLM's byte-level BPE from a GGUF's `tokenizer.ggml.*` values.

    `pre` is `tokenizer.ggml.pre`; `tokens` and `token_types` are in order of id; a merge is "left right".
    No token is put before or after the text: the model asks for none (`add_bos_token` is false).

    Bytes that the vocabulary lacks (in SmolLM2: 0x04, 0x06, 0x13, 0x14, 0x16, 0x1D, the UTF-8 lead bytes 0xF1 and 0xF2,
    and those that UTF-8 never uses) get no token and are gone from the decoded text, as in transformers.

    transformers 5.23 ignores `pre` when it reads a GGUF and leaves digits together; then white space of two or more
    characters straight before a digit ("\n\n1.") becomes other tokens than here, in llama.cpp and in training.

    Raises ValueError when `pre` is not "smollm" or a merge is not two tokens.
    """
    if pre != "smollm":
        raise ValueError(f"its pre-tokenizer is '{pre}' and only 'smollm' is known")
    pairs = []
    for merge in merges:
        left, space, right = merge.partition(" ")
        if not (left and space and right) or " " in right:
            raise ValueError(f"its tokenizer has the merge '{merge}', which is not two tokens")
        pairs.append((left, right))

    vocabulary = {token: index for index, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=pairs))
    # llama.cpp's LLAMA_VOCAB_PRE_TYPE_SMOLLM: digits one by one, then GPT-2's regex.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    of_type = list(zip(tokens, token_types, strict=True))
    tokenizer.add_special_tokens([AddedToken(t, normalized=False, special=True) for t, k in of_type if k == _CONTROL])
    tokenizer.add_tokens([AddedToken(t, normalized=False, special=False) for t, k in of_type if k == _USER_DEFINED])
    return tokenizer
