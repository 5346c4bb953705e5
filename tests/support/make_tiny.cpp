// SPDX-License-Identifier: MIT
// usage: spoutnik_make_tiny FOLDER [NAME...]: writes NAME.gguf for each of the models that llama.cpp reads
// too.
#include "tests/support/gguf_writer.h"
#include "tests/support/tiny_zoo.h"

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

int main(int argc, char** argv) {
    using namespace spoutnik::testing;
    try {
        if (argc < 2) {
            std::fputs("usage: spoutnik_make_tiny FOLDER [NAME...]\n", stderr);
            return 2;
        }
        std::vector<std::string> names(argv + 2, argv + argc);
        if (names.empty())
            for (const TinySpec& spec : peer_zoo())
                names.push_back(spec.name);
        std::filesystem::create_directories(argv[1]);
        for (const std::string& name : names) {
            const auto path = std::filesystem::path(argv[1]) / (name + ".gguf");
            GgufWriter::save(path, TinyModel(tiny_spec(name)).gguf());
            std::printf("%s\n", path.c_str());
        }
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
