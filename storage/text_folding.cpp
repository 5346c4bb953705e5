// SPDX-License-Identifier: MIT
#include "storage/text_folding.h"

#include "storage/utf8.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <span>

namespace spoutnik::storage {

namespace {

struct Entry {
    char32_t code;
    std::string_view folded;
};

constexpr Entry table[] = {
#include "storage/folding_table.inc"
};

struct CodeRange {
    char32_t first;
    char32_t last;
};

/// Marks and invisible characters that nobody types in a search: combining marks of Latin, Greek and
/// Cyrillic, points of Hebrew and Arabic, joiners, direction marks, variation selectors. Marks that carry a
/// vowel (Indic) are kept.
constexpr CodeRange dropped[] = {{0x00AD, 0x00AD}, {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD},
                                 {0x05BF, 0x05BF}, {0x05C1, 0x05C2}, {0x05C4, 0x05C5}, {0x05C7, 0x05C7},
                                 {0x0610, 0x061A}, {0x0640, 0x0640}, {0x064B, 0x065F}, {0x0670, 0x0670},
                                 {0x06D6, 0x06DC}, {0x06DF, 0x06E4}, {0x06E7, 0x06E8}, {0x06EA, 0x06ED},
                                 {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x202A, 0x202E},
                                 {0x2060, 0x2064}, {0x2066, 0x206F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F},
                                 {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}};

constexpr CodeRange spaces[] = {{0x0000, 0x0020}, {0x007F, 0x00A0}, {0x1680, 0x1680}, {0x2000, 0x200A},
                                {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}};

bool is_in(std::span<const CodeRange> ranges, char32_t code) {
    const auto after =
        std::ranges::upper_bound(ranges, code, {}, [](const CodeRange& range) { return range.first; });
    return after != ranges.begin() && code <= std::prev(after)->last;
}

/// Calls `emit(folded bytes, begin, end)` for each character kept, and `extend(end)` for each mark dropped.
template <class Emit, class Extend>
void for_each_folded(std::string_view text, const Emit& emit, const Extend& extend) {
    bool is_space_due = false;
    bool is_anything_out = false;
    std::size_t space_at = 0;
    const auto flush_space = [&](std::size_t end) {
        if (is_space_due && is_anything_out) emit(std::string_view(" "), space_at, end);
        is_space_due = false;
        is_anything_out = true;
    };
    std::string buffer;
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte > 0x20 && byte < 0x7F) { // nearly all of most texts
            flush_space(at);
            const char lower = byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 0x20) : text[at];
            emit(std::string_view(&lower, 1), at, at + 1);
            ++at;
            continue;
        }
        const Utf8Character character = decode_utf8(text, at);
        const std::size_t end = at + character.size;
        if (is_in(spaces, character.code)) {
            if (!is_space_due) space_at = at;
            is_space_due = true;
        } else if (is_in(dropped, character.code)) {
            if (!is_space_due && is_anything_out) extend(end);
        } else {
            flush_space(at);
            const auto* entry = std::ranges::lower_bound(table, character.code, {}, &Entry::code);
            if (entry != std::end(table) && entry->code == character.code) {
                emit(entry->folded, at, end);
            } else {
                buffer.clear();
                append_utf8(buffer, character.code);
                emit(std::string_view(buffer), at, end);
            }
        }
        at = end;
    }
}

} // namespace

std::string fold(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for_each_folded(
        text, [&](std::string_view bytes, std::size_t, std::size_t) { out += bytes; }, [](std::size_t) {});
    return out;
}

FoldedText fold_with_map(std::string_view text) {
    text = text.substr(0, std::numeric_limits<std::uint32_t>::max());
    FoldedText out;
    out.text.reserve(text.size());
    std::size_t last = 0; // where the last character's bytes begin in out.text
    for_each_folded(
        text,
        [&](std::string_view bytes, std::size_t begin, std::size_t end) {
            last = out.text.size();
            out.text += bytes;
            out.source_begin.resize(out.text.size(), static_cast<std::uint32_t>(begin));
            out.source_end.resize(out.text.size(), static_cast<std::uint32_t>(end));
        },
        [&](std::size_t end) {
            std::fill(out.source_end.begin() + static_cast<std::ptrdiff_t>(last), out.source_end.end(),
                      static_cast<std::uint32_t>(end));
        });
    return out;
}

} // namespace spoutnik::storage
