// SPDX-License-Identifier: MIT
// JSON from foreign files. A file is cut into its values by a scan that copies nothing, so that each
// conversation is parsed alone: a damaged one costs only itself, and the memory is that of the largest one.
// Everything here takes any bytes; nothing recurses over their nesting.
#pragma once

#include "storage/database.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace spoutnik::storage::archive {

using Json = nlohmann::json;

/// Arrays and objects inside each other, at most.
inline constexpr std::size_t deepest_nesting = 256;
/// One conversation as text, at most: a tree of values takes up to ten times as much.
inline constexpr std::size_t largest_value_bytes = std::size_t{128} << 20U;

/// The text without its byte order mark and the white space at its ends.
std::string_view trimmed_json(std::string_view text);

/// The elements of an array; of a damaged or unfinished one, those before the damage, then the rest as one
/// element that will not parse. nullopt: not an array.
std::optional<std::vector<std::string_view>> array_elements(std::string_view text);

/// Names (as written, escapes not read) and values of an object, read as far as it goes. nullopt: not an
/// object.
using Member = std::pair<std::string_view, std::string_view>;
std::optional<std::vector<Member>> object_members(std::string_view text);
/// The first value of this name; empty where there is none.
std::string_view member_named(const std::vector<Member>& members, std::string_view name);

/// Parses one value. Invalid UTF-8 and halves of surrogate pairs, which some programs write, are replaced by
/// U+FFFD. nullopt: damaged, too deep or too large.
std::optional<Json> parse_value(std::string_view text);

// Reading what may be missing, null or of another type.

/// The member, or a null value.
const Json& member_of(const Json& object, const char* key);
/// The member's text without NUL characters; empty unless it is a string.
std::string text_of(const Json& object, const char* key);
std::string text_of(const Json& value);
std::int64_t integer_of(const Json& object, const char* key);
double number_of(const Json& object, const char* key);
bool is_true(const Json& object, const char* key);
/// A point in time: seconds, milli-, micro- or nanoseconds since 1970, told apart by their size, or ISO 8601.
/// 0 when it is neither.
TimeMs time_of(const Json& object, const char* key);

} // namespace spoutnik::storage::archive
