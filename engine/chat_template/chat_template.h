// SPDX-License-Identifier: MIT
// A model's own chat template: an interpreter of the part of Jinja2 that real templates use.
#pragma once

#include "engine/error.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace spoutnik::engine {

/// Immutable after construction; safe to use from several threads.
class ChatTemplate {
  public:
    /// Parses Jinja source. Throws Error "line L: ..." for what is malformed or not supported.
    explicit ChatTemplate(std::string_view source);
    ~ChatTemplate();
    ChatTemplate(ChatTemplate&&) noexcept;
    ChatTemplate& operator=(ChatTemplate&&) noexcept;

    /// The prompt for these variables (an object: messages, tools, add_generation_prompt, bos_token, ...;
    /// the order of keys is kept, tojson shows it). Nothing is added to the output. Throws Error with the text
    /// a template gave to raise_exception, or with the line of what failed. Bounded in steps and output bytes.
    std::string render(const nlohmann::ordered_json& variables) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace spoutnik::engine
