// SPDX-License-Identifier: MIT
#include "engine/session/text_filters.h"

#include <catch2/catch.hpp>

using spoutnik::engine::ReasoningSplitter;
using spoutnik::engine::StopFilter;
using spoutnik::engine::TextPiece;

namespace {

struct Split {
    std::string reasoning, answer;
    bool operator==(const Split&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Split& split) {
    return out << "reasoning '" << split.reasoning << "' answer '" << split.answer << "'";
}

void add(Split& split, const std::vector<TextPiece>& pieces) {
    for (const TextPiece& piece : pieces) {
        if (piece.kind == TextPiece::Kind::reasoning) split.reasoning += piece.text;
        if (piece.kind == TextPiece::Kind::answer) split.answer += piece.text;
        if (piece.kind == TextPiece::Kind::answer_was_reasoning) {
            split.reasoning += split.answer;
            split.answer.clear();
        }
        CHECK(piece.text.empty() == (piece.kind == TextPiece::Kind::answer_was_reasoning));
    }
}

/// The text in pieces of `size` bytes.
Split split(const std::string& text, bool opened, std::size_t size) {
    ReasoningSplitter splitter(opened);
    Split result;
    for (std::size_t at = 0; at < text.size(); at += size)
        add(result, splitter.push(std::string_view(text).substr(at, size)));
    add(result, splitter.finish());
    return result;
}

/// The same, whatever the pieces.
void check_split(const std::string& text, bool opened, const Split& expected) {
    CAPTURE(text, opened);
    for (std::size_t size = 1; size <= text.size(); ++size)
        REQUIRE(split(text, opened, size) == expected);
}

std::string filtered(const std::string& text, const std::vector<std::string>& stops, std::size_t size,
                     bool& stopped) {
    StopFilter filter(stops);
    std::string shown;
    for (std::size_t at = 0; at < text.size(); at += size)
        shown += filter.push(std::string_view(text).substr(at, size));
    shown += filter.finish();
    stopped = filter.stopped();
    return shown;
}

void check_stop(const std::string& text, const std::vector<std::string>& stops, const std::string& expected,
                bool expected_stop) {
    for (std::size_t size = 1; size <= text.size(); ++size) {
        CAPTURE(text, size);
        bool stopped = false;
        REQUIRE(filtered(text, stops, size, stopped) == expected);
        REQUIRE(stopped == expected_stop);
    }
}

} // namespace

TEST_CASE("reasoning is told from the answer, however the tags are cut") {
    check_split("<think>\nLet me see.\n</think>\n\nIt is 42.", false, {"Let me see.", "It is 42."});
    check_split("<think>a</think>b", false, {"a", "b"});
    check_split("  \n<think>a\n\nb</think> c ", false, {"a\n\nb", "c "});
    check_split("<think>\n\n</think>\n\nOnly an answer.", false, {"", "Only an answer."});
    check_split("<think>cut in the middle of a thou", false, {"cut in the middle of a thou", ""});
    check_split("<think>ends in half a tag </thi", false, {"ends in half a tag </thi", ""});
    check_split("<think>a < b </b> </thing> c</think>d", false, {"a < b </b> </thing> c", "d"});
}

TEST_CASE("the template may have opened the reasoning already") {
    check_split("\nHm.\n</think>\n\nYes.", true, {"Hm.", "Yes."});
    check_split("<think>\nsaid twice</think>Yes.", true, {"said twice", "Yes."});
    check_split("</think>Yes.", true, {"", "Yes."});
    check_split("never closed", true, {"never closed", ""});
    check_split("<thinker> is a word</think>ok", true, {"<thinker> is a word", "ok"});
}

TEST_CASE("an answer without reasoning is left as it is") {
    check_split("Hello.", false, {"", "Hello."});
    check_split("    indented code\n", false, {"", "    indented code\n"});
    check_split("<thin ice>", false, {"", "<thin ice>"});
    check_split("<", false, {"", "<"});
    check_split("In HTML a <think> tag means nothing.", false, {"", "In HTML a <think> tag means nothing."});
    check_split("ends with </", false, {"", "ends with </"});
    check_split("<think>a</think>b <think>c</think> d", false, {"a", "b <think>c</think> d"});
    CHECK(split(" \n", false, 1) == Split{"", ""});
    CHECK(split("", false, 1) == Split{"", ""});
}

TEST_CASE("a closing tag that nothing opened ends reasoning") {
    check_split("Okay, 17 + 25.\n</think>\n\n42", false, {"Okay, 17 + 25.\n", "42"});
    check_split("</think>\n\nYes.", false, {"", "Yes."});
    check_split("thought\n</think>answer with\n</think> inside", false,
                {"thought\n", "answer with\n</think> inside"});
    // Spoken of, not used.
    check_split("The tag </think> closes.", false, {"", "The tag </think> closes."});
    check_split("```\n</think>\n```\nis code", false, {"", "```\n</think>\n```\nis code"});
}

TEST_CASE("text that cannot be a tag any more is not held back") {
    ReasoningSplitter splitter(false);
    CHECK(splitter.push("<").empty());
    CHECK(splitter.push("thi").empty());
    CHECK(splitter.push("s").size() == 1);
    CHECK(splitter.push("x").front().text == "x");
    ReasoningSplitter opened(true);
    CHECK(opened.push("word").front().text == "word");
    CHECK(opened.push(" ").empty());
    CHECK(opened.push("word").front().text == " word");
    CHECK(opened.is_reasoning());
}

TEST_CASE("stop strings end the text, however they are cut") {
    check_stop("one two STOP three", {"STOP"}, "one two ", true);
    check_stop("one two STO", {"STOP"}, "one two STO", false);
    check_stop("aaab", {"aab"}, "a", true);
    check_stop("abcabd", {"abd"}, "abc", true);
    check_stop("Human: hi", {"\nHuman:", "Human:"}, "", true);
    check_stop("été\n\nfin", {"\n\n"}, "été", true);
    check_stop("naïve é", {"é"}, "naïve ", true);
    check_stop("nothing", {}, "nothing", false);
    check_stop("nothing", {""}, "nothing", false);
    check_stop("naïve", {"\xAF"}, "naïve", false); // would cut the ï in half
}

TEST_CASE("only what could become a stop string waits") {
    StopFilter filter({"END"});
    CHECK(filter.push("abcE") == "abc");
    CHECK(filter.push("N").empty());
    CHECK(filter.push("x") == "ENx");
    CHECK(filter.push("END more").empty());
    CHECK(filter.stopped());
    CHECK(filter.push("never").empty());
    CHECK(filter.finish().empty());
}
