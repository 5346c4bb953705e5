// SPDX-License-Identifier: MIT
#include "app/markdown/highlight.h"

#include "app/markdown/languages.h"
#include "app/markdown/text_words.h"

#include <algorithm>

namespace spoutnik::app {

using namespace markdown;

namespace {

using Pieces = std::vector<CodePiece>;

std::size_t end_of_line(std::string_view code, std::size_t at) {
    const std::size_t end = code.find('\n', at);
    return end == std::string_view::npos ? code.size() : end;
}

void add(Pieces& pieces, std::size_t begin, std::size_t end, CodeKind kind) {
    if (begin < end) pieces.push_back({begin, end, kind});
}

/// Reads a language of words from left to right; each take_... says whether it knew what stands here.
class Scanner {
  public:
    Scanner(std::string_view code, const KnownLanguage& language) : code_(code), language_(language) {}

    Pieces read() {
        while (at_ < code_.size()) {
            if (code_[at_] == '\n') {
                ++at_;
                take_heredoc();
                is_line_start_ = true;
                continue;
            }
            if (code_[at_] == ' ' || code_[at_] == '\t' || code_[at_] == '\r') {
                ++at_;
                continue;
            }
            if (take_comment() || take_directive() || take_raw_string() || take_string() || take_number() ||
                take_signed_name() || take_word()) {
                is_line_start_ = false;
                continue;
            }
            // A dash or brace may stand before a key: "- name: x", "{name: x".
            const bool opens_key = std::string_view(",{;").find(code_[at_]) != std::string_view::npos;
            is_line_start_ = has(keys) && (is_line_start_ || opens_key);
            ++at_;
        }
        return std::move(pieces_);
    }

  private:
    bool has(Trait trait) const { return (language_.table->traits & trait) != 0; }
    bool starts(std::string_view mark, std::size_t at) const { return code_.substr(at).starts_with(mark); }
    char look(std::size_t ahead) const { return at_ + ahead < code_.size() ? code_[at_ + ahead] : '\0'; }
    bool is_word_part(char c) const { return is_name(c) || (c == '-' && has(dashes)); }

    void take(std::size_t end, CodeKind kind) {
        add(pieces_, at_, end, kind);
        at_ = end;
    }

    bool take_comment() {
        for (const Quote& comment : language_.table->comments) {
            // Some begin only where a line does: their mark begins with the line break.
            const bool is_at_line = comment.open.front() == '\n';
            const std::string_view mark = comment.open.substr(is_at_line ? 1 : 0);
            if (is_at_line && at_ != 0 && code_[at_ - 1] != '\n') continue;
            if (!starts(mark, at_)) continue;
            take(end_of_comment(comment, at_ + mark.size()), CodeKind::comment);
            return true;
        }
        bool is_comment = false;
        for_each_word(language_.table->line_comments, [&](std::string_view mark) {
            if (is_comment || !starts(mark, at_)) return;
            // "rem" is a word; # begins nothing inside one or after a dollar: a#b, $#.
            const char before = at_ > 0 ? code_[at_ - 1] : ' ';
            if (is_letter(mark.front()) && (is_name(before) || is_name(look(mark.size())))) return;
            if (mark == "#" && (is_name(before) || before == '$')) return;
            is_comment = true;
        });
        if (is_comment) take(end_of_line(code_, at_), CodeKind::comment);
        return is_comment;
    }

    std::size_t end_of_comment(const Quote& comment, std::size_t at) const {
        for (int depth = 1; at < code_.size();) {
            if (starts(comment.close, at)) {
                at += comment.close.size();
                if (--depth == 0) return at;
            } else if (has(nested) && starts(comment.open, at)) {
                at += comment.open.size();
                ++depth;
            } else {
                ++at;
            }
        }
        return at;
    }

    bool take_directive() {
        if (has(sections) && is_line_start_ && code_[at_] == '[') {
            const std::size_t line = end_of_line(code_, at_);
            const std::size_t close = code_.find(']', at_);
            take(close < line ? close + 1 : line, CodeKind::type);
            return true;
        }
        if (!has(hash_directives) || !is_line_start_ || code_[at_] != '#') return false;
        // The word alone: what follows is code, but <name> after include is a string.
        std::size_t end = at_ + 1;
        while (end < code_.size() && (code_[end] == ' ' || is_name(code_[end])) &&
               (is_name(code_[end]) || !is_name(code_[end - 1])))
            ++end;
        const bool is_include = code_.substr(at_, end - at_).ends_with("include");
        take(end, CodeKind::meta);
        const std::size_t path = code_.find_first_not_of(' ', at_);
        if (is_include && path != std::string_view::npos && code_[path] == '<') {
            at_ = path;
            take(std::min(end_of_line(code_, at_), code_.find('>', at_) + 1), CodeKind::string);
        }
        return true;
    }

    /// R"mark( ... )mark" and r##" ... "##.
    bool take_raw_string() {
        if (!has(raw_strings) || (at_ > 0 && is_name(code_[at_ - 1]))) return false;
        std::string close;
        std::size_t body = 0;
        if (starts("R\"", at_)) {
            const std::size_t open = code_.find('(', at_);
            if (open == std::string_view::npos || open > at_ + 18) return false;
            close = ")" + std::string(code_.substr(at_ + 2, open - at_ - 2)) + "\"";
            body = open + 1;
        } else if (code_[at_] == 'r' && (look(1) == '#' || look(1) == '"')) {
            const std::size_t open = code_.find_first_not_of('#', at_ + 1);
            if (open == std::string_view::npos || code_[open] != '"') return false;
            close = "\"" + std::string(open - at_ - 1, '#');
            body = open + 1;
        } else {
            return false;
        }
        const std::size_t end = code_.find(close, body);
        take(end == std::string_view::npos ? code_.size() : end + close.size(), CodeKind::string);
        return true;
    }

    bool take_string() {
        if (has(lifetimes) && code_[at_] == '\'') {
            take_character();
            return true;
        }
        for (const Quote& quote : language_.table->strings) {
            if (!starts(quote.open, at_)) continue;
            const std::size_t end = end_of_string(quote, at_ + quote.open.size());
            // 'tis: an apostrophe inside a word begins no string, as in 1'000 or YAML's plain text.
            if (quote.open == "'" && at_ > 0 && is_name(code_[at_ - 1]) &&
                (is_digit(code_[at_ - 1]) || has(keys)))
                return false;
            const bool is_key = has(keys) && is_before_colon(end);
            take(end, is_key ? CodeKind::name : CodeKind::string);
            return true;
        }
        return false;
    }

    std::size_t end_of_string(const Quote& quote, std::size_t at) const {
        for (; at < code_.size(); ++at) {
            if (code_[at] == '\\' && quote.escapes) {
                ++at;
                continue;
            }
            if (starts(quote.close, at)) return at + quote.close.size();
            if (code_[at] == '\n' && !quote.lines) return at;
        }
        return code_.size();
    }

    /// 'x' and '\n' are characters; 'name alone is a lifetime, or a quote in a name.
    void take_character() {
        const std::size_t first = at_ + 1;
        std::size_t end = code_.find('\'', first + (look(1) == '\\' ? 2 : 1));
        const std::size_t longest = look(1) == '\\' ? 12 : 4; // '\u{1F600}', four bytes of UTF-8
        if (end != std::string_view::npos && end - first <= longest &&
            code_.substr(first, end - first).find('\n') == std::string_view::npos &&
            (look(1) == '\\' || end - first == 1 || static_cast<unsigned char>(look(1)) >= 0x80)) {
            take(end + 1, CodeKind::string);
            return;
        }
        end = first;
        while (end < code_.size() && is_name(code_[end]))
            ++end;
        take(end, CodeKind::name);
    }

    bool take_number() {
        if (!is_digit(code_[at_]) && !(code_[at_] == '.' && is_digit(look(1)))) return false;
        std::size_t end = at_;
        const bool is_hex = code_[at_] == '0' && (look(1) == 'x' || look(1) == 'X');
        while (end < code_.size()) {
            const char c = code_[end];
            const char before = end > at_ ? code_[end - 1] : '\0';
            const bool is_exponent_sign =
                (c == '+' || c == '-') && !is_hex && (before == 'e' || before == 'E');
            const bool is_separator =
                c == '\'' && end + 1 < code_.size() && is_name(code_[end + 1]) && has(raw_strings);
            const bool is_point = c == '.' && end + 1 < code_.size() && is_digit(code_[end + 1]);
            if (!is_letter(c) && !is_digit(c) && c != '_' && !is_exponent_sign && !is_separator &&
                !is_point && !(c == '%' && has(dashes)))
                break;
            ++end;
        }
        take(end, CodeKind::number);
        return true;
    }

    /// $name, @name, :name, \name.
    bool take_signed_name() {
        const char sign = code_[at_];
        std::size_t end = at_ + 1;
        if (sign == '$' && has(dollars)) {
            const char open = look(1);
            if (open == '{' || open == '(') { // ${name}; what $( ) runs is code
                if (open == '{') end = std::min(end_of_line(code_, at_), code_.find('}', at_)) + 1;
            } else if (is_name(open)) {
                while (end < code_.size() && is_name(code_[end]))
                    ++end;
            } else if (open != '\0' && std::string_view("@#?!*$<^").find(open) != std::string_view::npos) {
                ++end;
            }
            take(std::min(end, code_.size()), CodeKind::name);
            return true;
        }
        const bool is_annotation = sign == '@' && has(at_marks);
        const bool is_symbol =
            sign == ':' && has(colon_names) && look(1) != ':' && (at_ == 0 || code_[at_ - 1] != ':');
        const bool is_command = sign == '\\' && has(backslash_words);
        if (!is_annotation && !is_symbol && !is_command) return false;
        while (end < code_.size() &&
               (is_command ? is_letter(code_[end])
                           : is_word_part(code_[end]) || (is_annotation && code_[end] == '.')))
            ++end;
        if (end == at_ + 1) return false;
        take(end, is_annotation ? CodeKind::meta : is_symbol ? CodeKind::name : CodeKind::keyword);
        return true;
    }

    bool take_word() {
        if (!is_name(code_[at_]) && !(code_[at_] == '-' && has(dashes) && is_name(look(1)))) return false;
        std::size_t end = at_;
        while (end < code_.size() && is_word_part(code_[end]))
            ++end;
        if (end < code_.size() && (code_[end] == '!' || code_[end] == '?') &&
            known(code_.substr(at_, end + 1 - at_)))
            ++end;
        const std::string_view word = code_.substr(at_, end - at_);
        if (has(keys) && is_line_start_ && is_before_colon(end)) {
            take(end, CodeKind::name);
            return true;
        }
        // What follows a point is a member, whatever its name.
        const bool is_member = at_ > 0 && code_[at_ - 1] == '.' && !(at_ > 1 && code_[at_ - 2] == '.');
        const auto* kind = is_member ? nullptr : known(word);
        const std::size_t next = code_.find_first_not_of(' ', end);
        const bool is_call = has(calls) && next != std::string_view::npos &&
                             (code_[next] == '(' || (code_[next] == '!' && has(lifetimes)));
        if (kind)
            take(end, *kind);
        else if (has(capitals) && is_capital(word.front()))
            take(end, CodeKind::type);
        else if (is_call)
            take(end, CodeKind::function);
        else
            at_ = end;
        return true;
    }

    const CodeKind* known(std::string_view word) const {
        const auto found = has(any_case) && !language_.words.contains(word)
                               ? language_.words.find(lower_case(word))
                               : language_.words.find(word);
        return found == language_.words.end() ? nullptr : &found->second;
    }

    /// A key: ":" or "=" comes next. In a style sheet a{b:c} a word before a colon is one too.
    bool is_before_colon(std::size_t end) const {
        const std::size_t next = code_.find_first_not_of(" \t", end);
        if (next == std::string_view::npos) return false;
        return code_[next] == ':' || (code_[next] == '=' && !starts("==", next));
    }

    /// After "<<WORD" and its line: everything up to the line that is WORD.
    void take_heredoc() {
        if (!has(heredocs) || at_ < 2) return;
        const std::size_t previous = code_.rfind('\n', at_ - 2);
        const std::size_t begin = previous == std::string_view::npos ? 0 : previous + 1;
        const std::string_view line = code_.substr(begin, at_ - 1 - begin);
        const std::size_t mark = line.find("<<");
        if (mark == std::string_view::npos || starts("<<<", begin + mark)) return;
        std::size_t from = line.find_first_not_of("-~ \"'", mark + 2);
        if (from == std::string_view::npos || !is_capital(line[from])) return;
        std::size_t to = from;
        while (to < line.size() && is_name(line[to]))
            ++to;
        const std::string_view word = line.substr(from, to - from);
        std::size_t end = at_;
        while (end < code_.size()) {
            const std::size_t stop = end_of_line(code_, end);
            std::string_view here = code_.substr(end, stop - end);
            here.remove_prefix(std::min(here.find_first_not_of(" \t"), here.size()));
            end = stop + (stop < code_.size() ? 1 : 0);
            if (here == word) {
                end = stop;
                break;
            }
        }
        take(end, CodeKind::string);
    }

    std::string_view code_;
    const KnownLanguage& language_;
    std::size_t at_ = 0;
    bool is_line_start_ = true;
    Pieces pieces_;
};

/// <!-- comments -->, <tags with="attributes">, &entities;
class MarkupScanner {
  public:
    explicit MarkupScanner(std::string_view code) : code_(code) {}

    Pieces read() {
        while (at_ < code_.size()) {
            if (code_.substr(at_).starts_with("<!--"))
                take_to("-->", CodeKind::comment);
            else if (code_.substr(at_).starts_with("<![CDATA["))
                take_to("]]>", CodeKind::string);
            else if (code_[at_] == '<' && at_ + 1 < code_.size() &&
                     std::string_view("!?").find(code_[at_ + 1]) != std::string_view::npos)
                take_to(">", CodeKind::meta);
            else if (code_[at_] == '<' && at_ + 1 < code_.size() &&
                     (is_letter(code_[at_ + 1]) || code_[at_ + 1] == '/'))
                take_tag();
            else if (code_[at_] == '&')
                take_entity();
            else
                ++at_;
        }
        return std::move(pieces_);
    }

  private:
    static bool is_tag_name(char c) { return is_name(c) || c == '-' || c == ':' || c == '.' || c == '@'; }

    void take_to(std::string_view close, CodeKind kind) {
        const std::size_t found = code_.find(close, at_);
        const std::size_t end = found == std::string_view::npos ? code_.size() : found + close.size();
        add(pieces_, at_, end, kind);
        at_ = end;
    }
    std::size_t name_end(std::size_t at) const {
        while (at < code_.size() && is_tag_name(code_[at]))
            ++at;
        return at;
    }
    void take_tag() {
        const std::size_t begin = at_ + (code_[at_ + 1] == '/' ? 2 : 1);
        at_ = name_end(begin);
        add(pieces_, begin, at_, CodeKind::type);
        while (at_ < code_.size() && code_[at_] != '>') {
            const char c = code_[at_];
            if (c == '"' || c == '\'') {
                const std::size_t found = code_.find(c, at_ + 1);
                const std::size_t end = found == std::string_view::npos ? code_.size() : found + 1;
                add(pieces_, at_, end, CodeKind::string);
                at_ = end;
            } else if (is_tag_name(c)) {
                const std::size_t end = name_end(at_);
                add(pieces_, at_, end, CodeKind::name);
                at_ = end;
            } else {
                ++at_;
            }
        }
    }
    void take_entity() {
        const std::size_t end = code_.find(';', at_);
        const bool is_one = end != std::string_view::npos && end - at_ < 12 &&
                            code_.substr(at_, end - at_).find_first_of(" \n<") == std::string_view::npos;
        if (is_one) add(pieces_, at_, end + 1, CodeKind::number);
        at_ = is_one ? end + 1 : at_ + 1;
    }

    std::string_view code_;
    std::size_t at_ = 0;
    Pieces pieces_;
};

Pieces read_diff(std::string_view code) {
    Pieces pieces;
    for (std::size_t at = 0; at < code.size();) {
        const std::size_t end = end_of_line(code, at);
        const std::string_view line = code.substr(at, end - at);
        if (line.starts_with("+++") || line.starts_with("---") || line.starts_with("@@") ||
            line.starts_with("diff ") || line.starts_with("index "))
            add(pieces, at, end, CodeKind::meta);
        else if (line.starts_with('+'))
            add(pieces, at, end, CodeKind::added);
        else if (line.starts_with('-'))
            add(pieces, at, end, CodeKind::removed);
        at = end + 1;
    }
    return pieces;
}

} // namespace

std::vector<CodePiece> highlight(std::string_view code, std::string_view language) {
    const KnownLanguage* known = find_language(language);
    if (!known) return {};
    switch (known->table->shape) {
    case Shape::markup:
        return MarkupScanner(code).read();
    case Shape::diff:
        return read_diff(code);
    case Shape::words:
        break;
    }
    return Scanner(code, *known).read();
}

std::string file_ending(std::string_view language) {
    const KnownLanguage* known = find_language(language);
    if (!known) return "txt";
    // The word of the fence where it is an ending itself: "tsx", "hpp".
    std::string word = lower_case(language);
    constexpr std::string_view endings =
        " h hpp hxx cc cu ino jsx mjs cjs qml tsx kts pm mli fs svg xml vue svelte scss "
        "sass less jsonc json5 jsonl yml conf properties env patch zsh fish ";
    if (endings.find(" " + word + " ") != std::string_view::npos) return word;
    return std::string(known->table->ending);
}

std::string language_name(std::string_view language) {
    const KnownLanguage* known = find_language(language);
    if (!known) return std::string(language);
    // A dialect keeps its own name: only the usual ones are the language itself.
    constexpr std::string_view dialects =
        " cuda cu arduino ino glsl hlsl qml jsx tsx node fsharp fs f# clojure clj cljs "
        "scheme scm racket elisp zsh fish ksh svg xml xhtml vue svelte xaml rss plist scss "
        "sass less jsonc json5 jsonl geojson ndjson conf cfg properties desktop systemd env "
        "dotenv mysql postgresql postgres sqlite plsql tsql bibtex ";
    if (dialects.find(" " + lower_case(language) + " ") != std::string_view::npos)
        return std::string(language);
    return std::string(known->table->title);
}

std::vector<std::string> known_languages() {
    std::vector<std::string> names;
    for (const Language& language : languages())
        names.emplace_back(language.names.substr(0, language.names.find(' ')));
    return names;
}

} // namespace spoutnik::app
