// SPDX-License-Identifier: MIT
// The shape of the house: which room may include which, a licence line in every file, a page in every folder.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace fs = std::filesystem;

namespace {

const fs::path root = SPOUTNIK_SOURCE_DIR;

struct Room {
    std::set<std::string, std::less<>> may_include; ///< project folders
    std::vector<std::string_view> forbidden;        ///< beginnings of <system> includes
};

const std::map<std::string, Room> rooms{
    {"kernels", {{"kernels"}, {"Q", "qt", "sqlite3", "curl/", "nlohmann", "fmt/", "filesystem"}}},
    {"engine", {{"engine", "kernels"}, {"Q", "qt", "sqlite3", "curl/"}}},
    {"storage", {{"storage"}, {"Q", "qt", "curl/"}}},
    {"web", {{"web"}, {"Q", "qt", "sqlite3"}}},
    {"app/cli", {{"app", "engine", "kernels", "storage", "web"}, {"Q", "qt"}}},
    {"app/markdown", {{"app"}, {"Q", "qt", "sqlite3", "curl/"}}},
    {"app/export", {{"app", "storage"}, {"Q", "qt", "sqlite3", "curl/"}}},
    {"app/replay", {{"app", "engine", "kernels", "storage"}, {"Q", "qt", "sqlite3", "curl/"}}},
    {"app/gui", {{"app", "engine", "kernels", "storage", "web"}, {"sqlite3", "curl/"}}},
};

std::string text_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    return all.str();
}

bool is_source(const fs::path& file) {
    static const std::set<std::string> endings{".h", ".cpp", ".cu", ".cuh"};
    return endings.count(file.extension().string()) > 0;
}

/// Complaints about one file's includes.
std::vector<std::string> wrong_includes(const Room& room, const fs::path& file, const std::string& text) {
    std::vector<std::string> wrong;
    std::istringstream lines(text);
    std::string line;
    while (std::getline(lines, line)) {
        if (line.rfind("#include ", 0) != 0 || line.size() < 12) continue;
        const std::string_view target = std::string_view(line).substr(10);
        if (line[9] == '<') {
            for (const std::string_view start : room.forbidden)
                if (target.substr(0, start.size()) == start) wrong.push_back(file.string() + ": " + line);
        } else {
            const std::size_t slash = target.find('/');
            if (slash == std::string_view::npos) continue; // beside the file itself
            if (room.may_include.count(target.substr(0, slash)) == 0)
                wrong.push_back(file.string() + ": " + line);
        }
    }
    return wrong;
}

} // namespace

TEST_CASE("no room includes a room above it") {
    int seen = 0;
    for (const auto& [folder, room] : rooms) {
        if (!fs::exists(root / folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            if (!entry.is_regular_file() || !is_source(entry.path())) continue;
            ++seen;
            for (const std::string& complaint : wrong_includes(room, entry.path(), text_of(entry.path())))
                FAIL_CHECK(complaint);
        }
    }
    CHECK(seen > 0);
}

TEST_CASE("the include check sees what it should") {
    const Room& engine = rooms.at("engine");
    CHECK(wrong_includes(engine, "x.h", "#include <QString>\n").size() == 1);
    CHECK(wrong_includes(engine, "x.h", "#include <sqlite3.h>\n").size() == 1);
    CHECK(wrong_includes(engine, "x.h", "#include \"app/gui/a.h\"\n").size() == 1);
    CHECK(wrong_includes(engine, "x.h", "#include \"kernels/backend.h\"\n#include <string>\n").empty());
    CHECK(wrong_includes(rooms.at("kernels"), "x.h", "#include \"engine/error.h\"\n").size() == 1);
}

TEST_CASE("every source file names its licence") {
    for (const char* folder : {"kernels", "engine", "storage", "web", "app", "qml", "tests", "bench", "cmake",
                               "installer", "resources"}) {
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            const fs::path& file = entry.path();
            static const std::set<std::string> endings{".h",  ".cpp", ".cu",    ".cuh", ".qml",
                                                       ".sh", ".py",  ".cmake", ".mjs", ".js"};
            const bool is_cmake_list = file.filename() == "CMakeLists.txt";
            if (!entry.is_regular_file() || (endings.count(file.extension().string()) == 0 && !is_cmake_list))
                continue;
            INFO(file.string());
            CHECK(text_of(file).substr(0, 200).find("SPDX-License-Identifier: MIT") != std::string::npos);
        }
    }
}

TEST_CASE("every folder of the design has its page") {
    for (const char* folder : {"kernels", "engine", "engine/gguf", "engine/tokenizer", "engine/chat_template",
                               "engine/model", "engine/placement", "engine/session", "storage", "web", "app",
                               "qml", "resources", "resources/starter", "installer", "tests", "bench"}) {
        INFO(folder);
        CHECK(fs::exists(root / folder / "README.md"));
        if (fs::exists(root / folder / "README.md"))
            CHECK(std::ranges::count(text_of(root / folder / "README.md"), '\n') <= 80);
    }
}
