// SPDX-License-Identifier: MIT
#include "app/markdown/tex.h"

#include "app/markdown/tex_symbols.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace spoutnik::app {

namespace {

using Kind = TexNode::Kind;
using Role = TexNode::Role;
using Style = TexNode::Style;

constexpr std::size_t most_bytes = 4096;
constexpr int most_depth = 48;

/// Thrown where the formula leaves what is known; caught in parse_tex.
struct Unknown {};

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::size_t length_of_character(char first) {
    const auto byte = static_cast<unsigned char>(first);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

TexNode atom(std::string_view text, Role role = Role::ordinary, Style style = Style::upright) {
    TexNode node;
    node.kind = Kind::atom;
    node.role = role;
    node.style = style;
    node.text = text;
    return node;
}

TexNode space(double em) {
    TexNode node;
    node.kind = Kind::space;
    node.width = em;
    return node;
}

/// A row of one is that one.
TexNode row(std::vector<TexNode> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    TexNode node;
    node.children = std::move(parts);
    return node;
}

/// The rows of an environment, and how it is set.
struct Environment {
    std::string_view name, open, close;
    TexNode::Columns alignment = TexNode::Columns::centered;
};
constexpr auto left = TexNode::Columns::left;
constexpr auto pairs = TexNode::Columns::pairs;
constexpr std::array<Environment, 14> environments{{{"matrix", "", ""},
                                                    {"smallmatrix", "", ""},
                                                    {"pmatrix", "(", ")"},
                                                    {"bmatrix", "[", "]"},
                                                    {"Bmatrix", "{", "}"},
                                                    {"vmatrix", "|", "|"},
                                                    {"Vmatrix", "‖", "‖"},
                                                    {"cases", "{", "", left},
                                                    {"array", "", ""},
                                                    {"aligned", "", "", pairs},
                                                    {"align", "", "", pairs},
                                                    {"align*", "", "", pairs},
                                                    {"gathered", "", ""},
                                                    {"split", "", "", pairs}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> accents{{{"hat", "^"},
                                                                                 {"widehat", "^"},
                                                                                 {"bar", "¯"},
                                                                                 {"overline", "¯"},
                                                                                 {"vec", "→"},
                                                                                 {"overrightarrow", "→"},
                                                                                 {"tilde", "~"},
                                                                                 {"widetilde", "~"},
                                                                                 {"dot", "˙"},
                                                                                 {"ddot", "¨"},
                                                                                 {"underline", "_"},
                                                                                 {"check", "ˇ"},
                                                                                 {"breve", "˘"},
                                                                                 {"mathring", "˚"}}};

/// Sizes and hints that change nothing here.
constexpr std::array<std::string_view, 19> ignored{
    "displaystyle", "textstyle", "scriptstyle", "limits", "nolimits", "big",  "Big",
    "bigg",         "Bigg",      "bigl",        "bigr",   "Bigl",     "Bigr", "biggl",
    "biggr",        "nonumber",  "notag",       "hfill",  "middle"};

constexpr std::array<std::pair<std::string_view, double>, 8> spaces{{{",", 1.0 / 6},
                                                                     {":", 2.0 / 9},
                                                                     {";", 5.0 / 18},
                                                                     {">", 2.0 / 9},
                                                                     {"!", -1.0 / 6},
                                                                     {" ", 0.33},
                                                                     {"quad", 1},
                                                                     {"qquad", 2}}};

template <class Table>
auto find(const Table& table, std::string_view name) {
    auto at = table.begin();
    while (at != table.end() && at->first != name)
        ++at;
    return at;
}

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    TexNode formula() {
        auto lines = grid({"", "", "", pairs}, false);
        if (lines.children.size() == 1) return std::move(lines.children.front());
        return lines;
    }

  private:
    struct Deeper {
        explicit Deeper(int& depth) : depth_(depth) {
            if (++depth_ > most_depth) throw Unknown();
        }
        ~Deeper() { --depth_; }
        Deeper(const Deeper&) = delete;
        Deeper& operator=(const Deeper&) = delete;
        int& depth_;
    };

    bool at_end() const { return at_ >= text_.size(); }
    std::string_view rest() const { return text_.substr(at_); }
    bool sees(std::string_view what) const { return rest().starts_with(what); }
    bool takes(std::string_view what) {
        if (!sees(what)) return false;
        at_ += what.size();
        return true;
    }
    void skip_blanks() {
        while (!at_end()) {
            if (text_[at_] == '%') {
                const auto end = text_.find('\n', at_);
                at_ = end == std::string_view::npos ? text_.size() : end;
            } else if (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r') {
                ++at_;
            } else {
                return;
            }
        }
    }
    std::string_view character() {
        if (at_end()) throw Unknown();
        const auto found = rest().substr(0, length_of_character(text_[at_]));
        at_ += found.size();
        return found;
    }
    /// Behind a backslash: letters, or one other character.
    std::string_view command() {
        const auto begin = at_;
        while (!at_end() && is_letter(text_[at_]))
            ++at_;
        if (at_ > begin) return text_.substr(begin, at_ - begin);
        return character();
    }
    /// The command ahead, not taken.
    std::string_view command_ahead() {
        if (!sees("\\")) return {};
        const auto before = at_++;
        const auto name = at_end() ? std::string_view() : command();
        at_ = before;
        return name;
    }

    /// Cells and rows up to the end, or to \end{name}, which is taken.
    TexNode grid(const Environment& environment, bool has_end) {
        TexNode matrix;
        matrix.kind = Kind::matrix;
        matrix.open = environment.open;
        matrix.close = environment.close;
        matrix.alignment = environment.alignment;
        std::vector<std::vector<TexNode>> rows(1);
        for (;;) {
            rows.back().push_back(parts({}));
            if (takes("&")) continue;
            if (takes("\\\\")) {
                skip_blanks();
                if (takes("[")) skip_to(']');
                rows.emplace_back();
                continue;
            }
            if (has_end) {
                if (!takes("\\end")) throw Unknown();
                if (braced_name() != environment.name) throw Unknown();
            } else if (!at_end()) {
                throw Unknown();
            }
            break;
        }
        // A line break at the end begins no line.
        if (rows.size() > 1 && rows.back().size() == 1 && is_empty(rows.back().front())) rows.pop_back();
        for (const auto& cells : rows)
            matrix.columns = std::max(matrix.columns, cells.size());
        for (auto& cells : rows) {
            cells.resize(matrix.columns);
            std::move(cells.begin(), cells.end(), std::back_inserter(matrix.children));
        }
        return matrix;
    }

    static bool is_empty(const TexNode& node) { return node.kind == Kind::row && node.children.empty(); }

    void skip_to(char end) {
        const auto found = text_.find(end, at_);
        if (found == std::string_view::npos) throw Unknown();
        at_ = found + 1;
    }

    /// What stands side by side, up to whatever ends it (which is left there).
    TexNode parts(std::string_view end) {
        const Deeper deeper(depth_);
        std::vector<TexNode> found;
        for (;;) {
            skip_blanks();
            if (at_end() || (!end.empty() && sees(end)) || sees("}") || sees("&") || sees("\\\\")) break;
            const auto name = command_ahead();
            if (name == "right" || name == "end") break;
            if (auto part = scripted()) found.push_back(std::move(*part));
        }
        return row(std::move(found));
    }

    /// A nucleus with what hangs on it. Nothing for a command that only hints at sizes.
    std::optional<TexNode> scripted() {
        std::optional<TexNode> base;
        bool wants_limits = false;
        if (!sees("^") && !sees("_") && !sees("'")) {
            base = nucleus();
            if (!base) return std::nullopt;
        }
        TexNode below, above;
        bool has_below = false, has_above = false;
        for (;;) {
            skip_blanks();
            const auto name = command_ahead();
            if (name == "limits" || name == "nolimits") {
                wants_limits = name == "limits";
                at_ += name.size() + 1;
            } else if (takes("'")) {
                std::string marks = "′";
                while (takes("'"))
                    marks += "′";
                std::vector<TexNode> both{atom(marks)};
                if (has_above) both.push_back(std::move(above));
                above = row(std::move(both));
                has_above = true;
            } else if (takes("^")) {
                auto script = argument();
                std::vector<TexNode> both;
                if (has_above) both.push_back(std::move(above));
                both.push_back(std::move(script));
                above = row(std::move(both));
                has_above = true;
            } else if (!has_below && takes("_")) {
                below = argument();
                has_below = true;
            } else {
                break;
            }
        }
        if (!has_below && !has_above) return base;
        TexNode node;
        node.kind = Kind::scripts;
        node.has_limits = wants_limits || (base && base->has_limits);
        if (base) node.role = base->role;
        node.children.push_back(base ? std::move(*base) : TexNode());
        node.children.push_back(std::move(below));
        node.children.push_back(std::move(above));
        return node;
    }

    /// {...}, or the one thing that follows.
    TexNode argument() {
        const Deeper deeper(depth_);
        skip_blanks();
        if (sees("{")) return group();
        if (at_end() || sees("}") || sees("&") || sees("^") || sees("_")) throw Unknown();
        if (text_[at_] >= '0' && text_[at_] <= '9') return atom(character()); // one digit only
        auto found = nucleus();
        if (!found) throw Unknown();
        return std::move(*found);
    }
    TexNode group() {
        if (!takes("{")) throw Unknown();
        auto inside = parts({});
        if (!takes("}")) throw Unknown();
        return inside;
    }
    /// The text between braces as it is.
    std::string_view braced() {
        skip_blanks();
        if (!takes("{")) throw Unknown();
        const auto begin = at_;
        for (int open = 1; open > 0;) {
            if (at_end()) throw Unknown();
            if (text_[at_] == '\\')
                ++at_;
            else if (text_[at_] == '{')
                ++open;
            else if (text_[at_] == '}')
                --open;
            ++at_;
        }
        return text_.substr(begin, at_ - 1 - begin);
    }
    std::string_view braced_name() { return braced(); }

    std::optional<TexNode> nucleus() {
        if (sees("{")) return group();
        if (takes("\\")) return of_command(command());
        const auto sign = character();
        if (sign.size() == 1) {
            const char c = sign.front();
            if (is_letter(c)) return atom(sign, Role::ordinary, Style::italic);
            if (c >= '0' && c <= '9') return number(sign);
            switch (c) {
            case '+':
                return atom("+", Role::binary);
            case '-':
                return atom("−", Role::binary);
            case '*':
                return atom("∗", Role::binary);
            case '=':
            case '<':
            case '>':
            case ':':
                return atom(sign, Role::relation);
            case '(':
            case '[':
                return atom(sign, Role::opening);
            case ')':
            case ']':
            case '!':
            case '?':
                return atom(sign, Role::closing);
            case ',':
            case ';':
                return atom(sign, Role::punctuation);
            case '~':
                return space(0.33);
            case '#':
            case '$':
                throw Unknown();
            default:
                return atom(sign);
            }
        }
        return atom(sign, Role::ordinary, Style::upright);
    }

    /// Digits stay together, with their point or comma.
    TexNode number(std::string_view first) {
        std::string digits(first);
        while (!at_end()) {
            const char c = text_[at_];
            const bool is_digit = c >= '0' && c <= '9';
            const bool is_point =
                c == '.' && at_ + 1 < text_.size() && text_[at_ + 1] >= '0' && text_[at_ + 1] <= '9';
            if (!is_digit && !is_point) break;
            digits += c;
            ++at_;
        }
        return atom(digits);
    }

    std::optional<TexNode> of_command(std::string_view name) {
        if (name == "frac" || name == "dfrac" || name == "tfrac" || name == "cfrac") {
            auto found = fraction(true);
            found.is_tall = name == "dfrac" || name == "cfrac";
            return found;
        }
        if (name == "binom" || name == "dbinom" || name == "tbinom") return fraction(false);
        if (name == "sqrt") return root();
        if (name == "left") return fenced();
        if (name == "begin") return environment();
        if (name == "text" || name == "textrm" || name == "mbox" || name == "textit" ||
            name == "textnormal" || name == "texttt" || name == "textsf")
            return text_atom(Style::upright);
        if (name == "textbf") return text_atom(Style::bold);
        if (name == "mathrm" || name == "mathsf" || name == "mathtt" || name == "mathit" ||
            name == "mathcal" || name == "mathscr" || name == "mathfrak" || name == "operatorname" ||
            name == "operatorname*" || name == "mathop" || name == "mathbin" || name == "mathrel")
            return letters(name);
        if (name == "mathbf" || name == "boldsymbol" || name == "bm" || name == "pmb") {
            auto inside = argument();
            restyle(inside, Style::bold);
            return inside;
        }
        if (name == "mathbb") return blackboard();
        if (name == "pmod") return modulo();
        if (name == "not") return negated();
        if (name == "overset" || name == "underset" || name == "stackrel") return stacked(name);
        if (name == "underbrace" || name == "overbrace" || name == "boxed" || name == "phantom") {
            if (name != "boxed") throw Unknown();
            return argument();
        }
        if (name == "tag" || name == "label") {
            braced();
            return std::nullopt;
        }
        if (const auto accent = find(accents, name); accent != accents.end()) {
            TexNode node;
            node.kind = Kind::accent;
            node.text = accent->second;
            node.children.push_back(argument());
            return node;
        }
        if (const auto found = find(spaces, name); found != spaces.end()) return space(found->second);
        for (const auto hint : ignored)
            if (name == hint) return std::nullopt;
        const auto symbol = markdown::tex_symbol(name);
        if (!symbol) throw Unknown();
        auto node = atom(symbol->text, symbol->role, symbol->style);
        node.has_limits = symbol->has_limits;
        return node;
    }

    TexNode fraction(bool has_line) {
        TexNode node;
        node.kind = Kind::fraction;
        node.has_line = has_line;
        if (!has_line) {
            node.open = "(";
            node.close = ")";
        }
        node.children.push_back(argument());
        node.children.push_back(argument());
        return node;
    }

    TexNode root() {
        TexNode degree;
        skip_blanks();
        if (takes("[")) {
            degree = parts("]");
            if (!takes("]")) throw Unknown();
        }
        TexNode node;
        node.kind = Kind::root;
        node.children.push_back(argument());
        node.children.push_back(std::move(degree));
        return node;
    }

    std::string delimiter() {
        skip_blanks();
        if (takes("\\")) {
            const auto symbol = markdown::tex_symbol(command());
            if (!symbol) throw Unknown();
            return std::string(symbol->text);
        }
        const auto sign = character();
        return sign == "." ? std::string() : std::string(sign);
    }

    TexNode fenced() {
        TexNode node;
        node.kind = Kind::fenced;
        node.open = delimiter();
        node.children.push_back(parts({}));
        if (!takes("\\right")) throw Unknown();
        node.close = delimiter();
        return node;
    }

    TexNode environment() {
        const Deeper deeper(depth_);
        const auto name = braced_name();
        for (const auto& known : environments) {
            if (known.name != name) continue;
            if (name == "array") braced();
            return grid(known, true);
        }
        throw Unknown();
    }

    TexNode text_atom(Style style) {
        std::string words;
        for (const char c : braced()) {
            if (c == '$' || c == '\\' || c == '{' || c == '}') throw Unknown();
            words += c == '~' ? ' ' : c;
        }
        return atom(words, Role::ordinary, style);
    }

    TexNode letters(std::string_view name) {
        takes("*");
        auto inside = argument();
        if (name == "operatorname") {
            std::string word;
            collect(inside, word);
            return atom(word, Role::function);
        }
        if (name == "mathrm" || name == "mathsf" || name == "mathtt") restyle(inside, Style::upright);
        return inside;
    }
    static void collect(const TexNode& node, std::string& word) {
        if (node.kind == Kind::space) word += ' ';
        word += node.text;
        for (const auto& child : node.children)
            collect(child, word);
    }
    static void restyle(TexNode& node, Style style) {
        node.style = style;
        for (auto& child : node.children)
            restyle(child, style);
    }

    TexNode blackboard() {
        std::string text;
        for (const char c : braced()) {
            const auto letter = markdown::tex_blackboard(std::string_view(&c, 1));
            if (letter.empty()) throw Unknown();
            text += letter;
        }
        return atom(text);
    }

    TexNode modulo() {
        std::vector<TexNode> all{space(0.5), atom("(", Role::opening), atom("mod"), space(0.33),
                                 argument(), atom(")", Role::closing)};
        return row(std::move(all));
    }

    TexNode negated() {
        auto what = argument();
        if (what.kind != Kind::atom) throw Unknown();
        what.text += "\xCC\xB8"; // U+0338, a stroke through the character before
        return what;
    }

    TexNode stacked(std::string_view name) {
        auto extra = argument();
        auto base = argument();
        TexNode node;
        node.kind = Kind::scripts;
        node.has_limits = true;
        node.role = base.role;
        node.children.push_back(std::move(base));
        node.children.emplace_back();
        node.children.emplace_back();
        node.children[name == "underset" ? 1 : 2] = std::move(extra);
        return node;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

/// One thing to the eye: needs no parentheses beside a stroke.
bool is_simple(const TexNode& node) {
    return node.kind == Kind::atom || (node.kind == Kind::row && node.children.empty());
}

void say(const TexNode& node, std::string& out);

void say_in_parentheses(const TexNode& node, std::string& out) {
    const bool is_plain = is_simple(node);
    if (!is_plain) out += '(';
    say(node, out);
    if (!is_plain) out += ')';
}

void say_script(const TexNode& script, char mark, std::string& out) {
    if (script.kind == Kind::row && script.children.empty()) return;
    out += mark;
    say_in_parentheses(script, out);
}

void say_matrix(const TexNode& node, std::string& out) {
    out += node.open;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        if (i > 0) out += i % node.columns == 0 ? "; " : node.open.empty() ? " " : ", ";
        say(node.children[i], out);
    }
    out += node.close;
}

void say_row(const TexNode& node, std::string& out) {
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        const TexNode& child = node.children[i];
        const bool begins = out.empty() || out.back() == ' ' || out.back() == '(';
        const bool joins = child.role == Role::relation || (child.role == Role::binary && !begins);
        const bool names = child.role == Role::function || child.role == Role::big_operator;
        if ((joins || names) && !begins) out += ' ';
        say(child, out);
        const bool is_applied = i + 1 < node.children.size() && (node.children[i + 1].role == Role::opening ||
                                                                 node.children[i + 1].kind == Kind::fenced);
        if (joins || (names && !is_applied) || child.role == Role::punctuation) out += ' ';
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
}

void say(const TexNode& node, std::string& out) {
    switch (node.kind) {
    case Kind::row:
        say_row(node, out);
        break;
    case Kind::atom:
        out += node.text;
        break;
    case Kind::space:
        if (node.width > 0.3 && !out.empty() && out.back() != ' ') out += ' ';
        break;
    case Kind::fraction:
        out += node.open;
        say_in_parentheses(node.children[0], out);
        out += '/';
        say_in_parentheses(node.children[1], out);
        out += node.close;
        break;
    case Kind::root:
        say_script(node.children[1], '^', out);
        out += "√";
        say_in_parentheses(node.children[0], out);
        break;
    case Kind::scripts:
        say(node.children[0], out);
        say_script(node.children[1], '_', out);
        say_script(node.children[2], '^', out);
        break;
    case Kind::fenced:
        out += node.open;
        say(node.children[0], out);
        out += node.close;
        break;
    case Kind::accent:
        say(node.children[0], out);
        out += node.text;
        break;
    case Kind::matrix:
        say_matrix(node, out);
        break;
    }
}

} // namespace

std::optional<TexNode> parse_tex(std::string_view tex) {
    if (tex.size() > most_bytes) return std::nullopt;
    try {
        return Parser(tex).formula();
    } catch (const Unknown&) {
        return std::nullopt;
    }
}

std::string tex_in_words(const TexNode& node) {
    std::string out;
    say(node, out);
    return out;
}

} // namespace spoutnik::app
