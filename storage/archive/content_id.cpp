// SPDX-License-Identifier: MIT
#include "storage/archive/content_id.h"

#include <cstdint>
#include <cstdio>
#include <string_view>

namespace spoutnik::storage::archive {

namespace {

class Fnv1a {
  public:
    void add(std::string_view bytes) {
        for (const char byte : bytes)
            hash_ = (hash_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3ULL;
    }
    /// A text ends where its length says: "ab" and "c" are not "a" and "bc".
    void add_text(std::string_view text) {
        add_number(static_cast<std::int64_t>(text.size()));
        add(text);
    }
    void add_number(std::int64_t number) { add(std::to_string(number) + ';'); }
    std::uint64_t hash() const { return hash_; }

  private:
    std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

} // namespace

std::string content_id(const Tree& tree) {
    Fnv1a hash;
    hash.add_number(tree.conversation.created_ms);
    for (const auto& [message, replay] : tree.messages) {
        hash.add_number(message.parent.value_or(0));
        hash.add_number(message.created_ms);
        hash.add_text(name_of(message.role));
        hash.add_text(message.content);
        hash.add_text(message.reasoning);
    }
    char digits[32];
    std::snprintf(digits, sizeof digits, "content-%016llx", static_cast<unsigned long long>(hash.hash()));
    return digits;
}

} // namespace spoutnik::storage::archive
