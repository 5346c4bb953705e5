// SPDX-License-Identifier: MIT
// What a template says when it fails, what its clock says, and that a template can be shared.
#include "engine/chat_template/chat_template.h"

#include <clocale>
#include <ctime>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace {

using Catch::Matchers::Equals;
using Catch::Matchers::StartsWith;
using spoutnik::engine::ChatTemplate;
using spoutnik::engine::RenderOptions;
using Json = nlohmann::ordered_json;

std::string render(std::string_view source, const Json& variables = Json::object()) {
    return ChatTemplate(source).render(variables);
}

std::string failure(std::string_view source, const Json& variables = Json::object()) {
    try {
        return "no error: " + render(source, variables);
    } catch (const spoutnik::engine::Error& error) {
        return error.what();
    }
}

} // namespace

TEST_CASE("raise_exception gives its own words, nothing around them", "[chat_template]") {
    CHECK(failure("{{ raise_exception('System role not supported') }}") == "System role not supported");
    CHECK(failure("\n\n{{ raise_exception('role ' ~ 3) }}") == "role 3");
}

TEST_CASE("Every other failure names its line", "[chat_template]") {
    CHECK(failure("a\n{{ nope.x }}") == "line 2: 'nope' is undefined");
    CHECK(failure("a\n\n{% if x %}") == "line 3: unexpected end of template, expected 'endif'");
    CHECK(failure("{% set x = 1 %}\n{{ x +\n 'a' }}") ==
          "line 2: unsupported operand types for +: 'int' and 'str'");
    CHECK(failure("{# one\n two #}\n{{ messages[0].content + 1 }}",
                  Json::parse(R"({"messages":[{"content":"x"}]})")) ==
          "line 3: can only concatenate str (not \"int\") to str");
    CHECK(failure("\n{% macro f(a) %}\n{{ a.b.c }}\n{% endmacro %}\n{{ f({}) }}") ==
          "line 3: 'dict object' has no attribute 'b'");
    CHECK(failure("{{ 1|frobnicate }}") == "line 1: no filter named 'frobnicate'");
    CHECK(failure("{{ 1 is frobnicated }}") == "line 1: no test named 'frobnicated'");
    CHECK(failure("\n{% include 'x' %}") == "line 2: the tag 'include' is not supported");
    CHECK(failure("{{ 'a") == "line 1: a string has no end");
    CHECK(failure("\n{{ a") == "line 2: the tag opened here has no end");
    CHECK(failure("{{ 1 ? 2 }}") == "line 1: unexpected character '?'");
    CHECK(failure("{{ 99999999999999999999 }}") == "line 1: the number 99999999999999999999 is out of range");
    CHECK(failure("{{ 9223372036854775807 + 1 }}") == "line 1: integer too large");
    CHECK(failure("{{ x }}", Json::array()) == "the variables of a chat template must be an object");
}

TEST_CASE("A filter that is not known hurts only where it is reached", "[chat_template]") {
    CHECK(render("{% if false %}{{ 1|frobnicate }}{% endif %}ok") == "ok");
}

TEST_CASE("strftime_now reads the given clock and speaks English", "[chat_template]") {
    std::tm when{};
    when.tm_year = 124, when.tm_mon = 6, when.tm_mday = 6, when.tm_hour = 15, when.tm_min = 4,
    when.tm_sec = 9;
    when.tm_isdst = -1;
    RenderOptions options;
    options.now = std::chrono::system_clock::from_time_t(std::mktime(&when));
    const auto now = [&options](const std::string& format) {
        return ChatTemplate("{{ strftime_now(f) }}").render(Json{{"f", format}}, options);
    };
    const std::string before = std::setlocale(LC_TIME, nullptr);
    std::setlocale(LC_TIME, "fr_FR.UTF-8"); // changes nothing, whether the machine has it or not
    CHECK(now("%d %B %Y") == "06 July 2024");
    CHECK(now("%A %a %b %-d %e %j") == "Saturday Sat Jul 6  6 188");
    std::setlocale(LC_TIME, before.c_str());
    CHECK(now("%H:%M:%S %I %p %F %T %D") == "15:04:09 03 PM 2024-07-06 15:04:09 07/06/24");
    CHECK(now("%c|%y|%u|%w|100%%|%") == "Sat Jul  6 15:04:09 2024|24|6|6|100%|%");
    CHECK_THROWS_WITH(now("%Q"), Equals("line 1: strftime_now: unknown directive '%Q'"));
    CHECK_THROWS_WITH(now("%-"), StartsWith("line 1: strftime_now"));
    CHECK(render("{{ strftime_now('%Y')|int > 2020 }}") == "True");
}

TEST_CASE("Numbers keep their type on the way in", "[chat_template]") {
    const Json variables = Json::parse(
        R"({"i":3,"f":3.0,"n":-9223372036854775808,"u":18446744073709551615,"b":true,"z":null,"deep":{"k":[1,{"j":2.5}]}})");
    CHECK(render("{{ i }} {{ f }} {{ n }} {{ b }} {{ z }}", variables) ==
          "3 3.0 -9223372036854775808 True None");
    CHECK(render("{{ u }}", variables) == "1.8446744073709552e+19");
    CHECK(render("{{ deep|tojson }}{{ deep }}", variables) ==
          R"({"k": [1, {"j": 2.5}]}{'k': [1, {'j': 2.5}]})");
}

TEST_CASE("Keys keep their order, so a tool reads as it was written", "[chat_template]") {
    const Json variables = Json::parse(R"({"t":{"zeta":1,"alpha":{"y":1,"b":2}}})");
    CHECK(render("{{ t|tojson }}", variables) == R"({"zeta": 1, "alpha": {"y": 1, "b": 2}})");
    CHECK(render("{% for k in t %}{{ k }} {% endfor %}", variables) == "zeta alpha ");
}

TEST_CASE("A variable may have the name of a function, and hides it", "[chat_template]") {
    CHECK(render("{{ range }}", Json{{"range", "r"}}) == "r");
    CHECK(render("{% set dict = 3 %}{{ dict }}") == "3");
}

TEST_CASE("One template renders on several threads at once", "[chat_template]") {
    const ChatTemplate chat("{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + m %}"
                            "{% endfor %}{{ ns.n }}");
    std::vector<std::string> results(4);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < results.size(); ++t)
        threads.emplace_back([&, t] {
            Json messages = Json::array();
            for (std::size_t i = 0; i <= 500; ++i)
                messages.push_back(i * (t + 1));
            results[t] = chat.render(Json{{"messages", messages}});
        });
    for (std::thread& thread : threads)
        thread.join();
    for (std::size_t t = 0; t < results.size(); ++t)
        CHECK(results[t] == std::to_string(125250 * (t + 1)));
}

TEST_CASE("A tool with thousands of keys is no burden", "[chat_template]") {
    Json big = Json::object();
    for (int i = 0; i < 20'000; ++i)
        big["key" + std::to_string(i)] = i;
    CHECK(render("{{ t|length }}{{ t.key19999 }}", Json{{"t", big}}) == "2000019999");
}
