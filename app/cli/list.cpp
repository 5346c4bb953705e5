// SPDX-License-Identifier: MIT
// What is kept: all conversations, or those where something was said.
#include "app/cli/commands.h"
#include "app/cli/kept.h"
#include "engine/gguf/printable.h"
#include "storage/archive/timestamp.h"
#include "storage/conversations.h"
#include "storage/search.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace spoutnik::app::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string shown(const std::string& text) {
    return engine::printable(text, 200);
}

std::string line_of(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const char* name_of(storage::SearchHit::Where where) {
    switch (where) {
    case storage::SearchHit::Where::title:
        return "title";
    case storage::SearchHit::Where::reasoning:
        return "reasoning";
    case storage::SearchHit::Where::content:
        break;
    }
    return "content";
}

} // namespace

int run_list(const ListOptions& options) {
    storage::Database database = open_to_read(options.data);
    storage::ListFilter filter;
    filter.archived = storage::ListFilter::Archived::also;
    Json all = Json::array();
    for (const storage::ConversationSummary& row : storage::Conversations(database).list(filter)) {
        const storage::Conversation& conversation = row.conversation;
        if (options.json)
            all.push_back({{"uuid", conversation.uuid},
                           {"title", conversation.title},
                           {"created_ms", conversation.created_ms},
                           {"updated_ms", conversation.updated_ms},
                           {"is_pinned", conversation.is_pinned},
                           {"is_archived", conversation.is_archived},
                           {"model", conversation.model},
                           {"tags", row.tags}});
        else
            fmt::print("{}  {}  {}\n", conversation.uuid,
                       storage::archive::readable_time(conversation.updated_ms), shown(conversation.title));
    }
    if (options.json) fmt::print("{}\n", line_of(all));
    return 0;
}

int run_search(const SearchOptions& options) {
    storage::Database database = open_to_read(options.data);
    const storage::Conversations conversations(database);
    Json all = Json::array();
    for (const storage::SearchHit& hit : storage::search(database, options.text, options.limit)) {
        const auto conversation = conversations.find(hit.conversation);
        if (!conversation) continue;
        if (!options.json) {
            fmt::print("{}  {}\n  {}: {}\n", conversation->uuid, shown(hit.conversation_title),
                       hit.where == storage::SearchHit::Where::title
                           ? std::string("title")
                           : fmt::format("message {}, {}", hit.message.value_or(0), name_of(hit.role)),
                       shown(hit.snippet));
            continue;
        }
        Json marks = Json::array();
        for (const storage::ByteRange& range : hit.hits)
            marks.push_back({range.begin, range.end});
        Json value{{"conversation", conversation->uuid},
                   {"title", hit.conversation_title},
                   {"message", nullptr},
                   {"role", nullptr},
                   {"where", name_of(hit.where)},
                   {"created_ms", hit.created_ms},
                   {"snippet", hit.snippet},
                   {"hits", marks}};
        if (hit.message) {
            value["message"] = *hit.message;
            value["role"] = name_of(hit.role);
        }
        all.push_back(std::move(value));
    }
    if (options.json) fmt::print("{}\n", line_of(all));
    return 0;
}

} // namespace spoutnik::app::cli
