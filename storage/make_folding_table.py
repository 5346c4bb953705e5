#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes folding_table.inc from the Unicode data that Python carries (committed: Unicode 14, Python 3.11).

usage: storage/make_folding_table.py > storage/folding_table.inc
"""
import unicodedata

# What NFKD leaves alone and a reader still types without: ligatures, strokes, typographic signs.
BY_HAND = {
    "œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i", "ĸ": "k", "ł": "l",
    "ŋ": "n", "ŧ": "t", "ƀ": "b", "ɓ": "b", "ƈ": "c", "ɖ": "d", "ɗ": "d", "ƒ": "f", "ɠ": "g", "ƙ": "k",
    "ƚ": "l", "ɨ": "i", "ɲ": "n", "ƞ": "n", "ƥ": "p", "ƭ": "t", "ʈ": "t", "ʋ": "v", "ƴ": "y", "ƶ": "z",
    "ǥ": "g", "ʉ": "u", "ȼ": "c", "ɇ": "e", "ɉ": "j", "ɍ": "r", "ɏ": "y", "ƕ": "hv", "ȷ": "j", "ⱥ": "a",
    "ⱦ": "t", "ȿ": "s", "ɀ": "z", "ȡ": "d", "ȴ": "l", "ȵ": "n", "ȶ": "t",
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "‟": '"', "′": "'", "″": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "⁄": "/", "…": "...",
}
RANGES = [
    (0x00A1, 0x02AF), (0x0370, 0x0482), (0x048A, 0x058F), (0x1D00, 0x1DBF), (0x1E00, 0x1FFF), (0x2010, 0x2027),
    (0x2030, 0x205E), (0x2070, 0x209C), (0x2100, 0x218B), (0x2212, 0x2212), (0x2460, 0x24FF), (0x2C60, 0x2C7F),
    (0xA720, 0xA7FF), (0xFB00, 0xFB17), (0xFF01, 0xFFEE),
]


def fold(char: str) -> str:
    """Repeats decompose, drop marks, lower, replace until nothing changes."""
    before, now = None, char
    while now != before:
        before = now
        now = unicodedata.normalize("NFKD", now)
        now = "".join(c for c in now if unicodedata.category(c) != "Mn")
        now = now.casefold()
        now = "".join(BY_HAND.get(c, c) for c in now)
    return " ".join(now.split())


def quoted(text: str) -> str:
    out = ""
    for byte in text.encode():
        out += chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}"
    return f'"{out}"'


def main() -> None:
    print("// SPDX-License-Identifier: MIT")
    print(f"// Made by make_folding_table.py, Unicode {unicodedata.unidata_version}: code point, folded UTF-8.")
    print("// clang-format off")
    line = ""
    for first, last in RANGES:
        for code in range(first, last + 1):
            char = chr(code)
            if unicodedata.category(char) in ("Cn", "Cc", "Cf", "Zs", "Mn"):
                continue
            folded = fold(char)
            if not folded or folded == char:
                continue
            entry = f"{{0x{code:04X}, {quoted(folded)}}}, "
            if len(line) + len(entry) > 110:
                print(line.rstrip())
                line = ""
            line += entry
    print(line.rstrip())
    print("// clang-format on")


if __name__ == "__main__":
    main()
