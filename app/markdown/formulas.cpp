// SPDX-License-Identifier: MIT
#include "app/markdown/formulas.h"

#include "app/markdown/lines.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace spoutnik::app::markdown {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::string_view opening = "\xEF\xB7\x90"; // U+FDD0
constexpr std::string_view closing = "\xEF\xB7\x91"; // U+FDD1

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
}

/// Where a blank line begins at or after `from`, or the end: no formula goes over one.
std::size_t paragraph_end(std::string_view text, std::size_t from) {
    for (std::size_t line = text.find('\n', from); line != npos && line + 1 < text.size();
         line = text.find('\n', line + 1)) {
        const std::size_t next = std::min(text.find('\n', line + 1), text.size());
        if (is_blank(text.substr(line + 1, next - line - 1)) && next < text.size()) return line;
    }
    return text.size();
}

/// Without the quotation marks and indentation that the lines of a display formula share with their block.
std::string without_prefixes(std::string_view tex, bool in_quote) {
    std::string out;
    for (bool is_first = true;; is_first = false) {
        const std::size_t end = std::min(tex.find('\n'), tex.size());
        std::string_view line = tex.substr(0, end);
        if (!is_first && in_quote) {
            line = trimmed(line);
            while (line.starts_with('>'))
                line = trimmed(line.substr(1));
        }
        line = trimmed(line);
        if (!line.empty()) {
            if (!out.empty()) out += '\n';
            out += line;
        }
        if (end == tex.size()) return out;
        tex.remove_prefix(end + 1);
    }
}

class Extractor {
  public:
    Extractor(std::string_view text, bool is_live) : text_(text), is_live_(is_live) {}

    Extracted run() {
        while (at_ < text_.size())
            step();
        return std::move(result_);
    }

  private:
    std::string_view rest() const { return text_.substr(at_); }

    void keep(std::size_t bytes) {
        result_.text += text_.substr(at_, bytes);
        at_ += bytes;
    }

    void step() {
        const bool at_line_start = at_ == 0 || text_[at_ - 1] == '\n';
        if (at_line_start) {
            if (keep_fenced_code()) return;
            if (defuse_definition()) return;
        }
        switch (text_[at_]) {
        case '`':
            return keep_code_span();
        case '\\':
            if (rest().starts_with("\\[")) return take_display("\\]");
            if (rest().starts_with("\\(")) return take_inline_parentheses();
            return keep(std::min<std::size_t>(2, rest().size()));
        case '$':
            if (rest().starts_with("$$")) return take_display("$$");
            return take_inline_dollar();
        case '\xEF':
            // These two could be mistaken for placeholders; they are not characters.
            if (rest().starts_with(opening) || rest().starts_with(closing)) {
                result_.text += "\xEF\xBF\xBD";
                at_ += 3;
                return;
            }
            return keep(1);
        default: {
            const std::size_t next = text_.find_first_of("`\\$\xEF\n", at_);
            return keep(next == npos ? rest().size() : std::max<std::size_t>(next - at_, 1));
        }
        }
    }

    bool keep_fenced_code() {
        const auto line_at = [this](std::size_t from) {
            return text_.substr(from, std::min(text_.find('\n', from), text_.size()) - from);
        };
        const auto fence = opening_fence(line_at(at_));
        if (!fence) return false;
        std::size_t end = at_ + line_at(at_).size();
        while (end < text_.size()) {
            const std::string_view line = line_at(end + 1);
            end += 1 + line.size();
            if (closes(*fence, line)) break;
        }
        keep(end - at_);
        return true;
    }

    // "[1]: https://..." would vanish as a definition; models list their sources so.
    bool defuse_definition() {
        const std::size_t first = rest().find_first_not_of(" >\t");
        if (first == npos || rest()[first] != '[') return false;
        const std::size_t end = rest().find("]:");
        if (end == npos || end > rest().find('\n')) return false;
        keep(first);
        result_.text += '\\';
        keep(1);
        return true;
    }

    void keep_code_span() {
        const std::size_t ticks = std::min(rest().find_first_not_of('`'), rest().size());
        const std::size_t limit = limit_here();
        for (std::size_t found = at_ + ticks; (found = text_.find('`', found)) < limit;) {
            const std::size_t run =
                std::min(text_.substr(found).find_first_not_of('`'), text_.size() - found);
            if (run == ticks) return keep(found + run - at_);
            found += run;
        }
        keep(ticks);
    }

    void take(std::size_t bytes, std::string tex, bool is_display, bool is_open) {
        result_.text += opening;
        result_.text += std::to_string(result_.formulas.size());
        result_.text += closing;
        result_.formulas.push_back(
            {std::string(text_.substr(at_, bytes)), std::move(tex), is_display, is_open});
        at_ += bytes;
    }

    void take_display(std::string_view close) {
        const std::size_t limit = limit_here();
        const std::size_t begin = at_ + 2;
        const std::size_t end = find_unescaped(close, begin, limit);
        if (end == npos && !(is_live_ && limit == text_.size() && !trimmed(text_.substr(begin)).empty()))
            return keep(2);
        const std::size_t stop = end == npos ? text_.size() : end;
        const std::string_view body = text_.substr(begin, stop - begin);
        if (trimmed(body).empty()) return keep(2);
        std::string tex =
            body.find('\n') == npos ? std::string(trimmed(body)) : without_prefixes(body, is_in_quote());
        if (tex.empty()) return keep(2);
        take((end == npos ? stop : stop + 2) - at_, std::move(tex), true, end == npos);
    }

    bool is_in_quote() const {
        const std::size_t line_start = at_ == 0 ? 0 : text_.rfind('\n', at_ - 1) + 1;
        return trimmed(text_.substr(line_start, at_ - line_start)).starts_with('>');
    }

    void take_inline_parentheses() {
        const std::size_t end = find_unescaped("\\)", at_ + 2, limit_here());
        if (end == npos) return keep(2);
        const std::string_view tex = trimmed(text_.substr(at_ + 2, end - at_ - 2));
        if (tex.empty()) return keep(2);
        take(end + 2 - at_, std::string(tex), false, false);
    }

    // The opening dollar stands before something and not behind a word; the closing one behind something and
    // not before a digit, on the same line. That leaves prices alone.
    void take_inline_dollar() {
        const bool after_word = at_ > 0 && is_word(text_[at_ - 1]);
        if (after_word || at_ + 1 >= text_.size() || is_space(text_[at_ + 1])) return keep(1);
        const std::size_t limit = std::min(text_.find('\n', at_), text_.size());
        const std::size_t end = find_unescaped("$", at_ + 1, limit);
        if (end == npos || is_space(text_[end - 1]) || (end + 1 < text_.size() && is_word(text_[end + 1])))
            return keep(1);
        const std::string_view tex = text_.substr(at_ + 1, end - at_ - 1);
        if (tex.find('`') != npos || looks_like_price(tex)) return keep(1);
        take(end + 1 - at_, std::string(tex), false, false);
    }

    // "$5, or 5$": begins with a figure and goes on in words.
    static bool looks_like_price(std::string_view tex) {
        return is_digit(tex.front()) && tex.find(' ') != npos && tex.find_first_of("\\^_{}=+*/<>") == npos;
    }

    std::size_t limit_here() {
        if (at_ >= limit_) limit_ = std::max(paragraph_end(text_, at_), at_ + 1);
        return limit_;
    }

    // What was not found once up to a limit is not looked for again: a thousand openings cost one search.
    std::size_t find_unescaped(std::string_view wanted, std::size_t from, std::size_t limit) {
        const auto missed = std::find(missed_.begin(), missed_.end(), std::pair(wanted, limit));
        if (missed != missed_.end()) return npos;
        for (std::size_t i = from; i + wanted.size() <= limit; ++i) {
            if (text_.substr(i, wanted.size()) == wanted) return i;
            if (text_[i] == '\\') ++i;
        }
        std::erase_if(missed_, [wanted](const auto& entry) { return entry.first == wanted; });
        missed_.emplace_back(wanted, limit);
        return npos;
    }

    std::string_view text_;
    bool is_live_;
    std::size_t at_ = 0;
    std::size_t limit_ = 0;
    std::vector<std::pair<std::string_view, std::size_t>> missed_;
    Extracted result_;
};

} // namespace

Extracted extract_formulas(std::string_view text, bool is_live) {
    return Extractor(text, is_live).run();
}

Placeholder placeholder_at(std::string_view text) {
    if (!text.starts_with(opening)) return {};
    Placeholder found;
    const char* const digits = text.data() + opening.size();
    const auto result = std::from_chars(digits, text.data() + text.size(), found.formula);
    const auto end = static_cast<std::size_t>(result.ptr - text.data());
    if (result.ec != std::errc() || !text.substr(end).starts_with(closing)) return {};
    found.length = end + closing.size();
    return found;
}

std::string restored(std::string_view text, const std::vector<Formula>& formulas) {
    std::string out;
    while (!text.empty()) {
        const std::size_t next = std::min(text.find(opening), text.size());
        out += text.substr(0, next);
        text.remove_prefix(next);
        if (text.empty()) break;
        const Placeholder place = placeholder_at(text);
        if (place.length > 0 && place.formula < formulas.size()) out += formulas[place.formula].source;
        text.remove_prefix(std::max<std::size_t>(place.length, 1));
    }
    return out;
}

bool stays_in_formula(std::string_view line, bool inside) {
    for (std::size_t i = 0; i + 1 < line.size(); ++i) {
        const std::string_view two = line.substr(i, 2);
        if (two == "$$") {
            inside = !inside;
            ++i;
        } else if (two == "\\[" || two == "\\]") {
            inside = two == "\\[";
            ++i;
        } else if (line[i] == '\\') {
            ++i;
        }
    }
    return inside;
}

} // namespace spoutnik::app::markdown
