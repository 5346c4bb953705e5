// SPDX-License-Identifier: MIT
#include "engine/tokenizer/special_finder.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace spoutnik::engine {

namespace {

/// Bounds the work per character of a text. The longest in published vocabularies is under 64 bytes.
constexpr std::size_t longest_special = 256;

} // namespace

void SpecialFinder::Reading::add(std::string_view text) {
    first_bytes.set(static_cast<unsigned char>(text.front()));
    lengths.push_back(text.size());
}

void SpecialFinder::Reading::finish() {
    std::sort(lengths.begin(), lengths.end(), std::greater<>());
    lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());
}

SpecialFinder::SpecialFinder(const Vocabulary& vocabulary) : vocabulary_(&vocabulary) {
    for (Token token = 0; token < vocabulary.size(); ++token) {
        if (!is_special(token, Tokenizer::Special::as_token)) continue;
        const std::string_view text = vocabulary.text(token);
        if (text.empty()) continue;
        if (text.size() > longest_special)
            throw Error(fmt::format("token {} is special and {} bytes long; at most {} can be handled", token,
                                    text.size(), longest_special));
        as_token_.add(text);
        if (is_special(token, Tokenizer::Special::as_text)) as_text_.add(text);
    }
    as_text_.finish();
    as_token_.finish();
}

bool SpecialFinder::is_special(Token token, Tokenizer::Special special) const {
    const TokenKind kind = vocabulary_->kind(token);
    if (kind == TokenKind::user_defined) return true;
    return special == Tokenizer::Special::as_token &&
           (kind == TokenKind::control || kind == TokenKind::unknown);
}

std::vector<TextPart> SpecialFinder::split(std::string_view text, Tokenizer::Special special) const {
    std::vector<TextPart> parts;
    if (text.empty()) return parts;
    const Reading& reading = special == Tokenizer::Special::as_text ? as_text_ : as_token_;
    std::vector<std::size_t> places;
    for (std::size_t at = 0; at < text.size(); ++at)
        if (reading.first_bytes.test(static_cast<unsigned char>(text[at]))) places.push_back(at);

    struct Found {
        std::size_t at;
        std::size_t length;
        Token token;
    };
    std::vector<Found> found;
    std::vector<bool> taken(places.empty() ? 0 : text.size());
    for (const std::size_t length : reading.lengths) {
        for (const std::size_t at : places) {
            if (text.size() - at < length) break;
            // What was found before is at least as long, so it cannot lie between these two bytes.
            if (taken[at] || taken[at + length - 1]) continue;
            const Token token = vocabulary_->find(text.substr(at, length));
            if (token < 0 || !is_special(token, special)) continue;
            found.push_back({at, length, token});
            std::fill_n(taken.begin() + static_cast<std::ptrdiff_t>(at), length, true);
        }
    }
    std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.at < b.at; });

    std::size_t done = 0;
    for (const Found& one : found) {
        if (one.at > done) parts.push_back({text.substr(done, one.at - done), -1});
        parts.push_back({text.substr(one.at, one.length), one.token});
        done = one.at + one.length;
    }
    if (done < text.size()) parts.push_back({text.substr(done), -1});
    return parts;
}

} // namespace spoutnik::engine
