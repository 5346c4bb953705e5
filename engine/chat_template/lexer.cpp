// SPDX-License-Identifier: MIT
#include "engine/chat_template/lexer.h"

#include "engine/chat_template/text.h"
#include "engine/error.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace spoutnik::engine::jinja {
namespace {

constexpr std::size_t npos = std::string_view::npos;

bool is_name_start(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}
bool is_decimal(unsigned char c) {
    return c >= '0' && c <= '9';
}

// "\r\n" and "\r" become "\n"; one newline at the very end goes.
std::string normalized(std::string_view source) {
    std::string out;
    out.reserve(source.size());
    for (std::size_t i = 0; i < source.size(); ++i) {
        if (source[i] != '\r') {
            out += source[i];
        } else if (i + 1 == source.size() || source[i + 1] != '\n') {
            out += '\n';
        }
    }
    if (out.ends_with('\n')) out.pop_back();
    return out;
}

class Lexer {
  public:
    explicit Lexer(std::string source) : source_(std::move(source)) {}

    std::vector<Token> run() {
        while (at_ < source_.size())
            read_data();
        push(Token::Type::end);
        return std::move(tokens_);
    }

  private:
    using Type = Token::Type;

    [[noreturn]] void fail(const std::string& why) const {
        throw Error("line " + std::to_string(line_) + ": " + why);
    }

    void push(Type type, std::string text = {}) { tokens_.push_back({type, line_, std::move(text)}); }

    char peek(std::size_t ahead = 0) const {
        return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
    }

    void advance(std::size_t bytes) {
        line_ +=
            static_cast<int>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(at_),
                                        source_.begin() + static_cast<std::ptrdiff_t>(at_ + bytes), '\n'));
        at_ += bytes;
    }

    void skip_space() {
        const std::string_view rest = std::string_view(source_).substr(at_);
        advance(rest.size() - strip_left(rest).size());
    }

    // Next "{{", "{%" or "{#", or npos.
    std::size_t find_tag() const {
        for (std::size_t at = source_.find('{', at_); at != npos; at = source_.find('{', at + 1))
            if (at + 1 < source_.size() &&
                (source_[at + 1] == '{' || source_[at + 1] == '%' || source_[at + 1] == '#'))
                return at;
        return npos;
    }

    // Text before a tag, without what the tag's sign or lstrip_blocks take off its right end.
    std::string_view trimmed_before(std::string_view text, char sign, bool is_variable) const {
        if (sign == '-') return strip_right(text);
        if (sign == '+' || is_variable) return text;
        const std::size_t line_start = text.rfind('\n') + 1; // npos + 1 == 0
        if (line_start == 0 && !at_line_start_) return text;
        const std::string_view indent = text.substr(line_start);
        return strip_left(indent).empty() ? text.substr(0, line_start) : text;
    }

    void push_data(std::string_view text) {
        if (!text.empty()) push(Type::data, std::string(text));
    }

    void read_data() {
        const std::size_t tag = find_tag();
        const std::string_view text = std::string_view(source_).substr(at_, tag == npos ? npos : tag - at_);
        if (tag == npos) {
            push_data(text);
            advance(text.size());
            return;
        }
        const char kind = source_[tag + 1];
        const char after = tag + 2 < source_.size() ? source_[tag + 2] : '\0';
        const char sign = after == '-' || after == '+' ? after : '\0';
        push_data(trimmed_before(text, sign, kind == '{'));
        advance(text.size() + 2 + (sign != '\0' ? 1 : 0));
        if (kind == '#') {
            skip_comment();
        } else if (kind == '{') {
            push(Type::variable_begin);
            read_tag("}}", Type::variable_end);
        } else if (!read_raw()) {
            push(Type::block_begin);
            read_tag("%}", Type::block_end);
        }
        at_line_start_ = at_ > 0 && source_[at_ - 1] == '\n';
    }

    // After a block or comment: a newline right behind it goes, unless "+" stood before the end.
    void trim_after(char sign) {
        if (sign == '-') {
            skip_space();
        } else if (sign != '+' && peek() == '\n') {
            advance(1);
        }
    }

    void skip_comment() {
        const std::size_t end = source_.find("#}", at_);
        if (end == npos) fail("missing end of comment tag");
        const char sign = end > at_ ? source_[end - 1] : '\0';
        advance(end + 2 - at_);
        trim_after(sign);
    }

    // {% raw %} ... {% endraw %}; at_ is behind "{%". False when it is some other block.
    bool read_raw() {
        const auto word_ends_block = [this](std::size_t from,
                                            std::string_view word) -> std::optional<std::size_t> {
            const std::string_view rest = strip_left(std::string_view(source_).substr(from));
            if (!rest.starts_with(word)) return std::nullopt;
            const std::string_view tail = strip_left(rest.substr(word.size()));
            const std::size_t sign = tail.starts_with('-') || tail.starts_with('+') ? 1 : 0;
            if (!tail.substr(sign).starts_with("%}")) return std::nullopt;
            return source_.size() - tail.size() + sign + 2;
        };
        const auto body = word_ends_block(at_, "raw");
        if (!body) return false;
        const char open_sign = source_[*body - 3];
        advance(*body - at_);
        if (open_sign == '-') skip_space();
        at_line_start_ = source_[at_ - 1] == '\n';
        for (std::size_t tag = source_.find("{%", at_); tag != npos; tag = source_.find("{%", tag + 1)) {
            const char after = tag + 2 < source_.size() ? source_[tag + 2] : '\0';
            const char sign = after == '-' || after == '+' ? after : '\0';
            const auto end = word_ends_block(tag + 2 + (sign != '\0' ? 1 : 0), "endraw");
            if (!end) continue;
            push_data(trimmed_before(std::string_view(source_).substr(at_, tag - at_), sign, false));
            const char close_sign = source_[*end - 3];
            advance(*end - at_);
            trim_after(close_sign);
            return true;
        }
        fail("missing end of raw directive");
    }

    void read_tag(std::string_view end, Type end_type) {
        const int opened = line_;
        std::string open; // brackets waiting to be closed; inside one, "}}" is two braces
        while (true) {
            skip_space();
            if (at_ >= source_.size()) {
                line_ = opened;
                fail("the tag opened here has no end");
            }
            const std::string_view rest = std::string_view(source_).substr(at_);
            const bool signed_end =
                (rest[0] == '-' || (rest[0] == '+' && end == "%}")) && rest.substr(1).starts_with(end);
            if (open.empty() && (signed_end || rest.starts_with(end))) {
                push(end_type);
                const char sign = signed_end ? rest[0] : '\0';
                advance(end.size() + (signed_end ? 1 : 0));
                if (end == "%}" || sign == '-') trim_after(sign);
                return;
            }
            read_token(rest, open);
        }
    }

    void read_token(std::string_view rest, std::string& open) {
        const auto first = static_cast<unsigned char>(rest[0]);
        if (is_decimal(first)) return read_number(rest);
        if (rest[0] == '\'' || rest[0] == '"') return read_string(rest);
        if (is_name_start(first)) {
            std::size_t size = 1;
            while (size < rest.size() && (is_name_start(static_cast<unsigned char>(rest[size])) ||
                                          is_decimal(static_cast<unsigned char>(rest[size]))))
                ++size;
            push(Type::name, std::string(rest.substr(0, size)));
            return advance(size);
        }
        read_symbol(rest, open);
    }

    void read_symbol(std::string_view rest, std::string& open) {
        static constexpr std::array<std::string_view, 6> doubles{"==", "!=", "<=", ">=", "//", "**"};
        for (const std::string_view symbol : doubles)
            if (rest.starts_with(symbol)) {
                push(Type::symbol, std::string(symbol));
                return advance(symbol.size());
            }
        const char c = rest[0];
        if (std::string_view("+-*/%~()[]{}<>=.:,|;").find(c) == npos)
            fail("unexpected character " + string_repr(rest.substr(0, next_code_point(rest).length)));
        if (c == '(' || c == '[' || c == '{') open += c == '(' ? ')' : (c == '[' ? ']' : '}');
        if (c == ')' || c == ']' || c == '}') {
            if (open.empty()) fail(std::string("unexpected '") + c + "'");
            if (open.back() != c) fail(std::string("unexpected '") + c + "', expected '" + open.back() + "'");
            open.pop_back();
        }
        push(Type::symbol, std::string(1, c));
        advance(1);
    }

    void read_number(std::string_view rest) {
        const auto is_hex = [](char c) {
            return is_decimal(static_cast<unsigned char>(c)) || (c >= 'a' && c <= 'f') ||
                   (c >= 'A' && c <= 'F');
        };
        int base = 10;
        if (rest.size() > 2 && rest[0] == '0') {
            const char mark = static_cast<char>(rest[1] | 0x20);
            base = mark == 'x' ? 16 : (mark == 'o' ? 8 : (mark == 'b' ? 2 : 10));
        }
        std::size_t size = base == 10 ? 0 : 2;
        std::string digits;
        const auto take_digits = [&] {
            for (; size < rest.size(); ++size) {
                const char c = rest[size];
                if (c == '_' && size + 1 < rest.size() && is_hex(rest[size + 1])) continue;
                if (base == 16 ? !is_hex(c) : !is_decimal(static_cast<unsigned char>(c))) break;
                digits += c;
            }
        };
        const auto digit_at = [&](std::size_t i) {
            return i < rest.size() && is_decimal(static_cast<unsigned char>(rest[i]));
        };
        take_digits();
        bool is_real = false;
        if (base == 10) {
            // After a dot, as in "a.0.1", digits are an index and never begin a fraction.
            const bool is_index =
                !tokens_.empty() && tokens_.back().type == Type::symbol && tokens_.back().text == ".";
            if (!is_index && size < rest.size() && rest[size] == '.' && digit_at(size + 1)) {
                is_real = true, digits += '.', ++size;
                take_digits();
            }
            if (size < rest.size() && (rest[size] == 'e' || rest[size] == 'E')) {
                const bool has_sign =
                    size + 1 < rest.size() && (rest[size + 1] == '+' || rest[size + 1] == '-');
                if (digit_at(size + (has_sign ? 2 : 1))) {
                    is_real = true, digits += 'e', ++size;
                    if (has_sign) digits += rest[size++];
                    take_digits();
                }
            }
        }
        push(is_real ? Type::real : Type::integer, std::string(rest.substr(0, size)));
        Token& token = tokens_.back();
        const char* const end = digits.data() + digits.size();
        const auto result = is_real ? std::from_chars(digits.data(), end, token.real)
                                    : std::from_chars(digits.data(), end, token.integer, base);
        if (result.ec != std::errc() || result.ptr != end)
            fail("the number " + token.text + " is out of range");
        advance(size);
    }

    void read_string(std::string_view rest) {
        std::size_t end = 1;
        while (end < rest.size() && rest[end] != rest[0])
            end += rest[end] == '\\' ? 2 : 1;
        if (end >= rest.size()) fail("a string has no end");
        push(Type::string, unescaped(rest.substr(1, end - 1)));
        advance(end + 1);
    }

    std::string unescaped(std::string_view text) const {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '\\') {
                out += text[i];
                continue;
            }
            const char c = text[++i]; // a string never ends with a lone backslash
            static constexpr std::string_view from = "abfnrtv\\'\"";
            static constexpr std::string_view to = "\a\b\f\n\r\t\v\\'\"";
            if (const std::size_t simple = from.find(c); simple != npos) {
                out += to[simple];
            } else if (c == '\n') {
                continue;
            } else if (c >= '0' && c <= '7') {
                char32_t value = 0;
                const std::size_t stop = std::min(i + 3, text.size());
                for (; i < stop && text[i] >= '0' && text[i] <= '7'; ++i)
                    value = value * 8 + static_cast<char32_t>(text[i] - '0');
                --i;
                append_code_point(out, value);
            } else if (c == 'x' || c == 'u' || c == 'U') {
                const std::size_t digits = c == 'x' ? 2 : (c == 'u' ? 4 : 8);
                std::uint32_t value = read_hex(text, i + 1, digits);
                i += digits;
                // "\ud83d\ude00": two halves written apart are one character.
                if (value >= 0xD800 && value <= 0xDBFF && text.substr(i + 1).starts_with("\\u")) {
                    const std::uint32_t low = read_hex(text, i + 3, 4);
                    if (low < 0xDC00 || low > 0xDFFF) fail("a lone surrogate in a string");
                    value = 0x10000 + ((value - 0xD800) << 10U) + (low - 0xDC00);
                    i += 6;
                }
                if ((value >= 0xD800 && value <= 0xDFFF) || value > 0x10FFFF)
                    fail("an escape in a string is not a character");
                append_code_point(out, value);
            } else {
                out += '\\', out += c;
            }
        }
        return out;
    }

    std::uint32_t read_hex(std::string_view text, std::size_t at, std::size_t digits) const {
        std::uint32_t value = 0;
        if (text.size() < at + digits) fail("truncated escape in a string");
        const char* const end = text.data() + at + digits;
        const auto result = std::from_chars(text.data() + at, end, value, 16);
        if (result.ec != std::errc() || result.ptr != end) fail("truncated escape in a string");
        return value;
    }

    std::string source_;
    std::size_t at_ = 0;
    int line_ = 1;
    bool at_line_start_ = true;
    std::vector<Token> tokens_;
};

} // namespace

std::vector<Token> tokenize(std::string_view source) {
    return Lexer(normalized(source)).run();
}

} // namespace spoutnik::engine::jinja
