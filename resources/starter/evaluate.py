#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Figures on questions that training never saw.

usage: evaluate.py MODEL.gguf|MODEL.pt [--each 60] [--temperature 0] [--seed 7] [--show]
Three kinds of novelty: pairs of numbers held out, phrasings held out, and subjects held out for what it must refuse.
An answer counts as right when the number is right (sums) or when it is, word for word, one of the answers of the
right intent in the right language.
"""
import argparse
import random
import re

import torch

import sample as sampler
import tokenizer as tk
from corpus import about, arithmetic, unknown


def sums(each, rng):
    """(group, turns, check) for arithmetic: new pairs in known and in new phrasings."""
    for op in "+-":
        for k in range(each):
            while True:
                a, b = rng.randrange(100), rng.randrange(100)
                if op == "-" and a < b:
                    a, b = b, a
                if arithmetic.is_held_out(op, a, b):
                    break
            yield f"{arithmetic.SIGN[op]} up to 99", op, a, b, k
    for k in range(each):
        while True:
            a, b = rng.randrange(10, 100), rng.randrange(2, 10)
            if arithmetic.is_held_out("*", a, b):
                break
        yield "× 2 by 1 digit", "*", a, b, k


def cases(each, rng):
    out = []
    for label, op, a, b, k in sums(each, rng):
        lang = ("en", "fr")[k % 2]
        new = (k // 2) % 2 == 1
        value = a + b if op == "+" else a - b if op == "-" else a * b
        text = arithmetic.question(op, a, b, lang, rng, held_out=new)
        out.append((f"{label}, {'new' if new else 'known'} phrasing", text, lambda s, v=value: re.findall(r"-?\d+", s)[-1:] == [str(v)]))
    for lang in ("en", "fr"):
        for name, by_lang in about.INTENTS:
            questions, _, answers = by_lang[lang]
            out.append((f"greeting, identity, application ({lang}), new phrasing", questions[-1], lambda s, a=answers: s in a))
        for _ in range(each):
            text, _, _ = unknown.unknown(lang, rng, held_out=True)
            out.append((f"unknown ({lang}), new subject and phrasing", text, lambda s, a=unknown.SAY[lang]: s in a))
        for _ in range(each // 2):
            text, _, _ = arithmetic.beyond(lang, rng)
            allowed = arithmetic.TOO_MUCH_SAY["en"][1] + arithmetic.TOO_MUCH_SAY["fr"][1] + arithmetic.NO_SUCH_SAY["en"][1] + arithmetic.NO_SUCH_SAY["fr"][1]
            out.append((f"calculation beyond its range ({lang})", text, lambda s, a=allowed: s in a))
    return out


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("model")
    args.add_argument("--each", type=int, default=60)
    args.add_argument("--temperature", type=float, default=0.0)
    args.add_argument("--seed", type=int, default=7)
    args.add_argument("--show", action="store_true", help="print the wrong answers")
    args = args.parse_args()
    vocab, model = tk.Tokenizer(), sampler.load(args.model)
    torch.set_num_threads(1)
    asked = cases(args.each, random.Random(args.seed))
    texts = sampler.generate(model, vocab, [sampler.prompt_ids(vocab, [(q, None)]) for _, q, _ in asked], args.temperature, args.seed, limit=220)
    table = {}
    for (group, question, check), text in zip(asked, texts):
        closed = tk.THINK_END in text
        right = closed and check(text.split(tk.THINK_END)[-1].strip())
        row = table.setdefault(group, [0, 0])
        row[0] += right
        row[1] += 1
        if args.show and not right:
            print(f"[{group}] {question!r}\n    -> {text!r}")
    for group, (right, count) in table.items():
        print(f"{group:62} {right:4} of {count:4}  {100 * right / count:5.1f} %")
    right, count = (sum(row[k] for row in table.values()) for k in (0, 1))
    print(f"{'all':62} {right:4} of {count:4}  {100 * right / count:5.1f} %")


if __name__ == "__main__":
    main()
