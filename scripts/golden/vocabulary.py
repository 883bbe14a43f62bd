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
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

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


def unigram_pieces(inner):
    """Pieces with the logarithm of their share of all the counts, the likeliest first."""
    words = Counter(
        "▁" + word if word.isalpha() else word for text in CORPUS for word in re.findall(r"\w+|[^\w\s]", text)
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
