// SPDX-License-Identifier: MIT
#include "storage/search.h"

#include "storage/search_index.h"
#include "storage/statement.h"
#include "storage/text_folding.h"
#include "storage/utf8.h"

#include <algorithm>
#include <set>

namespace spoutnik::storage {

namespace {

constexpr std::size_t most_terms = 32;
constexpr std::size_t trigram_characters = 3;
constexpr std::size_t most_trigrams = 64; ///< of a term; instr() checks the rest
constexpr std::size_t snippet_before = 60;
constexpr std::size_t snippet_bytes = 220;

struct Term {
    std::string text; ///< folded
    std::size_t characters = 0;
};

void add_term(std::vector<Term>& terms, std::string_view raw) {
    Term term{fold(raw)};
    for (std::size_t at = 0; at < term.text.size(); at += decode_utf8(term.text, at).size)
        ++term.characters;
    if (term.characters > 0 && terms.size() < most_terms) terms.push_back(std::move(term));
}

/// What the person typed, cut at spaces; between two double quotes spaces don't cut. A quote without its
/// second one is a character like any other, and so is one inside a word.
std::vector<Term> terms_of(std::string_view text) {
    // Folded first: every kind of space is then one byte, and every kind of double quote is '"'.
    const std::string folded = fold(text);
    std::vector<Term> terms;
    for (std::size_t at = 0; at < folded.size();) {
        if (folded[at] == ' ') {
            ++at;
            continue;
        }
        std::size_t end = folded.find(' ', at);
        if (folded[at] == '"') {
            std::size_t close = folded.find('"', at + 1);
            while (close != std::string::npos && close + 1 < folded.size() && folded[close + 1] != ' ')
                close = folded.find('"', close + 1);
            if (close != std::string::npos && close > at + 1) {
                add_term(terms, std::string_view(folded).substr(at + 1, close - at - 1));
                at = close + 1;
                continue;
            }
        }
        if (end == std::string::npos) end = folded.size();
        add_term(terms, std::string_view(folded).substr(at, end - at));
        at = end;
    }
    return terms;
}

/// An FTS5 string: nothing in it is an operator.
std::string fts_string(std::string_view text) {
    std::string string = "\"";
    for (const char byte : text) {
        if (byte == '"') string += '"';
        string += byte;
    }
    return string + '"';
}

/// The terms one after the other, as they were typed: one word, or several that may stand together.
Term phrase_of(const std::vector<Term>& terms) {
    Term phrase;
    for (const Term& term : terms) {
        if (!phrase.text.empty()) {
            phrase.text += ' ';
            ++phrase.characters;
        }
        phrase.text += term.text;
        phrase.characters += term.characters;
    }
    return phrase;
}

/// All terms at the beginning of words. One or two characters must be a whole word: as a beginning they would
/// walk a great part of the index, and the scan finds them anyway.
std::string words_query(const std::vector<Term>& terms) {
    std::string query;
    for (const Term& term : terms)
        query += fts_string(term.text) + (term.characters < trigram_characters ? " " : "* ");
    return query;
}

/// All trigrams of all terms that have any; empty when none has.
std::string trigrams_query(const std::vector<Term>& terms) {
    std::string query;
    for (const Term& term : terms) {
        std::vector<std::size_t> starts;
        for (std::size_t at = 0; at < term.text.size(); at += decode_utf8(term.text, at).size)
            starts.push_back(at);
        starts.push_back(term.text.size());
        for (std::size_t i = 0; i + trigram_characters < starts.size() && i < most_trigrams; ++i)
            query += fts_string(std::string_view(term.text).substr(starts[i], starts[i + trigram_characters] -
                                                                                  starts[i])) +
                     " ";
    }
    return query;
}

/// " AND instr(COLUMN, ?)" for each term: the indexes only propose, the text decides.
std::string instr_each(const char* column, const std::vector<Term>& terms) {
    std::string sql;
    for (std::size_t i = 0; i < terms.size(); ++i)
        sql += std::string(" AND instr(") + column + ", ?)";
    return sql;
}

int bind_terms(Statement& statement, int index, const std::vector<Term>& terms) {
    for (const Term& term : terms)
        statement.bind(index++, term.text);
    return index;
}

bool is_space(char byte) {
    return static_cast<unsigned char>(byte) <= 0x20;
}

/// Where each term stands in `text`, by where it begins; they may overlap.
std::vector<ByteRange> ranges_of(std::string_view text, const std::vector<Term>& terms) {
    const FoldedText folded = fold_with_map(text);
    std::vector<ByteRange> found;
    for (const Term& term : terms)
        for (std::size_t at = folded.text.find(term.text); at != std::string::npos;
             at = folded.text.find(term.text, at + term.text.size()))
            found.push_back({folded.source_begin[at], folded.source_end[at + term.text.size() - 1]});
    std::ranges::sort(found, {}, [](const ByteRange& range) { return std::pair(range.begin, range.end); });
    return found;
}

/// Adds what begins no earlier than all before it; what touches the last one becomes part of it.
void add_joined(std::vector<ByteRange>& joined, ByteRange range) {
    if (!joined.empty() && range.begin <= joined.back().end)
        joined.back().end = std::max(joined.back().end, range.end);
    else
        joined.push_back(range);
}

/// The part of `text` around the first hit, and every hit in it. False when no term is there.
bool cut_snippet(std::string_view text, const std::vector<Term>& terms, SearchHit& hit) {
    const std::vector<ByteRange> found = ranges_of(text, terms);
    if (found.empty()) return false;

    std::size_t begin = 0;
    if (found.front().begin > snippet_before) {
        begin = utf8_floor(text, found.front().begin - snippet_before);
        // Rather at a word; but a text without spaces (CJK) keeps its cut.
        const auto* const from = text.data() + begin;
        const auto* const to = text.data() + found.front().begin;
        const auto* const space = std::find_if(from, to, is_space);
        if (space != to) begin += static_cast<std::size_t>(space - from) + 1;
    }
    const std::size_t wanted_end = std::max(begin + snippet_bytes, found.front().end);
    const std::size_t end = utf8_floor(text, wanted_end);
    const std::string_view part = text.substr(begin, end - begin);

    hit.snippet = begin > 0 ? "…" : "";
    const std::size_t shift = hit.snippet.size();
    for (const char byte : part) // one byte for one: the ranges stay right
        hit.snippet += static_cast<unsigned char>(byte) < 0x20 ? ' ' : byte;
    if (end < text.size()) hit.snippet += "…";

    hit.hits.clear();
    for (const ByteRange& range : found)
        if (range.end <= end) add_joined(hit.hits, {range.begin - begin + shift, range.end - begin + shift});
    return true;
}

class Search {
  public:
    Search(sqlite3* database, std::vector<Term> terms, std::size_t limit)
        : database_(database), terms_(std::move(terms)), phrase_{phrase_of(terms_)}, limit_(limit) {}

    std::vector<SearchHit> run() {
        find_titles();
        find_messages("message_words", fts_string(phrase_.front().text), phrase_);
        find_messages("message_words", words_query(terms_), terms_);
        find_messages("message_trigrams", trigrams_query(terms_), terms_);
        return std::move(hits_);
    }

  private:
    void find_titles() {
        const int phrase =
            static_cast<int>(terms_.size()) + 1; // what was typed, as parameter number `phrase`
        const std::string typed = '?' + std::to_string(phrase);
        Statement query(database_, "SELECT id, title, updated_ms FROM conversation WHERE deleted_ms IS NULL" +
                                       instr_each("title_folded", terms_) +
                                       " ORDER BY title_folded = " + typed + " DESC, instr(title_folded, " +
                                       typed + ") = 1 DESC, instr(' ' || title_folded, ' ' || " + typed +
                                       ") > 0 DESC, instr(title_folded, " + typed +
                                       ") > 0 DESC, updated_ms DESC, id DESC");
        bind_terms(query, bind_terms(query, 1, terms_), phrase_);
        while (hits_.size() < limit_ && query.step()) {
            SearchHit hit;
            hit.where = SearchHit::Where::title;
            hit.conversation = query.integer(0);
            hit.conversation_title = query.text(1);
            hit.created_ms = query.integer(2);
            if (cut_snippet(hit.conversation_title, terms_, hit)) hits_.push_back(std::move(hit));
        }
    }

    /// Messages that `index` proposes for `match` and in which each of `terms` stands, or every message where
    /// there is nothing to look up. The
    /// last written come first: that is the order in which both indexes and the table are walked, so a search
    /// with many hits ends at its limit without having seen, read or sorted the others.
    void find_messages(const std::string& index, const std::string& match, const std::vector<Term>& terms) {
        if (hits_.size() >= limit_) return;
        const std::string from =
            match.empty() ? " FROM message m CROSS JOIN conversation c ON c.id = m.conversation WHERE ? = ''"
                          : " FROM " + index +
                                " i CROSS JOIN message m ON m.id = i.rowid"
                                " CROSS JOIN conversation c ON c.id = m.conversation WHERE " +
                                index + " MATCH ?";
        Statement query(database_,
                        "SELECT m.id, m.conversation, c.title, m.role, m.created_ms, m.content, m.reasoning" +
                            from + " AND c.deleted_ms IS NULL AND m.removed_ms IS NULL" +
                            instr_each("m.folded", terms) + " ORDER BY " +
                            (match.empty() ? "m.id DESC" : "i.rowid DESC"));
        query.bind(1, match);
        bind_terms(query, 2, terms);
        while (hits_.size() < limit_ && query.step()) {
            SearchHit hit;
            hit.message = query.integer(0);
            if (!seen_.insert(*hit.message).second) continue;
            hit.conversation = query.integer(1);
            hit.conversation_title = query.text(2);
            hit.role = role_named(query.text(3));
            hit.created_ms = query.integer(4);
            hit.where = SearchHit::Where::content;
            if (!cut_snippet(query.text(5), terms, hit)) {
                hit.where = SearchHit::Where::reasoning;
                if (!cut_snippet(query.text(6), terms, hit)) continue;
            }
            hits_.push_back(std::move(hit));
        }
    }

    sqlite3* database_;
    std::vector<Term> terms_;
    std::vector<Term> phrase_; ///< all that was typed, as one term
    std::size_t limit_;
    std::vector<SearchHit> hits_;
    std::set<MessageId> seen_;
};

} // namespace

std::vector<SearchHit> search(Database& database, std::string_view text, std::size_t limit) {
    const std::vector<Term> terms = terms_of(text);
    if (terms.empty() || limit == 0) return {};
    try {
        return Search(database.handle(), terms, limit).run();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::damaged_index || database.is_read_only()) throw;
    }
    rebuild_search_index(database.handle());
    return Search(database.handle(), terms, limit).run();
}

std::vector<ByteRange> find_words(std::string_view text, std::string_view query) {
    std::vector<ByteRange> joined;
    for (const ByteRange& range : ranges_of(text, terms_of(query)))
        add_joined(joined, range);
    return joined;
}

} // namespace spoutnik::storage
