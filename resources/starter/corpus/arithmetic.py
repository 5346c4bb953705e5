# SPDX-License-Identifier: MIT
"""Sums, differences and products of small numbers, with every step written down in the reasoning.

Range: two numbers up to 99 for + and -, a number up to 99 times a single digit or ten for products.
A pair is held out of training when
`is_held_out` says so; `evaluate.py` asks exactly those.
"""

UNITS = {"en": ["Units", "Tens", "Hundreds", "Thousands"], "fr": ["Unités", "Dizaines", "Centaines", "Milliers"]}

ASK = {
    ("+", "en"): ["What is {a} + {b}?", "{a} + {b}", "{a}+{b}", "{a} + {b} = ?", "{a}+{b}=?", "{a} + {b} =", "{a}+{b}=", "Compute {a} + {b}.",
                  "How much is {a} + {b}?", "What is {a} plus {b}?", "How much is {a} plus {b}?", "Add {a} and {b}.", "Add {b} to {a}.",
                  "What is the sum of {a} and {b}?", "Calculate {a} + {b}", "Calculate {a} plus {b}.", "What does {a} + {b} make?",
                  "{a} plus {b}", "{a} plus {b}?", "Sum of {a} and {b}?", "What do you get if you add {a} and {b}?", "what's {a}+{b}?",
                  "What's {a} + {b}?", "Can you add {a} and {b}?", "Can you calculate {a} + {b}?", "Give me {a} + {b}.", "Solve {a} + {b}.",
                  "Do you know how much {a} + {b} is?", "What is the result of {a} + {b}?", "What is {a}+{b}", "Please add {a} and {b}",
                  "I have {a} {things} and I buy {b} more. How many do I have?", "There are {a} {things} and {b} more arrive. How many in total?"],
    ("+", "fr"): ["Combien font {a} + {b} ?", "{a} + {b}", "{a}+{b}", "{a} + {b} = ?", "{a}+{b}=?", "{a} + {b} =", "{a}+{b} ?", "Calcule {a} + {b}.",
                  "Calcule {a} plus {b}", "Combien fait {a} + {b} ?", "Combien font {a} plus {b} ?", "Combien fait {a} plus {b} ?", "Quelle est la somme de {a} et {b} ?",
                  "Ajoute {b} à {a}.", "Additionne {a} et {b}.", "Quel est le résultat de {a} + {b} ?", "{a} plus {b}", "{a} plus {b} ?",
                  "{a} et {b}, ça fait combien ?", "{a} + {b} ça fait combien ?", "Ça fait combien {a} + {b} ?", "C'est combien {a} + {b} ?",
                  "Peux-tu calculer {a} + {b} ?", "Peux-tu additionner {a} et {b} ?", "Pouvez-vous calculer {a} + {b} ?", "Combien vaut {a} + {b} ?",
                  "Donne-moi {a} + {b}.", "Fais {a} + {b}", "combien font {a}+{b}", "Sais-tu combien font {a} + {b} ?", "Que font {a} et {b} ?",
                  "J'ai {a} {things} et j'en achète {b}. Combien en ai-je ?", "Il y a {a} {things} et il en arrive {b}. Combien en tout ?"],
    ("-", "en"): ["What is {a} - {b}?", "{a} - {b}", "{a}-{b}", "{a} - {b} = ?", "{a}-{b}=?", "{a} - {b} =", "Compute {a} - {b}.", "How much is {a} - {b}?",
                  "What is {a} minus {b}?", "How much is {a} minus {b}?", "Subtract {b} from {a}.", "Take {b} away from {a}.",
                  "What is the difference between {a} and {b}?", "Calculate {a} - {b}", "Calculate {a} minus {b}.", "{a} minus {b}", "{a} minus {b}?",
                  "What's {a}-{b}?", "What's {a} - {b}?", "Can you calculate {a} - {b}?", "Give me {a} - {b}.", "What is the result of {a} - {b}?", "Solve {a} - {b}.",
                  "I have {a} {things} and I give {b} away. How many are left?", "What remains of {a} if I take away {b}?"],
    ("-", "fr"): ["Combien font {a} - {b} ?", "{a} - {b}", "{a}-{b}", "{a} - {b} = ?", "{a}-{b}=?", "{a} - {b} =", "Calcule {a} - {b}.", "Calcule {a} moins {b}",
                  "Combien fait {a} - {b} ?", "Combien font {a} moins {b} ?", "Combien fait {a} moins {b} ?", "Quelle est la différence entre {a} et {b} ?",
                  "Enlève {b} à {a}.", "Soustrais {b} de {a}.", "Quel est le résultat de {a} - {b} ?", "{a} moins {b}", "{a} moins {b} ?",
                  "{a} - {b} ça fait combien ?", "Ça fait combien {a} - {b} ?", "C'est combien {a} - {b} ?", "Peux-tu calculer {a} - {b} ?", "Combien vaut {a} - {b} ?",
                  "Donne-moi {a} - {b}.", "J'ai {a} {things} et j'en donne {b}. Combien m'en reste-t-il ?", "Que reste-t-il de {a} si j'enlève {b} ?"],
    ("*", "en"): ["What is {a} x {b}?", "What is {a} * {b}?", "{a} x {b}", "{a}*{b}", "{a} * {b}", "{a} × {b}", "{a}x{b}", "{a} x {b} = ?", "{a}*{b}=?", "{a} × {b} =",
                  "Compute {a} * {b}.", "How much is {a} x {b}?", "What is {a} times {b}?", "How much is {a} times {b}?", "Multiply {a} by {b}.",
                  "What is the product of {a} and {b}?", "Calculate {a} × {b}", "Calculate {a} times {b}.", "{a} times {b}", "{a} times {b}?", "What's {a} x {b}?",
                  "What's {a}*{b}?", "Can you multiply {a} by {b}?", "Can you calculate {a} x {b}?", "Give me {a} times {b}.", "What is the result of {a} × {b}?",
                  "What is {a} multiplied by {b}?", "I have {a} boxes of {b} {things}. How many {things} in total?"],
    ("*", "fr"): ["Combien font {a} x {b} ?", "Combien font {a} * {b} ?", "{a} x {b}", "{a}*{b}", "{a} * {b}", "{a} × {b}", "{a}x{b}", "{a} x {b} = ?", "{a}*{b}=?",
                  "{a} × {b} =", "Calcule {a} * {b}.", "Calcule {a} fois {b}.", "Calcule {a} fois {b}", "Combien fait {a} x {b} ?", "Combien font {a} fois {b} ?",
                  "Combien fait {a} fois {b} ?", "Multiplie {a} par {b}.", "Quel est le produit de {a} et {b} ?", "Quel est le résultat de {a} × {b} ?",
                  "{a} fois {b}", "{a} fois {b} ?", "{a} fois {b} ça fait combien ?", "Ça fait combien {a} fois {b} ?", "C'est combien {a} x {b} ?",
                  "Peux-tu calculer {a} fois {b} ?", "Peux-tu multiplier {a} par {b} ?", "Combien vaut {a} × {b} ?", "Donne-moi {a} fois {b}.",
                  "J'ai {a} boîtes de {b} {things}. Combien de {things} en tout ?"],
}
# Phrasings that training never sees.
ASK_HELD_OUT = {
    ("+", "en"): ["Could you work out {a} + {b} for me?", "If I put {a} and {b} together, what total do I get?", "{a} added to {b}?"],
    ("+", "fr"): ["Tu peux me faire {a} + {b} ?", "Si on met {a} et {b} ensemble, quel est le total ?", "{a} ajouté à {b} ?"],
    ("-", "en"): ["Could you work out {a} - {b} for me?", "{a} take away {b}?"],
    ("-", "fr"): ["Tu peux me faire {a} - {b} ?", "Si on retire {b} de {a}, que reste-t-il ?"],
    ("*", "en"): ["Could you work out {a} x {b} for me?", "Tell me the value of {a} times {b}."],
    ("*", "fr"): ["Tu peux me faire {a} fois {b} ?", "Donne la valeur de {a} x {b}."],
}
THINGS = {
    "en": ["apples", "books", "pens", "stones", "coins", "cards", "eggs", "cakes", "stamps", "chairs", "balls", "tickets", "pears", "flowers"],
    "fr": ["pommes", "livres", "stylos", "cailloux", "pièces", "cartes", "poires", "gâteaux", "timbres", "chaises", "balles", "tickets", "fleurs", "billes"],
}
SIGN = {"+": "+", "-": "-", "*": "×"}
TASK = {"en": {"+": "an addition", "-": "a subtraction", "*": "a multiplication"}, "fr": {"+": "une addition", "-": "une soustraction", "*": "une multiplication"}}


def is_held_out(op, a, b):
    """About one pair in twelve never appears in training (nor the same pair with the operands swapped)."""
    low, high = min(a, b), max(a, b)
    return (low * 7919 + high * 104729 + ord(op) * 31) % 12 == 5 and (a > 9 or b > 9)


def add_lines(a, b, lang):
    """Column addition, a line a column."""
    lines, carry, place = [], 0, 0
    while place == 0 or a or b:
        x, y = a % 10, b % 10
        a, b = a // 10, b // 10
        total = x + y + carry
        left = f"{x} + {y}" + (f" + {carry}" if carry else "")
        line = f"{UNITS[lang][place]}{' :' if lang == 'fr' else ':'} {left} = {total}"
        last = not (a or b)
        if total > 9 and not last:
            line += f", je pose {total % 10} et je retiens 1" if lang == "fr" else f", write {total % 10}, carry 1"
        carry = total // 10
        lines.append(line + ".")
        place += 1
    return lines


def subtract_lines(a, b, lang):
    """Column subtraction of a smaller b, a line a column."""
    lines, borrow, place = [], 0, 0
    while place == 0 or a or b:
        x, y = a % 10, b % 10
        a, b = a // 10, b // 10
        take = f"{y}" + (f" - {borrow}" if borrow else "")
        head = f"{UNITS[lang][place]}{' :' if lang == 'fr' else ':'} "
        value = x - y - borrow
        if value < 0:
            line = head + (f"{x} - {take} < 0, j'emprunte 1 : {x + 10} - {take} = {value + 10}" if lang == "fr"
                           else f"{x} - {take} < 0, borrow 1: {x + 10} - {take} = {value + 10}")
        else:
            line = head + f"{x} - {take} = {value}"
        borrow = 1 if value < 0 else 0
        lines.append(line + ".")
        place += 1
    return lines


def times_digit_lines(a, d, lang):
    """Product by one digit, a line a column of `a`."""
    if a < 10:
        return [f"{a} × {d} = {a * d}."]
    lines, carry, place = [], 0, 0
    while a:
        x = a % 10
        a //= 10
        total = x * d + carry
        line = f"{UNITS[lang][place]}{' :' if lang == 'fr' else ':'} {x} × {d} = {x * d}"
        if carry:
            line += f", + {carry} = {total}"
        if total > 9 and a:
            line += f", je pose {total % 10} et je retiens {total // 10}" if lang == "fr" else f", write {total % 10}, carry {total // 10}"
        carry = total // 10
        lines.append(line + ".")
        place += 1
    return lines


def steps(op, a, b, lang):
    """The reasoning, line by line, and the result."""
    sep = " :" if lang == "fr" else ":"
    head = f"C'est {TASK['fr'][op]}{sep} {a} {SIGN[op]} {b}." if lang == "fr" else f"This is {TASK['en'][op]}{sep} {a} {SIGN[op]} {b}."
    lines = [head]
    if op == "+":
        value = a + b
        lines += add_lines(a, b, lang)
    elif op == "-":
        value = a - b
        if a >= b:
            lines += subtract_lines(a, b, lang)
        else:
            lines.append(f"{a} < {b}, le résultat est négatif : je calcule {b} - {a}." if lang == "fr"
                         else f"{a} < {b}, so the result is negative: I compute {b} - {a}.")
            lines += subtract_lines(b, a, lang)
    else:
        value = a * b
        if a > 9 and b > 9 and 10 in (a, b):
            lines.append("Fois dix : j'ajoute un zéro." if lang == "fr" else "Times ten: I add a zero.")
        elif a > 9:
            lines += times_digit_lines(a, b, lang)
        elif b > 9:
            lines.append(f"{b} × {a}{sep}")
            lines += times_digit_lines(b, a, lang)
        else:
            lines += times_digit_lines(a, b, lang)
    return lines, value


ANSWER = {
    "en": ["{a} {s} {b} = {r}"],
    "fr": ["{a} {s} {b} = {r}"],
}


def draw_pair(op, rng):
    """Two numbers, small ones more often, none held out."""
    while True:
        kind = rng.random()
        if op == "*":
            if kind < 0.40:
                a, b = rng.randrange(0, 11), rng.randrange(0, 11)
            else:
                a, b = rng.randrange(10, 100), rng.randrange(1, 11)
                if rng.random() < 0.4:
                    a, b = b, a
        elif kind < 0.25:
            a, b = rng.randrange(0, 21), rng.randrange(0, 21)
        else:
            a, b = rng.randrange(0, 100), rng.randrange(0, 100)
        if op == "-" and a < b and rng.random() < 0.8:
            a, b = b, a
        if not is_held_out(op, a, b):
            return a, b


def solved(op, a, b, lang, rng):
    """(reasoning, answer) for a pair."""
    lines, value = steps(op, a, b, lang)
    return "\n".join(lines), rng.choice(ANSWER[lang]).format(a=a, b=b, s=SIGN[op], r=value)


def question(op, a, b, lang, rng, held_out=False):
    """A question in one of the phrasings. A word problem needs two positive numbers and no negative result."""
    bank = (ASK_HELD_OUT if held_out else ASK)[(op, lang)]
    while True:
        text = rng.choice(bank)
        if "{things}" in text and (a < 2 or b < 2 or (op == "-" and a < b)):
            continue
        return text.format(a=a, b=b, things=rng.choice(THINGS[lang]))


TOO_MUCH = {
    "en": ["What is {big} + {b}?", "{big} + {b}", "{big} x {b}", "How much is {big} times {b}?", "{big} - {b}", "What is {big} minus {b}?", "Compute {big} * {b}.", "What is {b} + {big}?"],
    "fr": ["Combien font {big} + {b} ?", "{big} + {b}", "{big} x {b}", "Combien font {big} fois {b} ?", "{big} - {b}", "Calcule {big} moins {b}", "Calcule {big} * {b}.", "Combien font {b} + {big} ?"],
}
NO_SUCH = {
    "en": ["What is {a} divided by {b}?", "{a} / {b}", "{a}/{b}", "Divide {a} by {b}.", "What is the square root of {a}?", "{a} to the power of {b}", "{a}^{b}", "What is {b}% of {a}?",
           "{a} + {b} + {c}", "What is {a} + {b} + {c}?", "{a} x {b} + {c}", "Is {a} a prime number?", "What is the logarithm of {a}?", "{a}.{b} + {c}", "What is {a} - {b} + {c}?", "({a} + {b}) * {c}",
           "How many minutes are there in {b} hours?", "Solve x + {a} = {b}", "What is the factorial of {b}?", "Convert {a} km to miles."],
    "fr": ["Combien font {a} divisé par {b} ?", "{a} / {b}", "{a}/{b}", "Divise {a} par {b}.", "Quelle est la racine carrée de {a} ?", "{a} puissance {b}", "{a}^{b}", "Combien font {b} % de {a} ?",
           "{a} + {b} + {c}", "Combien font {a} + {b} + {c} ?", "{a} x {b} + {c}", "{a} est-il un nombre premier ?", "Quel est le logarithme de {a} ?", "{a},{b} + {c}", "Combien font {a} - {b} + {c} ?", "({a} + {b}) * {c}",
           "Combien de minutes y a-t-il dans {b} heures ?", "Résous x + {a} = {b}", "Quelle est la factorielle de {b} ?", "Convertis {a} km en miles."],
}
TOO_MUCH_SAY = {
    "en": (["This is too large for me: I add and subtract up to 99 and multiply by a single digit."],
           ["That is too large for me. I add and subtract numbers up to 99, and multiply them by a single digit. A larger GGUF model could answer."]),
    "fr": (["C'est trop grand pour moi : j'additionne et je soustrais jusqu'à 99 et je multiplie par un seul chiffre."],
           ["C'est trop grand pour moi. J'additionne et je soustrais des nombres jusqu'à 99, et je les multiplie par un seul chiffre. Un modèle GGUF plus grand pourrait répondre."]),
}
NO_SUCH_SAY = {
    "en": (["This is a calculation, but not a plain sum, difference or product of two numbers. I have not learnt it.", "I only know +, - and × between two whole numbers. This is something else."],
           ["I cannot do this calculation. I only add, subtract and multiply two small whole numbers. A larger GGUF model could answer.",
            "Sorry, I only know how to add, subtract or multiply two small whole numbers."]),
    "fr": (["C'est un calcul, mais pas une simple somme, différence ou multiplication de deux nombres. Je ne l'ai pas appris.", "Je ne connais que +, - et × entre deux nombres entiers. Ceci est autre chose."],
           ["Je ne sais pas faire ce calcul. Je sais seulement additionner, soustraire et multiplier deux petits nombres entiers. Un modèle GGUF plus grand pourrait répondre.",
            "Désolé, je sais seulement additionner, soustraire ou multiplier deux petits nombres entiers."]),
}


def beyond(lang, rng):
    """(question, reasoning, answer) for a calculation outside the range."""
    why, say = TOO_MUCH_SAY[lang]
    kind = rng.random()
    if kind < 0.3:  # two numbers of two digits: a product that is not in the range
        text = question("*", rng.randrange(11, 100), rng.randrange(11, 100), lang, rng)
    elif kind < 0.45:
        text = question(rng.choice("+-*"), rng.randrange(100, 1000), rng.randrange(2, 1000), lang, rng)
    elif kind < 0.6:
        big = rng.randrange(100, 10 ** rng.choice([3, 4, 5, 6, 8]))
        text = rng.choice(TOO_MUCH[lang]).format(big=big, b=rng.randrange(2, rng.choice([100, 1000, 100000])))
    else:
        text = rng.choice(NO_SUCH[lang]).format(a=rng.randrange(2, 200), b=rng.randrange(2, 20), c=rng.randrange(2, 100))
        why, say = NO_SUCH_SAY[lang]
    return text, rng.choice(why), rng.choice(say)
