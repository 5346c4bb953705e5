// SPDX-License-Identifier: MIT
// Conversations longer than the context.
#include "engine/session/window.h"
#include "tests/unit/session/fakes.h"

#include <catch2/catch.hpp>

using spoutnik::engine::ChatMessage;
using spoutnik::engine::ChatRequest;
using spoutnik::engine::ConversationWindow;
using spoutnik::engine::Error;
using spoutnik::testing::ask;

namespace {

/// A question and an answer of `size` characters each.
void add_turn(std::vector<ChatMessage>& messages, char letter, std::size_t size) {
    messages.push_back({"user", std::string(size, letter)});
    messages.push_back({"assistant", std::string(size, letter)});
}

struct Setting {
    std::unique_ptr<const spoutnik::testing::ByteTokenizer> tokenizer = spoutnik::testing::plain_tokenizer();
    std::unique_ptr<const spoutnik::engine::PromptBuilder> builder =
        spoutnik::testing::prompt_builder(*tokenizer);

    std::string text(const spoutnik::engine::FittedPrompt& fitted) const {
        return tokenizer->show(fitted.prompt.tokens);
    }
};

} // namespace

TEST_CASE("a conversation that fits is whole") {
    const Setting s;
    ConversationWindow window(400);
    const auto fitted =
        window.fit(*s.builder, ask({{"system", "S"}, {"user", "q"}, {"assistant", "a"}, {"user", "r"}}));
    CHECK(fitted.messages_left_out == 0);
    CHECK(s.text(fitted) == "[<bos>][<system>]S[<user>]q[<assistant>]a[<eos>][<user>]r[<assistant>]");
}

TEST_CASE("the oldest turns leave, the system message stays") {
    const Setting s;
    ConversationWindow window(400); // 100 kept for the answer
    std::vector<ChatMessage> messages{{"system", "SYSTEM"}};
    for (const char letter : std::string("abcdef"))
        add_turn(messages, letter, 40);
    messages.push_back({"user", "now"});
    const auto fitted = window.fit(*s.builder, ask(messages));
    const std::string text = s.text(fitted);
    CHECK(fitted.prompt.tokens.size() + 100 <= 400);
    CHECK(fitted.messages_left_out == 6);
    CHECK(text.starts_with("[<bos>][<system>]SYSTEM[<user>]dddd"));
    CHECK(text.ends_with("[<user>]now[<assistant>]"));
}

TEST_CASE("what was left out stays out while the conversation goes on, so that prompts begin alike") {
    const Setting s;
    ConversationWindow window(400);
    std::vector<ChatMessage> messages;
    for (const char letter : std::string("abcd"))
        add_turn(messages, letter, 45);
    messages.push_back({"user", "one"});
    const auto first = window.fit(*s.builder, ask(messages));
    REQUIRE(first.messages_left_out == 2);
    messages.push_back({"assistant", "1"});
    messages.push_back({"user", std::string(20, 'x')});
    const auto second = window.fit(*s.builder, ask(messages));
    CHECK(second.messages_left_out == 2); // the room for answers shrank, but half of it is still there
    CHECK(s.text(second).starts_with(s.text(first)));
    messages.push_back({"assistant", "2"});
    messages.push_back({"user", std::string(60, 'y')});
    CHECK(window.fit(*s.builder, ask(messages)).messages_left_out > 2);

    // Another, shorter branch of the same conversation is whole again.
    messages.resize(4);
    messages.push_back({"user", "other"});
    CHECK(window.fit(*s.builder, ask(messages)).messages_left_out == 0);
}

TEST_CASE("a last message that alone leaves too little room is used if it can be") {
    const Setting s;
    ConversationWindow window(400);
    std::vector<ChatMessage> messages;
    add_turn(messages, 'a', 50);
    messages.push_back({"user", std::string(370, 'q')});
    const auto fitted = window.fit(*s.builder, ask(messages));
    CHECK(fitted.messages_left_out == 2);
    CHECK(fitted.prompt.tokens.size() == 373);
    messages.back().content = std::string(400, 'q');
    CHECK_THROWS_WITH(window.fit(*s.builder, ask(messages)),
                      Catch::Contains("too long") && Catch::Contains("403 tokens") && Catch::Contains("400"));
}

TEST_CASE("a small wish for the answer leaves more room for the conversation") {
    const Setting s;
    ConversationWindow window(400);
    std::vector<ChatMessage> messages;
    for (const char letter : std::string("abcd"))
        add_turn(messages, letter, 45);
    messages.push_back({"user", "q"});
    CHECK(window.fit(*s.builder, ask(messages)).messages_left_out == 2);
    ChatRequest request = ask(messages);
    request.max_tokens = 10;
    CHECK(window.fit(*s.builder, request).messages_left_out == 0);
}

TEST_CASE("odd conversations") {
    const Setting s;
    ConversationWindow window(100);
    CHECK_THROWS_AS(window.fit(*s.builder, ask({})), Error);
    CHECK(s.text(window.fit(*s.builder, ask({{"system", "only"}}))) == "[<bos>][<system>]only[<assistant>]");
    CHECK(
        window.fit(*s.builder, ask({{"assistant", std::string(90, 'a')}, {"user", "q"}})).messages_left_out ==
        1);
}
