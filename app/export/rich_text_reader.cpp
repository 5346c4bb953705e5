// SPDX-License-Identifier: MIT
#include "app/export/rich_text_reader.h"

#include <array>
#include <optional>
#include <utility>

namespace spoutnik::app {

namespace {

using Kind = RichSpan::Kind;

constexpr std::string_view formula_tag = "<span class=\"math\">";

std::optional<Kind> kind_of(std::string_view name) {
    if (name == "b") return Kind::bold;
    if (name == "i") return Kind::italic;
    if (name == "s") return Kind::struck;
    if (name == "code") return Kind::code;
    if (name == "a") return Kind::link;
    return std::nullopt;
}

class Reader {
  public:
    Reader(std::string_view html, const std::function<std::string(const std::string&)>& formula)
        : rest_(html), formula_(formula) {}

    RichText read() {
        while (!rest_.empty()) {
            const std::size_t tag = rest_.find('<');
            result_.text += unescaped(rest_.substr(0, tag));
            rest_ = tag == std::string_view::npos ? std::string_view() : rest_.substr(tag);
            if (!rest_.empty()) read_tag();
        }
        while (!open_.empty())
            close();
        return std::move(result_);
    }

  private:
    void read_tag() {
        if (rest_.starts_with(formula_tag)) {
            read_formula();
            return;
        }
        const std::size_t end = rest_.find('>');
        const std::string_view tag = rest_.substr(1, end == std::string_view::npos ? end : end - 1);
        rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
        if (tag.starts_with("br")) {
            result_.text += '\n';
        } else if (tag.starts_with('/')) {
            if (!open_.empty()) close();
        } else if (const auto kind = kind_of(tag.substr(0, tag.find(' ')))) {
            open_.push_back({*kind, result_.text.size(), 0, address_in(tag)});
        }
    }

    void read_formula() {
        rest_.remove_prefix(formula_tag.size());
        const std::size_t end = rest_.find("</span>");
        const std::size_t begin = result_.text.size();
        std::string tex = unescaped(rest_.substr(0, end));
        result_.text += formula_(tex);
        result_.spans.push_back({Kind::formula, begin, result_.text.size(), std::move(tex)});
        rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 7);
    }

    static std::string address_in(std::string_view tag) {
        constexpr std::string_view name = "href=\"";
        const std::size_t at = tag.find(name);
        if (at == std::string_view::npos) return {};
        tag.remove_prefix(at + name.size());
        return unescaped(tag.substr(0, tag.find('"')));
    }

    void close() {
        open_.back().end = result_.text.size();
        result_.spans.push_back(std::move(open_.back()));
        open_.pop_back();
    }

    std::string_view rest_;
    const std::function<std::string(const std::string&)>& formula_;
    RichText result_;
    std::vector<RichSpan> open_;
};

} // namespace

std::string unescaped(std::string_view html) {
    static constexpr std::array<std::pair<std::string_view, char>, 5> entities{
        {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}}};
    std::string text;
    while (!html.empty()) {
        std::size_t size = 1;
        char c = html.front();
        for (const auto& [entity, character] : entities)
            if (html.starts_with(entity)) {
                size = entity.size();
                c = character;
            }
        text += c;
        html.remove_prefix(size);
    }
    return text;
}

RichText read_rich_text(std::string_view html,
                        const std::function<std::string(const std::string& tex)>& formula) {
    return Reader(html, formula).read();
}

} // namespace spoutnik::app
