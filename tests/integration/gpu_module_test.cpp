// SPDX-License-Identifier: MIT
// The program and its module for GPUs: absent, not a module, without a driver, and with a device, which is
// the emulated one of tests/cuda_emulation behind the same door.
#include "tests/integration/program.h"
#include "tests/support/gguf_writer.h"
#include "tests/support/tiny_zoo.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <vector>

#include <nlohmann/json.hpp>

using spoutnik::testing::GgufWriter;
using spoutnik::testing::Run;
using spoutnik::testing::run_cli;
using spoutnik::testing::TemporaryFolder;
using spoutnik::testing::tiny_spec;
using spoutnik::testing::TinyModel;

namespace {

struct Model {
    Model() : path((folder / "tiny.gguf").string()) {
        GgufWriter::save(path, TinyModel(tiny_spec("peer-v3-f32")).gguf());
    }
    Run chat(const std::string& module, const std::string& device,
             const std::string& experts = "auto") const {
        return run_cli({"chat", path, "--prompt", "ab", "--temperature", "0", "--max-tokens", "6", "--device",
                        device, "--gpu-experts", experts},
                       {}, {"SPOUTNIK_CUDA_MODULE=" + module});
    }
    TemporaryFolder folder;
    std::string path;
};

} // namespace

TEST_CASE("without a usable GPU the program says why when one is asked for, and chats on the CPU else") {
    const Model model;
    const Run alone = model.chat("none", "cpu");
    REQUIRE(alone.status == 0);
    struct Module {
        std::string path;
        std::string why;
        bool is_expected_to_work; ///< it is worth a line that it does not
    };
    std::vector<Module> modules{{(model.folder / "absent.so").string(), "is not installed", false},
                                {model.path, "cannot be loaded", true},
                                {SPOUTNIK_OTHER_MODULE, "another version of Spoutnik", true}};
#ifdef SPOUTNIK_REAL_MODULE
    if (!std::filesystem::exists("/proc/driver/nvidia"))
        modules.push_back({SPOUTNIK_REAL_MODULE, "No NVIDIA driver is installed.", true});
#endif
    for (const auto& [module, why, is_expected_to_work] : modules) {
        CAPTURE(module);
        const Run asked = model.chat(module, "gpu");
        CHECK(asked.status != 0);
        CHECK(asked.err.find(why) != std::string::npos);
        const Run automatic = model.chat(module, "auto");
        CHECK(automatic.status == 0);
        CHECK(automatic.out == alone.out);
        CHECK((automatic.err.find(why) != std::string::npos) == is_expected_to_work);
        CHECK(std::ranges::count(automatic.err, '\n') == (is_expected_to_work ? 1 : 0));
        CHECK(model.chat(module, "cpu").err.empty());
        const Run info = run_cli({"info", model.path}, {}, {"SPOUTNIK_CUDA_MODULE=" + module});
        CHECK(info.out.find(why) != std::string::npos);
    }
}

TEST_CASE("the program says the same on a device behind the module, whole and with experts in RAM") {
    const Model model;
    const Run alone = model.chat("none", "cpu");
    for (const std::string experts : {"auto", "none"}) {
        CAPTURE(experts);
        const Run device = model.chat(SPOUTNIK_EMULATED_MODULE, "gpu", experts);
        CAPTURE(device.err);
        CHECK(device.status == 0);
        CHECK(device.out == alone.out);
    }
}
