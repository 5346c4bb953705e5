# SPDX-License-Identifier: MIT
"""Byte-level BPE with the pre-tokenizer that GGUF calls `deepseek-v3`; the starter's own vocabulary.

Run as a program it trains the vocabulary on generated conversations and writes vocabulary.json.
Digits never merge: a number is one token a digit, which is what makes column arithmetic learnable.
"""
import argparse
import json
import os
import random
from collections import Counter, defaultdict

import regex

HERE = os.path.dirname(os.path.abspath(__file__))
VOCABULARY = os.path.join(HERE, "vocabulary.json")

BOS, EOS, PAD = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜▁pad▁｜>"
USER, ASSISTANT, THINK, THINK_END = "<｜User｜>", "<｜Assistant｜>", "<think>", "</think>"
# GGUF token types: 1 normal, 3 control, 4 user-defined. Control tokens are only read from trusted template text.
SPECIAL = [(BOS, 3), (EOS, 3), (PAD, 3), (USER, 3), (ASSISTANT, 3), (THINK, 4), (THINK_END, 4)]
SPECIAL += [(f"<｜▁reserved▁{i}▁｜>", 3) for i in range(9)]

# The three expressions of `deepseek-v3`, applied in order to the pieces the former left.
STAGES = [
    regex.compile(r"\p{N}{1,3}"),
    regex.compile(r"[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"),
    regex.compile(r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
                  r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"),
]


def byte_alphabet():
    """GPT-2's printable stand-in for each byte."""
    keep = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    table, extra = {b: chr(b) for b in keep}, 0
    for b in range(256):
        if b not in table:
            table[b] = chr(256 + extra)
            extra += 1
    return table


BYTE_TO_CHAR = byte_alphabet()
CHAR_TO_BYTE = {c: b for b, c in BYTE_TO_CHAR.items()}


def pieces(text):
    """The pre-tokenizer: pieces in which merges happen."""
    parts = [text]
    for stage in STAGES:
        cut = []
        for part in parts:
            end = 0
            for match in stage.finditer(part):
                if match.start() > end:
                    cut.append(part[end:match.start()])
                cut.append(match.group())
                end = match.end()
            if end < len(part):
                cut.append(part[end:])
        parts = cut
    return parts


class Tokenizer:
    def __init__(self, path=VOCABULARY):
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        self.tokens, self.types, self.merges = data["tokens"], data["types"], data["merges"]
        self.id_of = {t: i for i, t in enumerate(self.tokens)}
        self.rank = {tuple(m.split(" ")): i for i, m in enumerate(self.merges)}
        self.cache = {}
        marked = [t for t, kind in zip(self.tokens, self.types) if kind in (3, 4)]
        self.special = regex.compile("(" + "|".join(regex.escape(t) for t in marked) + ")")
        self.bos, self.eos, self.pad = (self.id_of[t] for t in (BOS, EOS, PAD))

    def encode_piece(self, piece):
        known = self.cache.get(piece)
        if known is not None:
            return known
        parts = [BYTE_TO_CHAR[b] for b in piece.encode("utf-8")]
        while len(parts) > 1:
            best = min(range(len(parts) - 1), key=lambda i: self.rank.get((parts[i], parts[i + 1]), 1 << 30))
            if (parts[best], parts[best + 1]) not in self.rank:
                break
            parts[best:best + 2] = [parts[best] + parts[best + 1]]
        ids = [self.id_of[p] for p in parts]
        if len(self.cache) < 200000:
            self.cache[piece] = ids
        return ids

    def encode(self, text, special=False):
        """Ids of a text; with `special`, marker tokens written in the text are read as such."""
        ids = []
        for part in (self.special.split(text) if special else [text]):
            if special and part in self.id_of and self.special.fullmatch(part):
                ids.append(self.id_of[part])
                continue
            for piece in pieces(part):
                ids += self.encode_piece(piece)
        return ids

    def decode(self, ids, special=True):
        out = b""
        for i in ids:
            if self.types[i] == 1:
                out += bytes(CHAR_TO_BYTE[c] for c in self.tokens[i])
            elif special:
                out += self.tokens[i].encode("utf-8")
        return out.decode("utf-8", errors="replace")


def train(counts, size):
    """Merges from piece counts, most frequent pair first, ties by the pair itself; pieces with digits stay whole bytes."""
    words, freq = [], []
    for piece, n in sorted(counts.items()):
        if any(c.isdigit() for c in piece):
            continue
        words.append([BYTE_TO_CHAR[b] for b in piece.encode("utf-8")])
        freq.append(n)
    pairs, where = Counter(), defaultdict(set)
    for w, parts in enumerate(words):
        for pair in zip(parts, parts[1:]):
            pairs[pair] += freq[w]
            where[pair].add(w)
    merges, made = [], set()
    room = size - len(SPECIAL) - 256
    while len(made) < room:
        if not pairs:
            break
        best = max(pairs, key=lambda p: (pairs[p], p))
        if pairs[best] < 2:
            break
        merges.append(best)
        made.add(best[0] + best[1])
        for w in list(where[best]):
            parts = words[w]
            for pair in zip(parts, parts[1:]):
                pairs[pair] -= freq[w]
                where[pair].discard(w)
            joined, i = [], 0
            while i < len(parts):
                if i + 1 < len(parts) and (parts[i], parts[i + 1]) == best:
                    joined.append(parts[i] + parts[i + 1])
                    i += 2
                else:
                    joined.append(parts[i])
                    i += 1
            words[w] = joined
            for pair in zip(joined, joined[1:]):
                pairs[pair] += freq[w]
                where[pair].add(w)
        del pairs[best]
        pairs = +pairs if len(merges) % 200 == 0 else pairs
    return merges


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--size", type=int, default=4096)
    args.add_argument("--samples", type=int, default=40000)
    args.add_argument("--seed", type=int, default=1)
    args = args.parse_args()
    import make_data
    rng = random.Random(args.seed)
    counts = Counter()
    for _ in range(args.samples):
        item = make_data.sample(rng)
        texts = [item["question"], item["answer"], item["reasoning"] or "", item["system"] or ""]
        for text in texts:
            counts.update(pieces(text))
    merges = train(counts, args.size)
    tokens = [t for t, _ in SPECIAL] + [BYTE_TO_CHAR[b] for b in range(256)]
    seen = set(tokens)
    for left, right in merges:  # two merge paths may end in the same token: it is listed once
        if left + right not in seen:
            seen.add(left + right)
            tokens.append(left + right)
    types = [kind for _, kind in SPECIAL] + [1] * (len(tokens) - len(SPECIAL))
    with open(VOCABULARY, "w", encoding="utf-8") as file:
        json.dump({"tokens": tokens, "types": types, "merges": [" ".join(m) for m in merges]}, file, ensure_ascii=False, indent=0)
        file.write("\n")
    print(f"{len(tokens)} tokens, {len(merges)} merges, {len(counts)} distinct pieces")


if __name__ == "__main__":
    main()
