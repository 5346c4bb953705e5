// SPDX-License-Identifier: MIT
// Any bytes as a template over a small conversation: renders or fails with an Error, within its budget.
#include "engine/chat_template/chat_template.h"

#include <cstddef>
#include <cstdint>

#include <nlohmann/json.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto variables = nlohmann::ordered_json::parse(
        R"({"messages":[{"role":"user","content":"h\u00e9 <b>"},{"role":"assistant","content":null,
            "tool_calls":[{"function":{"name":"f","arguments":{"a":[1,2.5,null,true]}}}]}],
            "bos_token":"<s>","add_generation_prompt":true,"n":7})");
    spoutnik::engine::RenderOptions options;
    options.max_output_bytes = 1 << 16;
    options.max_steps = 50'000;
    options.max_memory_bytes = 4 << 20;
    options.now = std::chrono::system_clock::time_point{};
    try {
        spoutnik::engine::ChatTemplate({reinterpret_cast<const char*>(data), size})
            .render(variables, options);
    } catch (const spoutnik::engine::Error&) {
        // saying what is wrong is the right answer
    }
    return 0;
}
