"""Makes the tiny tokenizers from the corpus: one rule for each kind of sub-word model.

Every function returns the tokenizer class of transformers for its family, so that what is saved is what
transformers writes. Only the BPE trainer of `tokenizers` breaks ties in a fixed order; the WordPiece and Unigram
vocabularies are therefore counted here: every character, the words that come twice, the most frequent pieces.
"""

import json
import math
import re
from collections import Counter

import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from .corpus import CORPUS

MAX_TOKENS = 24
BERT_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
XLM_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
# CamemBERT's own head of the vocabulary: <pad> is 1, <s> and </s> are 5 and 6.
CAMEMBERT_SPECIAL = ["<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>", "<unk>NOTUSED", "<s>", "</s>"]


def bert():
    """[PAD] is 0; accents go with the upper case."""
    return transformers.BertTokenizer(vocab=ids(BERT_SPECIAL + wordpieces(50)), model_max_length=MAX_TOKENS)


def distilbert():
    """As BERT, with fewer pieces."""
    return transformers.DistilBertTokenizer(vocab=ids(BERT_SPECIAL + wordpieces(30)), model_max_length=MAX_TOKENS)


def mpnet():
    """WordPiece with RoBERTa's special tokens, but BERT's [UNK]; the mask is the last id, as in mpnet-base."""
    tokens = ["<s>", "<pad>", "</s>", "[UNK]"] + wordpieces(40) + ["<mask>"]
    return transformers.MPNetTokenizer(vocab=ids(tokens), model_max_length=MAX_TOKENS)


def roberta():
    """Byte-level BPE over all 256 bytes, so that any text has tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=len(XLM_SPECIAL) + 256 + 90,
        special_tokens=XLM_SPECIAL,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    trained = json.loads(tokenizer.to_str())["model"]
    return transformers.RobertaTokenizer(
        vocab={**trained["vocab"], "<mask>": len(trained["vocab"])},
        merges=[tuple(pair) for pair in trained["merges"]],
        model_max_length=MAX_TOKENS,
    )


def byte_level(special, pieces, **options):
    """The vocabulary and merges of a byte-level BPE."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=len(special) + 256 + pieces,
        special_tokens=special,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def around(tokenizer, begin, end):
    """Puts special tokens around every text."""
    parts = [token for token in (begin, "$A", end) if token]
    ids = [(token, tokenizer.token_to_id(token)) for token in (begin, end) if token]
    tokenizer.post_processor = processors.TemplateProcessing(single=" ".join(parts), special_tokens=ids)
    return tokenizer


def modernbert():
    """Byte-level BPE in tokenizer.json as it is, with BERT's special tokens around the text."""
    tokenizer = around(byte_level(BERT_SPECIAL, 60), "[CLS]", "[SEP]")
    names = dict(zip(["pad_token", "unk_token", "cls_token", "sep_token", "mask_token"], BERT_SPECIAL, strict=True))
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=MAX_TOKENS, **names)


def eurobert():
    """The same with Llama 3's special tokens: one at the beginning, one at the end."""
    special = ["<|begin_of_text|>", "<|end_of_text|>", "<|mask|>", "<|pad|>"]
    tokenizer = around(byte_level(special, 50), special[0], special[1])
    names = dict(zip(["bos_token", "eos_token", "mask_token", "pad_token"], special, strict=True))
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=MAX_TOKENS, **names)


def qwen3():
    """Qwen's byte-level BPE; a text ends with the token that also pads, on the left."""
    end = "<|endoftext|>"
    trained = json.loads(byte_level([end], 70).to_str())["model"]
    tokenizer = transformers.Qwen2Tokenizer(
        vocab=trained["vocab"],
        merges=[tuple(pair) for pair in trained["merges"]],
        padding_side="left",
        model_max_length=MAX_TOKENS,
    )
    around(tokenizer.backend_tokenizer, None, end)
    return tokenizer


def gemma3():
    """SentencePiece's BPE with bytes for unknown characters, `<bos>` before and `<eos>` after a text."""
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    # No piece goes over the end of a word, as in SentencePiece.
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    trainer = trainers.BpeTrainer(vocab_size=160, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    trained = json.loads(tokenizer.to_str())["model"]
    vocab = dict(trained["vocab"])
    vocab |= {f"<0x{byte:02X}>": len(vocab) + byte for byte in range(256)}
    return transformers.GemmaTokenizer(
        vocab=vocab,
        merges=[tuple(pair) for pair in trained["merges"]],
        add_bos_token=True,
        add_eos_token=True,
        model_max_length=MAX_TOKENS,
    )


def t5():
    """Unigram with `</s>` after a text and nothing before it."""
    scored = [(token, 0.0) for token in ("<pad>", "</s>", "<unk>")] + unigram_pieces(40)
    return transformers.T5Tokenizer(vocab=scored, extra_ids=0, model_max_length=MAX_TOKENS)


def albert():
    """Unigram after lower-casing, without accents."""
    scored = [(token, 0.0) for token in ("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]")] + unigram_pieces(40, plain=True)
    return transformers.AlbertTokenizer(vocab=scored, model_max_length=MAX_TOKENS)


def xlm_roberta():
    """Unigram with Metaspace and the fairseq order of the special tokens."""
    scored = [(token, 0.0) for token in XLM_SPECIAL] + unigram_pieces(50) + [("<mask>", 0.0)]
    return transformers.XLMRobertaTokenizer(vocab=scored, model_max_length=MAX_TOKENS)


def camembert():
    """Unigram with Metaspace; `<s>`, `</s>` are not where XLM-R has them."""
    scored = [(token, -100.0 if token == "<unk>NOTUSED" else 0.0) for token in CAMEMBERT_SPECIAL]
    return transformers.CamembertTokenizer(
        vocab=scored + unigram_pieces(30) + [("<mask>", 0.0)], model_max_length=MAX_TOKENS
    )


def wordpieces(inner):
    """Every letter at the head and inside of a word, the repeated words, the `inner` most frequent inner pieces."""
    normalizer, splitter = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
    words = Counter(word for text in CORPUS for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text)))
    letters = sorted(set("".join(words)))
    pieces = Counter()
    for word, count in words.items():
        for piece in substrings(word, 2, 3):
            if not word.startswith(piece):
                pieces["##" + piece] += count
    heads = letters + ["##" + letter for letter in letters if letter.isalpha()]
    return unique(heads + repeated(words) + most_frequent(pieces, inner))


def unigram_pieces(inner, plain=False):
    """Pieces with the logarithm of their share of all the counts, the likeliest first. `plain`: as ALBERT reads text."""
    normal = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()])
    texts = [normal.normalize_str(text) for text in CORPUS] if plain else CORPUS
    words = Counter(
        "▁" + word if word.isalpha() else word for text in texts for word in re.findall(r"\w+|[^\w\s]", text)
    )
    letters, pieces = Counter(), Counter()
    for word, count in words.items():
        for letter in word:
            letters[letter] += count
        for piece in substrings(word, 2, 4):
            pieces[piece] += count
    chosen = unique(sorted(letters) + repeated(words) + most_frequent(pieces, inner))
    counts = {piece: max(words[piece], pieces[piece], letters[piece]) for piece in chosen}
    total = sum(counts.values())
    scored = [(piece, round(math.log(count / total), 4)) for piece, count in counts.items()]
    return sorted(scored, key=lambda entry: (-entry[1], entry[0]))


def substrings(word, shortest, longest):
    """Every substring of `shortest` to `longest` letters, once for each place it stands at."""
    for length in range(shortest, longest + 1):
        for start in range(len(word) - length + 1):
            yield word[start : start + length]


def repeated(words):
    """The words that come more than once, in alphabetical order."""
    return sorted(word for word, count in words.items() if count > 1)


def most_frequent(pieces, number):
    """The `number` most frequent pieces; ties go by the alphabet."""
    return sorted(pieces, key=lambda piece: (-pieces[piece], piece))[:number]


def unique(tokens):
    """The tokens without repetition, each at its first place."""
    return list(dict.fromkeys(tokens))


def ids(tokens):
    """Token -> id, in the order given."""
    assert len(set(tokens)) == len(tokens), "a token is given twice"
    return {token: index for index, token in enumerate(tokens)}
