#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The training conversations, in any number, from a seed.

usage: make_data.py [COUNT] [--seed N]      prints COUNT samples as JSON lines
A sample: {"kind", "lang", "system" or null, "turns": [[question, answer], ...], "question", "reasoning" or null, "answer"}.
`turns` is the past as the chat template shows it, earlier reasoning removed. reasoning null: thinking is off.
"""
import argparse
import json
import random

from corpus import about, arithmetic, style, unknown

# The mixture, in shares of samples.
MIX = (("arithmetic", 0.60), ("about", 0.17), ("unknown", 0.10), ("beyond", 0.09), ("name", 0.04))
SAY_RESULT = {
    "en": ["And if I add {b}?", "Plus {b}?", "And plus {b}?", "Now add {b}.", "+ {b}", "And + {b}?"],
    "fr": ["Et si j'ajoute {b} ?", "Plus {b} ?", "Et plus {b} ?", "Maintenant ajoute {b}.", "+ {b}", "Et + {b} ?"],
}


# What people write first, asked more often than the rest.
OFTEN = {"hello": 5, "how_are_you": 2, "thanks": 2, "goodbye": 2, "who": 4, "can_do": 3, "open_model": 2}
INTENTS = [intent for intent in about.INTENTS for _ in range(OFTEN.get(intent[0], 1))]


def about_sample(lang, rng):
    """A greeting, or a question on the model or the application. The last phrasing of each intent is held out."""
    _, by_lang = rng.choice(INTENTS)
    questions, why, say = by_lang[lang]
    return rng.choice(questions[:-1]), rng.choice(why), rng.choice(say)


def single(kind, lang, rng):
    """(question, reasoning, answer) of one kind."""
    if kind == "arithmetic":
        op = rng.choice("++---*")
        a, b = arithmetic.draw_pair(op, rng)
        text = arithmetic.question(op, a, b, lang, rng)
        why, say = arithmetic.solved(op, a, b, lang, rng)
        return text, why, say
    if kind == "beyond":
        return arithmetic.beyond(lang, rng)
    if kind == "unknown":
        return unknown.unknown(lang, rng)
    return about_sample(lang, rng)


def pick_kind(rng):
    at = rng.random()
    for kind, share in MIX:
        at -= share
        if at < 0:
            return kind
    return "arithmetic"


def history(lang, rng, count):
    """Earlier turns, without their reasoning."""
    turns = []
    while len(turns) < count:
        kind = pick_kind(rng)
        if kind == "name":
            continue
        text, _, say = single(kind, lang, rng)
        turns.append([style.dress(text, lang, rng), say])
    return turns


def name_sample(lang, rng):
    """The person gives a name, or asks for it later in the conversation."""
    tell, why_tell, say_tell, ask, why_ask, say_ask, why_none, say_none = about.NAME_TURNS[lang]
    name = rng.choice(about.NAMES) if rng.random() < 0.8 else unknown.invented(rng).capitalize()
    told = rng.choice(tell).format(n=name)
    kind = rng.random()
    if kind < 0.3:
        return [], told, why_tell.format(n=name), rng.choice(say_tell).format(n=name)
    if kind < 0.4:
        return history(lang, rng, rng.choice([0, 0, 1, 2])), rng.choice(ask), why_none, rng.choice(say_none)
    turns = history(lang, rng, rng.choice([0, 0, 0, 1])) + [[told, rng.choice(say_tell).format(n=name)]] + history(lang, rng, rng.choice([0, 0, 1, 1, 2, 3]))
    return turns, rng.choice(ask), why_ask.format(n=name), rng.choice(say_ask).format(n=name)


def follow_up(lang, rng):
    """A sum on the result of the sum before."""
    while True:
        op = rng.choice("+-*")
        a, b = arithmetic.draw_pair(op, rng)
        _, value = arithmetic.steps(op, a, b, lang)
        more = rng.randrange(1, 100)
        if 0 <= value < 100 and not arithmetic.is_held_out("+", value, more):
            break
    _, say = arithmetic.solved(op, a, b, lang, rng)
    why, answer = arithmetic.solved("+", value, more, lang, rng)
    return [[arithmetic.question(op, a, b, lang, rng), say]], rng.choice(SAY_RESULT[lang]).format(b=more), why, answer


def sample(rng):
    """One training conversation."""
    lang = rng.choice(["en", "fr"])
    kind = pick_kind(rng)
    turns = []
    if kind == "name":
        turns, text, why, say = name_sample(lang, rng)
    elif kind == "arithmetic" and rng.random() < 0.04:
        turns, text, why, say = follow_up(lang, rng)
    else:
        text, why, say = single(kind, lang, rng)
        shape = rng.random()
        if shape < 0.08:
            turns = history(lang, rng, rng.choice([1, 1, 1, 2, 2, 3, 4]))
        elif shape < 0.081:
            turns = history(lang, rng, rng.randrange(8, 40))
        if turns and rng.random() < 0.15:  # the language changes on the way: the last question decides
            turns = history("fr" if lang == "en" else "en", rng, len(turns))
    system = None
    if rng.random() < 0.08:
        system = rng.choice(about.SYSTEM[lang if rng.random() < 0.7 else rng.choice(["en", "fr"])])
    thinking = rng.random() >= 0.04
    if not thinking and kind == "arithmetic":
        say = why + "\n\n" + say  # without a reasoning block the steps stand in the answer
    return {"kind": kind, "lang": lang, "system": system, "turns": turns, "question": style.dress(text, lang, rng),
            "reasoning": why if thinking else None, "answer": say}


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("count", nargs="?", type=int, default=20)
    args.add_argument("--seed", type=int, default=1)
    args = args.parse_args()
    rng = random.Random(args.seed)
    for _ in range(args.count):
        print(json.dumps(sample(rng), ensure_ascii=False))


if __name__ == "__main__":
    main()
