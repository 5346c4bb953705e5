// SPDX-License-Identifier: MIT
#include "engine/chat_template/chat_template.h"

#include "engine/chat_template/interpreter.h"
#include "engine/chat_template/parser.h"
#include "engine/chat_template/runtime.h"

#include <limits>

#include <nlohmann/json.hpp>

namespace spoutnik::engine {
namespace {

using jinja::Value;

Value to_value(jinja::Runtime& runtime, const nlohmann::ordered_json& json) {
    const jinja::Runtime::Level level(runtime);
    switch (json.type()) {
    case nlohmann::ordered_json::value_t::boolean:
        return json.get<bool>();
    case nlohmann::ordered_json::value_t::number_integer:
        return json.get<std::int64_t>();
    case nlohmann::ordered_json::value_t::number_unsigned: {
        // What does not fit becomes a float, as the JSON reader itself does beyond 64 bits.
        const auto number = json.get<std::uint64_t>();
        if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            return static_cast<double>(number);
        return static_cast<std::int64_t>(number);
    }
    case nlohmann::ordered_json::value_t::number_float:
        return json.get<double>();
    case nlohmann::ordered_json::value_t::string:
        return runtime.string(json.get_ref<const std::string&>());
    case nlohmann::ordered_json::value_t::array: {
        std::vector<Value> items;
        items.reserve(json.size());
        for (const auto& item : json)
            items.push_back(to_value(runtime, item));
        return runtime.list(std::move(items));
    }
    case nlohmann::ordered_json::value_t::object: {
        std::vector<std::pair<Value, Value>> entries;
        entries.reserve(json.size());
        for (const auto& [key, item] : json.items())
            entries.emplace_back(runtime.string(key), to_value(runtime, item));
        return runtime.dict(std::move(entries));
    }
    default:
        return jinja::None{};
    }
}

} // namespace

struct ChatTemplate::Impl {
    jinja::Block program;
};

ChatTemplate::ChatTemplate(std::string_view source)
    : impl_(std::make_unique<Impl>(Impl{jinja::parse(source)})) {
}
ChatTemplate::~ChatTemplate() = default;
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;

std::string ChatTemplate::render(const nlohmann::ordered_json& variables) const {
    return render(variables, {});
}

std::string ChatTemplate::render(const nlohmann::ordered_json& variables,
                                 const RenderOptions& options) const {
    if (!variables.is_object()) throw Error("the variables of a chat template must be an object");
    jinja::Runtime runtime(options);
    std::vector<std::pair<std::string, Value>> named;
    for (const auto& [name, json] : variables.items())
        named.emplace_back(name, to_value(runtime, json));
    return jinja::interpret(runtime, impl_->program, named);
}

} // namespace spoutnik::engine
