// SPDX-License-Identifier: MIT
// Templates come from strangers: no source and no values may hang, exhaust or crash the program.
#include "engine/chat_template/chat_template.h"

#include <random>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace {

using Catch::Matchers::Contains;
using spoutnik::engine::ChatTemplate;
using spoutnik::engine::Error;
using spoutnik::engine::RenderOptions;
using Json = nlohmann::ordered_json;

RenderOptions small() {
    RenderOptions options;
    options.max_output_bytes = 1 << 20;
    options.max_steps = 300'000;
    options.max_memory_bytes = 16 << 20;
    return options;
}

std::string failure(const std::string& source, const RenderOptions& options = small()) {
    try {
        ChatTemplate(source).render(Json{{"s", "some text"}, {"l", {1, 2, 3}}}, options);
        return "no error";
    } catch (const Error& error) {
        return error.what();
    }
}

std::string repeated(const std::string& piece, int times) {
    std::string out;
    for (int i = 0; i < times; ++i)
        out += piece;
    return out;
}

const std::string hundred_thousand = "{% for i in range(100000) %}";

} // namespace

TEST_CASE("What nests too deep is refused, not followed", "[chat_template]") {
    constexpr int many = 100'000;
    for (const std::string& source :
         {"{{ " + repeated("(", many) + "1" + repeated(")", many) + " }}",
          "{{ " + repeated("[", many) + repeated("]", many) + " }}",
          "{{ " + repeated("{'a':", many) + "1" + repeated("}", many) + " }}",
          "{{ " + repeated("not ", many) + "1 }}", "{{ " + repeated("-", many) + "1 }}",
          "{{ 1" + repeated(" + 1", many) + " }}", "{{ 1" + repeated(" and 1", many) + " }}",
          "{{ s" + repeated("|upper", many) + " }}", "{{ s" + repeated(".x", many) + " }}",
          "{{ s" + repeated("[0]", many) + " }}", "{{ s" + repeated("()", many) + " }}",
          "{{ 1" + repeated(" if 1 else 1", many) + " }}",
          "{{ 1" + repeated(" is in (1", many) + repeated(")", many) + " }}",
          repeated("{% if 1 %}", many) + repeated("{% endif %}", many),
          repeated("{% for x in l %}", many) + repeated("{% endfor %}", many),
          repeated("{% macro m() %}", many) + repeated("{% endmacro %}", many),
          "{% set " + repeated("(", many) + "a" + repeated(")", many) + " = 1 %}",
          "{{ s" + repeated("(s", many) + repeated(")", many) + " }}"}) {
        const std::string why = failure(source);
        CAPTURE(source.substr(0, 40));
        CHECK_THAT(why, Contains("too deep") || Contains("too long"));
    }
}

TEST_CASE("Long but flat is fine", "[chat_template]") {
    CHECK(ChatTemplate("{{ 1" + repeated(" ~ 1", 5000) + " }}").render(Json::object()) ==
          std::string(5001, '1'));
    const std::string elifs = "{% if 0 %}a" + repeated("{% elif 0 %}b", 5000) + "{% else %}c{% endif %}";
    CHECK(ChatTemplate(elifs).render(Json::object()) == "c");
}

TEST_CASE("Recursion without end stops", "[chat_template]") {
    CHECK_THAT(failure("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"), Contains("too deep"));
    CHECK_THAT(failure("{% macro f() %}{% call f() %}{% endcall %}{% endmacro %}{{ f() }}"),
               Contains("too deep"));
}

TEST_CASE("Loops without end stop", "[chat_template]") {
    CHECK_THAT(failure(hundred_thousand + hundred_thousand + "{% endfor %}{% endfor %}"),
               Contains("does not come to an end") || Contains("bytes"));
    RenderOptions roomy = small();
    roomy.max_memory_bytes = std::uint64_t{1} << 40U;
    CHECK_THAT(failure(hundred_thousand + hundred_thousand + "{% endfor %}{% endfor %}", roomy),
               Contains("does not come to an end"));
}

TEST_CASE("Values that grow without end stop", "[chat_template]") {
    const std::string head = "{% set ns = namespace(x='ab', y=[1, 2]) %}";
    for (const char* body :
         {"{% set ns.x = ns.x + ns.x %}", "{% set ns.x = ns.x ~ ns.x %}", "{% set ns.y = ns.y + ns.y %}",
          "{% set ns.x = ns.x * 1000 %}", "{% set ns.y = ns.y * 1000 %}",
          "{% set ns.x = ns.x.replace('', ns.x) %}", "{% set ns.x = ns.x.join([ns.x, ns.x]) %}",
          "{% set ns.x = ns.x|indent(60000) ~ '\n' ~ ns.x %}", "{% set ns.x = ns.x.center(1000000) ~ ns.x %}",
          "{% set ns.x = '%1000000s' % ns.x ~ ns.x %}", "{% set ns.x = [ns.x, ns.x]|tojson %}",
          "{% set ns.x = [ns.x, ns.x]|string %}"}) {
        CAPTURE(body);
        CHECK_THAT(failure(head + hundred_thousand + body + "{% endfor %}"),
                   Contains("bytes") || Contains("does not come to an end"));
    }
    CHECK_THAT(failure("{{ 'a' * 9223372036854775807 }}"), Contains("bytes"));
    CHECK_THAT(failure("{{ [1] * 4611686018427387905 }}"), Contains("bytes"));
    CHECK_THAT(failure("{{ 'x'.rjust(9223372036854775807) }}"), Contains("too large"));
    CHECK_THAT(failure("{{ '%999999999999999999999d' % 1 }}"), Contains("too large"));
    CHECK_THAT(failure("{{ '{:>99999999999999999999}'.format(1) }}"), Contains("too large"));
    CHECK_THAT(failure(hundred_thousand + "{{ s * 20 }}{% endfor %}"), Contains("longer than"));
}

TEST_CASE("Values that nest without end stop, and are freed without recursion", "[chat_template]") {
    for (const char* body : {"{% set ns.x = [ns.x] %}", "{% set ns.x = (ns.x,) %}",
                             "{% set ns.x = {'a': ns.x} %}", "{% set ns.x = [ns.x].index %}",
                             "{% set ns.x = cycler(ns.x) %}", "{% set ns.x = [ns.x]|map('list') %}"}) {
        CAPTURE(body);
        CHECK_THAT(failure("{% set ns = namespace(x=[]) %}" + hundred_thousand + body + "{% endfor %}"),
                   Contains("too deep"));
    }
    // A chain of namespaces, macros or loops has no depth of its own; only the budget ends it.
    RenderOptions roomy = small();
    roomy.max_steps = 10'000'000;
    roomy.max_memory_bytes = std::uint64_t{1} << 30U;
    CHECK(failure("{% set ns = namespace(x=0) %}" + hundred_thousand +
                      "{% set ns.x = namespace(x=ns.x) %}{% endfor %}"
                      "{% set ns.x = 0 %}",
                  roomy) == "no error");
    CHECK(failure("{% set ns = namespace(x=0) %}" + hundred_thousand +
                      "{% macro m(y=ns.x) %}{% endmacro %}{% set ns.x = m %}{% endfor %}",
                  roomy) == "no error");
}

TEST_CASE("Values shared many times over cannot be walked for ever", "[chat_template]") {
    // Sixty levels of pairs: a kilobyte of memory, 2^60 leaves.
    const std::string head = "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(60) %}"
                             "{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}";
    for (const char* use : {"{{ ns.x }}", "{{ ns.x|tojson }}", "{{ ns.x == ns.y }}", "{{ ns.x < ns.y }}",
                            "{{ ns.x|string }}", "{{ ns.x in [ns.y] }}", "{{ {(ns.x|list|string): 1} }}"}) {
        CAPTURE(use);
        CHECK_THAT(failure(head + use), Contains("bytes") || Contains("does not come to an end"));
    }
}

TEST_CASE("Owners in a circle are freed", "[chat_template]") { // what LeakSanitizer looks at
    CHECK(failure("{% set ns = namespace() %}{% set ns.me = ns %}{% set ns.l = [ns, [ns]] %}"
                  "{% macro m() %}{{ ns }}{% endmacro %}{% set ns.m = m %}{% set other = namespace(o=ns) %}"
                  "{% set ns.other = other %}{% for i in l %}{% macro k() %}{{ loop }}{% endmacro %}{% set "
                  "ns.k = k %}"
                  "{% set ns.loop = loop %}{% endfor %}") == "no error");
    CHECK(failure("{% macro m() %}{{ caller() }}{% endmacro %}{% set ns = namespace() %}{% call m() %}"
                  "{% macro inner() %}{% endmacro %}{% set ns.i = inner %}{% endcall %}") == "no error");
}

TEST_CASE("Integers at their limits", "[chat_template]") {
    const std::string low = "(-9223372036854775807 - 1)";
    CHECK_THAT(failure("{{ -" + low + " }}"), Contains("too large"));
    CHECK_THAT(failure("{{ " + low + " // -1 }}"), Contains("too large"));
    CHECK(failure("{{ " + low + " % -1 }}") == "no error");
    CHECK_THAT(failure("{{ " + low + "|abs }}"), Contains("too large"));
    CHECK_THAT(failure("{{ 1 // 0 }}"), Contains("division by zero"));
    CHECK_THAT(failure("{{ 1 % 0.0 }}"), Contains("division by zero"));
    CHECK_THAT(failure("{{ 10 ** 100 }}"), Contains("too large"));
    CHECK_THAT(failure("{{ 10 ** 9223372036854775807 }}"), Contains("too large"));
    CHECK(failure("{{ s[" + low + ":9223372036854775807:" + low + "] }}") == "no error");
    CHECK(failure("{{ s[::9223372036854775807] }}{{ l[9223372036854775807:] }}{{ s[" + low + "] }}") ==
          "no error");
    CHECK(failure("{{ range(9223372036854775800, 9223372036854775807, 5)|list }}") == "no error");
    CHECK(failure("{{ s.find('e', " + low + ") }}{{ s.startswith('e', " + low + ") }}") == "no error");
    CHECK(failure("{{ s.zfill(" + low + ") }}{{ s.split(' ', " + low + ") }}{{ s.replace('s', '', " + low +
                  ") }}") == "no error");
    CHECK(failure("{{ 1e308 * 10 }}{{ (1e308 * 10)|int }}{{ ((1e308 * 10) - (1e308 * 10))|round(2) }}") ==
          "no error");
}

TEST_CASE("Mutated templates never do worse than fail", "[chat_template]") {
    const std::string seed =
        "{%- macro f(a, b=[1]) -%}{{ a|default('x') ~ b[0:2] }}{%- endmacro %}{% set ns = namespace(n=0) %}\n"
        "  {% for k, v in {'a': 1, 'b': [2, 3]}.items() if v is not none %}\n{{ loop.index }}{{ k|upper }}"
        "{% set ns.n = ns.n + 1 %}{% if loop.last and not ns.n == 0 %}{{ f(k, b=l) | tojson(indent=2) }}"
        "{% elif k in 'abc' %}{{ s.split(' ')[-1].strip('t') }}{% else %}{% break %}{% endif %}{% endfor %}"
        "{# note #}{{ '%s-%d' % ('a', 3) }}{% raw %}{{ x }}{% endraw %}{{ l|map('string')|join(', ') }}";
    REQUIRE(failure(seed) == "no error");
    const std::string alphabet = "{}%#-+()[]|.,:='\"\\ \n~<>!*/abfiloprst019_\x80\xC3\xF0";
    std::mt19937 random(20261122);
    const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    int rendered = 0;
    for (int round = 0; round < 4000; ++round) {
        std::string source = seed;
        for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
            const std::size_t at = below(source.size());
            switch (below(4)) {
            case 0:
                source.erase(at, 1 + below(6));
                break;
            case 1:
                source.insert(at, 1, alphabet[below(alphabet.size())]);
                break;
            case 2:
                source[at] = alphabet[below(alphabet.size())];
                break;
            default:
                source.insert(at, seed.substr(below(seed.size()), below(30)));
                break;
            }
            if (source.empty()) source = "x";
        }
        if (failure(source) == "no error") ++rendered;
    }
    CHECK(rendered > 100); // most edits inside text and strings still render
}
