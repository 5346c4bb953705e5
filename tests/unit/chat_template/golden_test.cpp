// SPDX-License-Identifier: MIT
// Answers of jinja2 itself: small cases that are part of the project, and real models' templates beside it.
#include "engine/chat_template/chat_template.h"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace {

using spoutnik::engine::ChatTemplate;
using spoutnik::engine::Error;
using spoutnik::engine::RenderOptions;
using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file.is_open());
    return {std::istreambuf_iterator<char>(file), {}};
}

// 2 January 2026, noon, in whatever zone this machine is.
RenderOptions at_noon() {
    std::tm noon{};
    noon.tm_year = 126, noon.tm_mon = 0, noon.tm_mday = 2, noon.tm_hour = 12, noon.tm_isdst = -1;
    RenderOptions options;
    options.now = std::chrono::system_clock::from_time_t(std::mktime(&noon));
    return options;
}

} // namespace

TEST_CASE("Templates print what jinja2 prints and fail where it fails", "[chat_template]") {
    const Json data =
        Json::parse(read(fs::path(SPOUTNIK_SOURCE_DIR) / "tests/unit/chat_template/jinja_cases.json"));
    REQUIRE(data["cases"].size() > 400);
    for (const Json& example : data["cases"]) {
        const auto source = example["source"].get<std::string>();
        CAPTURE(source);
        if (example.contains("error")) {
            CHECK_THROWS_AS(ChatTemplate(source).render(data["variables"], at_noon()), Error);
        } else {
            std::string printed;
            CHECK_NOTHROW(printed = ChatTemplate(source).render(data["variables"], at_noon()));
            CHECK(printed == example["text"].get<std::string>());
        }
    }
}

TEST_CASE("Real models' templates give the prompts of transformers", "[chat_template]") {
    const fs::path folder = fs::path(SPOUTNIK_SHARED_DIR) / "data/templates";
    if (!fs::exists(folder / "expected.json")) {
        std::cout << "skipped: no reference templates at " << folder << '\n';
        return;
    }
    const Json cases = Json::parse(read(folder / "expected.json"));
    REQUIRE(cases.size() == 153);
    std::size_t errors = 0;
    for (const Json& example : cases) {
        CAPTURE(example["template"].get<std::string>(), example["case"].get<std::string>());
        const ChatTemplate chat(read(folder / example["template"].get<std::string>()));
        if (example.contains("error")) {
            ++errors;
            CHECK_THROWS_AS(chat.render(example["variables"], at_noon()), Error);
        } else {
            CHECK(chat.render(example["variables"], at_noon()) == example["text"].get<std::string>());
        }
    }
    CHECK(errors == 5);
}
