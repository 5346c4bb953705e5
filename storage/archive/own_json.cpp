// SPDX-License-Identifier: MIT
#include "storage/archive/own_json.h"

#include "storage/archive/branches.h"
#include "storage/archive/writer.h"

#include <algorithm>
#include <cmath>

namespace spoutnik::storage::archive {

namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::size_t most_sampling_bytes = 4096;

std::string one_line(const OrderedJson& value) {
    return value.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

// --- writing

/// Readers take NUL characters away (text_of): what would not come back does not go out.
std::string without_nul(std::string text) {
    std::erase(text, '\0');
    return text;
}

void put(OrderedJson& object, const char* key, const std::string& text) {
    if (std::string kept = without_nul(text); !kept.empty()) object[key] = std::move(kept);
}

void put(OrderedJson& object, const char* key, std::int64_t number) {
    if (number != 0) object[key] = number;
}

void put(OrderedJson& object, const char* key, bool is_set) {
    if (is_set) object[key] = true;
}

void put_place(OrderedJson& object, const char* key, std::optional<MessageId> id) {
    if (id) object[key] = index_of(*id);
}

/// A time that is missing, as in rows that were salvaged, is that of the message above, as an import would
/// have it: what comes in again says the same.
TimeMs created_of(const Tree& tree, const Message& message) {
    const Message* at = &message;
    while (at->created_ms == 0 && at->parent)
        at = &tree.messages[index_of(*at->parent)].message;
    return at->created_ms != 0 ? at->created_ms : tree.conversation.created_ms;
}

/// The sampler's settings as the object they are; what is none stays a text.
OrderedJson sampling_value(const std::string& sampling) {
    const std::optional<Json> value = parse_value(sampling);
    // Through Json, which sorts the names: the same settings are the same bytes.
    return value && value->is_object() ? OrderedJson(*value) : OrderedJson(sampling);
}

OrderedJson message_value(const Tree& tree, const Tree::Node& node) {
    const Message& message = node.message;
    const TimeMs created = created_of(tree, message);
    OrderedJson value = OrderedJson::object();
    put_place(value, "parent", message.parent);
    value["role"] = name_of(message.role);
    value["status"] = name_of(message.status == Status::streaming ? Status::interrupted : message.status);
    value["content"] = without_nul(message.content);
    put(value, "reasoning", message.reasoning);
    put(value, "model", message.model);
    put(value, "error", message.error);
    put(value, "created_ms", created);
    put(value, "finished_ms", message.finished_ms != 0 ? message.finished_ms : created);
    put(value, "reasoning_ms", message.reasoning_ms);
    put(value, "reasoning_tokens", message.reasoning_tokens);
    put(value, "prompt_tokens", message.prompt_tokens);
    put(value, "generated_tokens", message.generated_tokens);
    if (message.tokens_per_second != 0 && std::isfinite(message.tokens_per_second))
        value["tokens_per_second"] = message.tokens_per_second;
    put(value, "model_hash", node.replay.model_hash);
    if (const std::string sampling = without_nul(node.replay.sampling);
        !sampling.empty() && sampling.size() <= most_sampling_bytes)
        value["sampling"] = sampling_value(sampling);
    if (!node.replay.token_ids.empty()) value["token_ids"] = node.replay.token_ids;
    return value;
}

OrderedJson conversation_value(const Tree& tree) {
    const Conversation& conversation = tree.conversation;
    OrderedJson value = OrderedJson::object();
    put(value, "uuid", conversation.uuid);
    put(value, "title", conversation.title);
    put(value, "title_is_manual", conversation.title_is_manual);
    put(value, "is_pinned", conversation.is_pinned);
    put(value, "is_archived", conversation.is_archived);
    put(value, "folder", tree.folder);
    if (!tree.tags.empty()) value["tags"] = tree.tags;
    put(value, "draft", tree.draft);
    put(value, "model", conversation.model);
    if (!conversation.source.id.empty())
        value["source"] = {{"format", conversation.source.format}, {"id", conversation.source.id}};
    put(value, "created_ms", conversation.created_ms);
    put(value, "updated_ms",
        conversation.updated_ms != 0 ? conversation.updated_ms : conversation.created_ms);
    // Where nothing is shown, what an import would show.
    const bool shows_last = !conversation.active_leaf && !tree.messages.empty();
    put_place(value, "active_leaf",
              shows_last ? std::optional(tree.messages.back().message.id) : conversation.active_leaf);
    return value;
}

class OwnJsonWriter : public Writer {
  public:
    std::string begin(std::size_t /*count*/) override {
        return "{\"format\":\"" + std::string(own_format) + "\",\"version\":" + std::to_string(own_version) +
               ",\"conversations\":[\n";
    }

    std::string add(const Tree& tree) override {
        std::string text = is_first_ ? "" : ",\n";
        is_first_ = false;
        text += one_line(conversation_value(tree));
        text.pop_back(); // the closing brace waits for the messages
        if (text.back() != '{') text += ',';
        text += "\"messages\":[";
        const char* separator = "\n ";
        for (const Tree::Node& node : tree.messages) {
            text += separator + one_line(message_value(tree, node));
            separator = ",\n ";
        }
        return text + "]}";
    }

    std::string end() override { return "\n]}\n"; }

  private:
    bool is_first_ = true;
};

// --- reading

/// A place in the list, as the id there. nullopt: none, or not one of `count`.
std::optional<MessageId> place_in(const Json& object, const char* key, std::size_t count) {
    const Json& value = member_of(object, key);
    if (!value.is_number_integer()) return std::nullopt;
    const std::int64_t place = integer_of(object, key);
    if (place < 0 || static_cast<std::uint64_t>(place) >= count) return std::nullopt;
    return place + 1;
}

std::vector<std::int32_t> token_ids(const Json& list) {
    std::vector<std::int32_t> ids;
    if (!list.is_array()) return ids;
    ids.reserve(list.size());
    for (const Json& id : list) {
        if (!id.is_number_integer()) return {};
        ids.push_back(
            static_cast<std::int32_t>(std::clamp<std::int64_t>(id.get<std::int64_t>(), -1, INT32_MAX)));
    }
    return ids;
}

Replay read_replay(const Json& value) {
    Replay replay;
    replay.model_hash = text_of(value, "model_hash");
    const Json& sampling = member_of(value, "sampling");
    if (sampling.is_object()) replay.sampling = sampling.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (sampling.is_string()) replay.sampling = text_of(sampling);
    if (replay.sampling.size() > most_sampling_bytes) replay.sampling.clear();
    replay.token_ids = token_ids(member_of(value, "token_ids"));
    return replay;
}

Tree::Node read_message(const Json& value) {
    Tree::Node node;
    Message& message = node.message;
    message.role = role_named(text_of(value, "role"));
    message.status = status_named(text_of(value, "status"));
    if (message.status == Status::streaming) message.status = Status::interrupted;
    message.content = text_of(value, "content");
    message.reasoning = text_of(value, "reasoning");
    message.model = text_of(value, "model");
    message.error = text_of(value, "error");
    message.created_ms = integer_of(value, "created_ms");
    message.finished_ms = integer_of(value, "finished_ms");
    message.reasoning_ms = integer_of(value, "reasoning_ms");
    message.reasoning_tokens = integer_of(value, "reasoning_tokens");
    message.prompt_tokens = integer_of(value, "prompt_tokens");
    message.generated_tokens = integer_of(value, "generated_tokens");
    message.tokens_per_second = number_of(value, "tokens_per_second");
    node.replay = read_replay(value);
    return node;
}

} // namespace

std::unique_ptr<Writer> own_json_writer() {
    return std::make_unique<OwnJsonWriter>();
}

Tree read_own(const Json& value, Omissions& omissions) {
    Tree tree;
    Conversation& conversation = tree.conversation;
    conversation.uuid = text_of(value, "uuid");
    conversation.title = text_of(value, "title");
    conversation.title_is_manual = is_true(value, "title_is_manual");
    conversation.is_pinned = is_true(value, "is_pinned");
    conversation.is_archived = is_true(value, "is_archived");
    conversation.model = text_of(value, "model");
    const Json& source = member_of(value, "source");
    conversation.source = {text_of(source, "format"), text_of(source, "id")};
    conversation.created_ms = integer_of(value, "created_ms");
    conversation.updated_ms = integer_of(value, "updated_ms");
    tree.folder = text_of(value, "folder");
    tree.draft = text_of(value, "draft");
    for (const Json& tag : member_of(value, "tags"))
        if (std::string name = text_of(tag); !name.empty()) tree.tags.push_back(std::move(name));

    const Json& messages = member_of(value, "messages");
    const std::size_t count = messages.is_array() ? messages.size() : 0;
    for (std::size_t i = 0; i < count; ++i) {
        // A message that is none keeps its place, so that the places of the others stay true.
        if (!messages[i].is_object()) ++omissions[Omission::unreadable_message];
        Tree::Node node = read_message(messages[i]);
        node.message.id = static_cast<MessageId>(i) + 1;
        node.message.parent = place_in(messages[i], "parent", i);
        if (!node.message.parent && !member_of(messages[i], "parent").is_null())
            ++omissions[Omission::broken_link];
        tree.messages.push_back(std::move(node));
    }
    conversation.active_leaf = place_in(value, "active_leaf", count);
    return tree;
}

std::optional<std::vector<std::string_view>> own_conversations(std::string_view text) {
    const auto members = object_members(text);
    if (!members || member_named(*members, "format") != '"' + std::string(own_format) + '"')
        return std::nullopt;
    const std::optional<Json> version = parse_value(member_named(*members, "version"));
    if (!version || !version->is_number_integer() || version->get<std::int64_t>() < 1)
        throw Error(ErrorKind::invalid, "This file of conversations does not say its version.");
    if (version->get<std::int64_t>() > own_version)
        throw Error(ErrorKind::newer_schema, "A later version of Spoutnik wrote this file.");
    return array_elements(member_named(*members, "conversations")).value_or(std::vector<std::string_view>());
}

} // namespace spoutnik::storage::archive
