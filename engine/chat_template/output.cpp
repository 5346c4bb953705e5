// SPDX-License-Identifier: MIT
#include "engine/chat_template/output.h"

#include "engine/chat_template/operators.h"
#include "engine/chat_template/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace spoutnik::engine::jinja {
namespace {

using Type = Sequence::Type;

class ReprWriter {
  public:
    ReprWriter(Runtime& runtime, std::string& out) : runtime_(runtime), out_(out) {}

    void write(const Value& value) {
        const Runtime::Level level(runtime_);
        runtime_.spend();
        const std::size_t before = out_.size();
        if (const Sequence* sequence = value.sequence()) return write_sequence(*sequence, value);
        if (const Dict* dict = value.dict()) return write_dict(*dict);
        write_scalar(value);
        runtime_.claim(out_.size() - before);
    }

  private:
    void write_scalar(const Value& value) {
        if (value.is_undefined()) {
            out_ += "Undefined";
        } else if (value.is_none()) {
            out_ += "None";
        } else if (value.is_boolean()) {
            out_ += is_true(value) ? "True" : "False";
        } else if (value.is_integral()) {
            out_ += std::to_string(value.integer());
        } else if (value.is_real()) {
            out_ += float_repr(value.real());
        } else if (value.is_string()) {
            out_ += string_repr(value.text());
        } else {
            out_ += '<', out_ += type_name(value), out_ += '>';
        }
    }

    void write_items(const std::vector<Value>& items) {
        bool first = true;
        for (const Value& item : items) {
            if (!std::exchange(first, false)) out_ += ", ";
            write(item);
        }
    }

    void write_sequence(const Sequence& sequence, const Value& value) {
        switch (sequence.type) {
        case Type::list:
            out_ += '[', write_items(sequence.items), out_ += ']';
            break;
        case Type::tuple:
            out_ += '(', write_items(sequence.items);
            out_ += sequence.items.size() == 1 ? ",)" : ")";
            break;
        case Type::view:
            out_ += sequence.label, out_ += "([", write_items(sequence.items), out_ += "])";
            break;
        case Type::range:
            write_range(sequence.items);
            break;
        case Type::iterator:
            out_ += '<', out_ += type_name(value), out_ += " object>";
            break;
        }
    }

    void write_range(const std::vector<Value>& items) {
        const std::int64_t first = items.empty() ? 0 : items.front().integer();
        const std::int64_t step = items.size() > 1 ? items[1].integer() - first : 1;
        const std::int64_t stop = items.empty() ? 0 : items.back().integer() + step;
        out_ += "range(" + std::to_string(first) + ", " + std::to_string(stop);
        out_ += step == 1 ? ")" : ", " + std::to_string(step) + ")";
    }

    void write_dict(const Dict& dict) {
        out_ += '{';
        bool first = true;
        for (const auto& [key, item] : dict.entries) {
            if (!std::exchange(first, false)) out_ += ", ";
            write(key);
            out_ += ": ";
            write(item);
        }
        out_ += '}';
    }

    Runtime& runtime_;
    std::string& out_;
};

std::string json_number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
    return float_repr(value);
}

class JsonWriter {
  public:
    JsonWriter(Runtime& runtime, const JsonStyle& style, std::string& out)
        : runtime_(runtime), style_(style), out_(out) {}

    void write(const Value& value) {
        const Runtime::Level level(runtime_);
        runtime_.spend();
        if (const Dict* dict = value.dict()) return write_dict(*dict);
        if (const Sequence* sequence = value.sequence();
            sequence != nullptr && (sequence->type == Type::list || sequence->type == Type::tuple))
            return write_list(sequence->items);
        const std::size_t before = out_.size();
        if (value.is_string()) {
            out_ += json_string(value.text(), style_.ensure_ascii);
        } else if (!write_plain(value)) {
            runtime_.fail("Object of type " + std::string(type_name(value)) + " is not JSON serializable");
        }
        runtime_.claim(out_.size() - before);
    }

  private:
    bool write_plain(const Value& value) {
        if (value.is_none()) {
            out_ += "null";
        } else if (value.is_boolean()) {
            out_ += is_true(value) ? "true" : "false";
        } else if (value.is_integral()) {
            out_ += std::to_string(value.integer());
        } else if (value.is_real()) {
            out_ += json_number(value.real());
        } else {
            return false;
        }
        return true;
    }

    void new_line(int levels) {
        if (!style_.indent) return;
        runtime_.claim(1 + style_.indent->size() * static_cast<std::size_t>(levels));
        out_ += '\n';
        for (int i = 0; i < levels; ++i)
            out_ += *style_.indent;
    }

    void write_list(const std::vector<Value>& items) {
        out_ += '[';
        ++levels_;
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (i > 0) separate();
            new_line(levels_);
            write(items[i]);
        }
        --levels_;
        if (!items.empty()) new_line(levels_);
        out_ += ']';
    }

    void write_dict(const Dict& dict) {
        std::vector<const std::pair<Value, Value>*> entries;
        for (const auto& entry : dict.entries)
            entries.push_back(&entry);
        if (style_.sort_keys)
            std::stable_sort(entries.begin(), entries.end(), [this](const auto* a, const auto* b) {
                return is_less(runtime_, a->first, b->first);
            });
        out_ += '{';
        ++levels_;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (i > 0) separate();
            new_line(levels_);
            write_key(entries[i]->first);
            out_ += style_.key_separator;
            write(entries[i]->second);
        }
        --levels_;
        if (!entries.empty()) new_line(levels_);
        out_ += '}';
    }

    void separate() {
        runtime_.claim(style_.item_separator.size() + style_.key_separator.size());
        out_ += style_.item_separator;
    }

    void write_key(const Value& key) {
        if (key.is_string()) {
            out_ += json_string(key.text(), style_.ensure_ascii);
            runtime_.claim(key.text().size());
            return;
        }
        out_ += '"';
        if (!write_plain(key))
            runtime_.fail("keys must be str, int, float, bool or None, not " + std::string(type_name(key)));
        out_ += '"';
    }

    Runtime& runtime_;
    const JsonStyle& style_;
    std::string& out_;
    int levels_ = 0;
};

} // namespace

std::string float_repr(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    // The shortest digits as d.ddde±xx, laid out again where Python would not use an exponent.
    std::array<char, 40> buffer{};
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific).ptr;
    const std::string_view all(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
    const std::size_t e = all.find('e');
    const std::string_view head = all.substr(0, e);
    int exponent = 0;
    std::from_chars(all.data() + e + (all[e + 1] == '+' ? 2 : 1), end, exponent);
    const std::string sign = head.front() == '-' ? "-" : "";
    std::string digits;
    for (const char c : head)
        if (c >= '0' && c <= '9') digits += c;
    if (exponent < -4 || exponent >= 16) {
        std::string out = sign + digits.substr(0, 1);
        if (digits.size() > 1) out += "." + digits.substr(1);
        const std::string power = std::to_string(std::abs(exponent));
        return out + (exponent < 0 ? "e-" : "e+") + (power.size() < 2 ? "0" : "") + power;
    }
    if (exponent < 0) return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() <= whole) return sign + digits + std::string(whole - digits.size(), '0') + ".0";
    return sign + digits.substr(0, whole) + "." + digits.substr(whole);
}

std::string to_repr(Runtime& runtime, const Value& value) {
    std::string out;
    ReprWriter(runtime, out).write(value);
    return out;
}

std::string to_text(Runtime& runtime, const Value& value) {
    if (value.is_string()) return std::string(value.text());
    if (value.is_undefined()) return {};
    return to_repr(runtime, value);
}

std::string to_json(Runtime& runtime, const Value& value, const JsonStyle& style) {
    std::string out;
    JsonWriter(runtime, style, out).write(value);
    return out;
}

} // namespace spoutnik::engine::jinja
