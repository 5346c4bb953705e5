// SPDX-License-Identifier: MIT
// Times a KV cache on its way to disk and back against computing it: spoutnik_cache_bench MODEL [TOKENS].
#include "engine/session/saved_caches.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/core.h>

namespace {

using namespace spoutnik;
namespace fs = std::filesystem;

template <class Work>
double seconds_of(Work&& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void run(const fs::path& path, std::int64_t count) {
    const auto backend = kernels::make_cpu_backend({});
    const auto file = engine::gguf::File::open(path);
    const auto model = engine::load_model(file, *backend);
    std::vector<std::int32_t> tokens(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < tokens.size(); ++i)
        tokens[i] = static_cast<std::int32_t>((1000 + static_cast<std::int64_t>(i) * 7919) %
                                              model->description().vocabulary);
    const auto cache = model->make_cache(count + 1);
    const double computing = seconds_of([&] { model->forward(tokens, *cache, engine::Logits::none); });
    const std::int32_t next = tokens.front();
    const auto expected = model->forward(std::span(&next, 1), *cache, engine::Logits::last);
    cache->truncate(count);

    std::string folder = (fs::temp_directory_path() / "spoutnik-bench-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) throw engine::Error("no temporary folder");
    engine::SavedCaches saved(folder, std::uint64_t{64} << 30U, engine::model_fingerprint(*file, *backend));
    bool is_saved = false;
    const double saving = seconds_of([&] { is_saved = saved.save("bench", *cache, tokens); });
    cache->truncate(0);
    std::int64_t restored = 0;
    const double restoring = seconds_of([&] { restored = saved.restore("bench", tokens, *cache); });
    fs::remove_all(folder);
    if (!is_saved || restored != count) throw engine::Error("the cache did not come back");
    const bool same = model->forward(std::span(&next, 1), *cache, engine::Logits::last) == expected;
    fmt::print(
        "{} tokens, {:.1f} MB: computed in {:.3f} s, saved in {:.3f} s, restored in {:.4f} s ({:.1f} times "
        "faster); the next logits are {}\n",
        count, static_cast<double>(cache->layout().bytes_per_token()) * static_cast<double>(count) / 1e6,
        computing, saving, restoring, computing / restoring, same ? "the same to the bit" : "DIFFERENT");
}

} // namespace

int main(int argc, char** argv) {
    try {
        if (argc < 2) throw engine::Error("usage: spoutnik_cache_bench MODEL [TOKENS]");
        run(argv[1], argc > 2 ? std::max(64, std::atoi(argv[2])) : 4096);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
