# SPDX-License-Identifier: MIT
"""How people really type: politeness, missing accents, capitals, punctuation, slips of the finger.

Only questions pass through here; answers always keep their spelling. Digits are never touched, so that the
answer to a sum stays right.
"""
import unicodedata

BEFORE = {
    "en": ["Please, ", "Hey, ", "Hi, ", "Hello, ", "So, ", "Ok, ", "Tell me, ", "Can you tell me: ", "Quick question: ",
           "I would like to know: ", "One question: ", "Excuse me, ", "And ", "Well, ", "Now, ", "Good morning, "],
    "fr": ["S'il te plaît, ", "Bonjour, ", "Salut, ", "Dis-moi, ", "Dites-moi, ", "Alors, ", "Bon, ", "Une question : ",
           "Peux-tu me dire : ", "Je voudrais savoir : ", "Excusez-moi, ", "Et ", "Petite question : ", "Ok, ", "Maintenant, ",
           "Bonsoir, "],
}
AFTER = {
    "en": [" please", ", please", " Thanks!", " thank you", " Thanks.", " I am curious", " I need to know"],
    "fr": [" s'il te plaît", " s'il vous plaît", " stp", " svp", ", merci", " Merci !", " Merci d'avance."],
}


def without_accents(text):
    """Drops combining marks, as on a keyboard without accents."""
    folded = unicodedata.normalize("NFD", text)
    return "".join(c for c in folded if not unicodedata.combining(c))


def slip(text, rng):
    """One slip of the finger between two letters: swap, drop or double."""
    places = [i for i in range(1, len(text) - 1) if text[i].isalpha() and text[i - 1].isalpha() and text[i + 1].isalpha()]
    if not places:
        return text
    i = rng.choice(places)
    kind = rng.random()
    if kind < 0.4:
        return text[:i] + text[i + 1] + text[i] + text[i + 2:]
    if kind < 0.8:
        return text[:i] + text[i + 1:]
    return text[:i] + text[i] + text[i:]


def end_mark(text, lang, rng):
    """Varies the last sign: none, doubled, or the French space before it left out."""
    bare = text.rstrip(" ?!.")
    mark = text[len(bare):].strip()
    kind = rng.random()
    if kind < 0.55 or not bare:
        return text
    if kind < 0.80:
        return bare
    if kind < 0.90 and mark:
        return bare + mark
    if kind < 0.95 and mark:
        return bare + (" " if lang == "fr" else "") + mark * rng.choice([2, 3])
    return bare + "."


def dress(text, lang, rng, plain=0.35):
    """A question as somebody might type it. `plain` is the share left exactly as written."""
    if rng.random() < plain:
        return text
    if rng.random() < 0.18 and len(text) < 120:
        lead = rng.choice(BEFORE[lang])
        follow = text
        if len(text) > 1 and text[0].isupper() and text[1:2].islower() and rng.random() < 0.8:
            follow = text[0].lower() + text[1:]
        text = lead + follow
    text = end_mark(text, lang, rng)
    if rng.random() < 0.08 and len(text) < 120:
        text = text.rstrip(" .") + rng.choice(AFTER[lang])
    case = rng.random()
    if case < 0.30:
        text = text.lower()
    elif case < 0.33:
        text = text.upper()
    elif case < 0.40 and text:
        text = text[0].lower() + text[1:]
    if rng.random() < (0.15 if lang == "fr" else 0.02):
        text = without_accents(text)
    if rng.random() < 0.05:
        text = text.replace("'", "\u2019")
    if rng.random() < 0.12:
        text = slip(text, rng)
        if rng.random() < 0.25:
            text = slip(text, rng)
    if rng.random() < 0.02:
        text = text + rng.choice([" ", "\n", "  "])
    return text
