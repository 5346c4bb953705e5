// SPDX-License-Identifier: MIT
// Functions every template can call.
#include "engine/chat_template/builtins.h"
#include "engine/chat_template/clock.h"
#include "engine/chat_template/objects.h"
#include "engine/chat_template/operators.h"
#include "engine/chat_template/output.h"

#include <algorithm>
#include <array>

namespace spoutnik::engine::jinja {
namespace {

using Global = Value (*)(Runtime&, Arguments&);

struct NamedGlobal {
    std::string_view name;
    Global function;
};

Value range(Runtime& runtime, Arguments& arguments) {
    constexpr std::int64_t longest = 100'000; // as jinja2's sandbox
    const auto bound = bind(runtime, "range", arguments, {"start", "stop", "step"}, 1);
    const auto integer = [&](std::size_t i, std::int64_t otherwise) {
        return bound[i] ? expect_integer(runtime, *bound[i], "range argument") : otherwise;
    };
    std::int64_t start = integer(0, 0);
    std::int64_t stop = integer(1, 0);
    const std::int64_t step = integer(2, 1);
    if (!bound[1]) stop = std::exchange(start, 0);
    if (step == 0) runtime.fail("range() arg 3 must not be zero");
    std::vector<Value> items;
    for (std::int64_t at = start; step > 0 ? at < stop : at > stop;) {
        if (static_cast<std::int64_t>(items.size()) == longest)
            runtime.fail("Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).");
        items.emplace_back(at);
        if (__builtin_add_overflow(at, step, &at)) break;
    }
    return runtime.sequence(Sequence::Type::range, std::move(items));
}

// The pairs of dict(mapping or pairs, name=value, ...).
std::vector<std::pair<Value, Value>> entries_of(Runtime& runtime, std::string_view callee,
                                                Arguments& arguments) {
    if (arguments.positional.size() > 1)
        runtime.fail(std::string(callee) + "() takes at most one positional argument");
    std::vector<std::pair<Value, Value>> entries;
    if (!arguments.positional.empty()) {
        const Value& source = arguments.positional.front();
        if (const Dict* dict = source.dict()) {
            entries = dict->entries;
        } else {
            for (const Value& pair : walk(runtime, source)) {
                const std::vector<Value> both = walk(runtime, pair);
                if (both.size() != 2) runtime.fail(std::string(callee) + "() needs pairs of key and value");
                entries.emplace_back(both[0], both[1]);
            }
        }
    }
    for (auto& [name, value] : arguments.named)
        entries.emplace_back(runtime.string(name), std::move(value));
    return entries;
}

Value make_dict(Runtime& runtime, Arguments& arguments) {
    return runtime.dict(entries_of(runtime, "dict", arguments));
}

Value make_namespace(Runtime& runtime, Arguments& arguments) {
    auto space = std::make_shared<Namespace>();
    runtime.adopt(space);
    for (auto& [key, value] : entries_of(runtime, "namespace", arguments))
        space->assign(expect_string(runtime, key, "attribute name"), std::move(value));
    return std::shared_ptr<Object>(std::move(space));
}

[[noreturn]] Value raise_exception(Runtime& runtime, Arguments& arguments) {
    const auto bound = bind(runtime, "raise_exception", arguments, {"message"}, 1);
    throw Error(to_text(runtime, *bound[0]));
}

Value strftime_now(Runtime& runtime, Arguments& arguments) {
    const auto bound = bind(runtime, "strftime_now", arguments, {"format"}, 1);
    const std::string_view format = expect_string(runtime, *bound[0], "format");
    return runtime.string(format_time(runtime, format, runtime.shown_time()));
}

constexpr std::array<NamedGlobal, 7> globals{{{"range", range},
                                              {"dict", make_dict},
                                              {"namespace", make_namespace},
                                              {"raise_exception", raise_exception},
                                              {"strftime_now", strftime_now},
                                              {"cycler", make_cycler},
                                              {"joiner", make_joiner}}};

} // namespace

std::optional<Value> find_global(Runtime& runtime, std::string_view name) {
    const auto found = std::find_if(globals.begin(), globals.end(),
                                    [name](const NamedGlobal& entry) { return entry.name == name; });
    if (found == globals.end()) return std::nullopt;
    runtime.claim(sizeof(Function));
    return make_function(found->function);
}

Filter find_filter(std::string_view name) {
    if (const Filter filter = find_text_filter(name)) return filter;
    return find_sequence_filter(name);
}

} // namespace spoutnik::engine::jinja
