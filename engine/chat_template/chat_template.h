// SPDX-License-Identifier: MIT
// A model's own chat template: an interpreter of the part of Jinja2 that real templates use.
#pragma once

#include "engine/error.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace spoutnik::engine {

/// What one rendering may use, and what the clock of `strftime_now` says.
struct RenderOptions {
    std::uint64_t max_output_bytes = std::uint64_t{256} << 20U;
    std::uint64_t max_steps = 20'000'000;
    /// Bytes of all values made while rendering, freed or not.
    std::uint64_t max_memory_bytes = std::uint64_t{1} << 30U;
    /// Now, when empty.
    std::optional<std::chrono::system_clock::time_point> now;
    bool utc = false; ///< show the time in UTC instead of the local time zone
};

/// Immutable after construction; safe to use from several threads.
class ChatTemplate {
  public:
    /// Parses Jinja source. Throws Error "line L: ..." for what is malformed or not supported.
    explicit ChatTemplate(std::string_view source);
    ~ChatTemplate();
    ChatTemplate(ChatTemplate&&) noexcept;
    ChatTemplate& operator=(ChatTemplate&&) noexcept;

    /// The prompt for these variables (an object: messages, tools, add_generation_prompt, bos_token, ...;
    /// the order of keys is kept, tojson shows it). Nothing is added to the output. Throws Error with the
    /// text a template gave to raise_exception, or with the line of what failed. Bounded in steps and output
    /// bytes.
    std::string render(const nlohmann::ordered_json& variables) const;
    std::string render(const nlohmann::ordered_json& variables, const RenderOptions& options) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace spoutnik::engine
