// SPDX-License-Identifier: MIT
// Threads, memory and the choice of the instruction set.
#include "kernels/cpu/thread_pool.h"
#include "support.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <thread>

using namespace spoutnik::kernels;

TEST_CASE("a thread pool runs every part once") {
    for (const int threads : {1, 2, 3, 7}) {
        ThreadPool pool(threads);
        CHECK(pool.threads() == threads);
        for (const std::int64_t parts : {0, 1, 2, 5, 1000}) {
            for (int round = 0; round < 50; ++round) {
                std::vector<int> counts(static_cast<std::size_t>(parts), 0); // plain ints: a race would show
                std::atomic<bool> bad_worker{false};
                pool.run(parts, [&](std::int64_t part, int worker) {
                    ++counts[static_cast<std::size_t>(part)];
                    if (worker < 0 || worker >= threads) bad_worker = true;
                });
                if (!std::all_of(counts.begin(), counts.end(), [](int n) { return n == 1; }))
                    FAIL("not once");
                if (bad_worker) FAIL("no such worker");
            }
        }
    }
}

TEST_CASE("a thread pool goes through every stretch once, whoever is slow") {
    for (const int threads : {1, 2, 3, 7}) {
        ThreadPool pool(threads);
        for (const std::int64_t count : {0, 1, 2, 5, 1000}) {
            for (const std::int64_t step : {1, 3, 2000}) {
                std::vector<int> counts(static_cast<std::size_t>(count), 0);
                std::atomic<bool> is_bad{false};
                pool.run_stretches(count, step, [&](std::int64_t first, std::int64_t last, int worker) {
                    if (first < 0 || first >= last || last > count || last - first > step || worker < 0 ||
                        worker >= threads)
                        is_bad = true;
                    for (std::int64_t i = first; i < last; ++i)
                        ++counts[static_cast<std::size_t>(i)];
                    // One thread sleeps over its stretch: the others must take the rest of it.
                    if (worker == 0 && first == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
                });
                CHECK_FALSE(is_bad);
                CHECK(std::all_of(counts.begin(), counts.end(), [](int n) { return n == 1; }));
            }
        }
        CHECK_THROWS_AS(pool.run_stretches(10, 1,
                                           [](std::int64_t first, std::int64_t, int) {
                                               if (first == 7) throw std::runtime_error("stretch");
                                           }),
                        std::runtime_error);
        std::atomic<std::int64_t> sum{0};
        pool.run_stretches(10, 4, [&](std::int64_t first, std::int64_t last, int) { sum += last - first; });
        CHECK(sum == 10);
    }
    CHECK_THROWS_AS(ThreadPool(2).run_stretches(std::int64_t{1} << 40U, 1, [](auto, auto, auto) {}),
                    std::invalid_argument);
}

TEST_CASE("a thread pool wakes after its threads went to sleep") {
    ThreadPool pool(3);
    for (int round = 0; round < 5; ++round) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5)); // far longer than they spin
        std::atomic<std::int64_t> sum{0};
        pool.run(100, [&](std::int64_t part, int) { sum += part; });
        CHECK(sum == 4950);
    }
}

TEST_CASE("an exception in a part reaches the caller and the pool lives on") {
    for (const int threads : {1, 3}) {
        ThreadPool pool(threads);
        for (int round = 0; round < 20; ++round) {
            CHECK_THROWS_AS(pool.run(200,
                                     [](std::int64_t part, int) {
                                         if (part % 7 == 3) throw std::runtime_error("part");
                                     }),
                            std::runtime_error);
            std::atomic<int> done{0};
            pool.run(20, [&](std::int64_t, int) { ++done; });
            CHECK(done == 20);
        }
    }
}

TEST_CASE("pools live side by side") {
    std::vector<std::thread> owners;
    std::atomic<int> right{0};
    owners.reserve(3);
    for (int owner = 0; owner < 3; ++owner)
        owners.emplace_back([&right] {
            ThreadPool pool(2);
            for (int round = 0; round < 100; ++round) {
                std::atomic<std::int64_t> sum{0};
                pool.run(10, [&](std::int64_t part, int) { sum += part; });
                if (sum == 45) ++right;
            }
        });
    for (std::thread& owner : owners)
        owner.join();
    CHECK(right == 300);
}

TEST_CASE("the number of threads is checked, and 0 follows the affinity mask") {
    CHECK(ThreadPool(0).threads() == ThreadPool::processors());
    CHECK(ThreadPool::processors() >= 1);
    CHECK_THROWS_AS(ThreadPool(-1), std::invalid_argument);
    CHECK_THROWS_AS(ThreadPool(1'000'000), std::invalid_argument);
}

TEST_CASE("allocations are aligned, zero and sized as asked") {
    const auto device = test::backend(CpuIsa::reference, 1);
    for (const std::size_t bytes :
         {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{4097}, std::size_t{20} << 20U}) {
        const auto buffer = device->allocate(bytes);
        REQUIRE(buffer->data() != nullptr);
        CHECK(buffer->bytes() == bytes);
        CHECK(reinterpret_cast<std::uintptr_t>(buffer->data()) % 64 == 0); // NOLINT: the address is the point
        CHECK(std::all_of(buffer->data(), buffer->data() + bytes,
                          [](std::byte b) { return b == std::byte{0}; }));
    }
}

TEST_CASE("what cannot be had is refused with its size") {
    const auto device = test::backend(CpuIsa::reference, 1);
    const MemoryInfo memory = device->memory();
    CHECK(memory.free_bytes > 0);
    CHECK(memory.free_bytes <= memory.total_bytes);
    for (const std::size_t bytes :
         {memory.total_bytes + 1, std::size_t{1} << 60U, std::numeric_limits<std::size_t>::max()}) {
        try {
            device->allocate(bytes);
            FAIL("got " << bytes);
        } catch (const OutOfMemory& error) {
            CHECK(std::string(error.what()).find(std::to_string(bytes)) != std::string::npos);
        }
    }
}

TEST_CASE("upload, download and adopt") {
    const auto device = test::backend(CpuIsa::reference, 1);
    std::vector<std::byte> host(1000);
    for (std::size_t i = 0; i < host.size(); ++i)
        host[i] = static_cast<std::byte>(i * 7);
    const auto buffer = device->allocate(1000);
    device->upload(host, buffer->data());
    std::vector<std::byte> back(1000);
    device->download(buffer->data(), back);
    CHECK(back == host);
    device->upload({}, nullptr);
    device->download(nullptr, {});
    const auto adopted = device->adopt(host);
    CHECK(adopted->bytes() == 1000);
    CHECK(adopted->data() == host.data()); // in place
}

TEST_CASE("the instruction set can be forced, and nonsense is refused by name") {
    const char* before = std::getenv("SPOUTNIK_ISA"); // NOLINT(concurrency-mt-unsafe): tests run alone
    const std::string saved = before == nullptr ? "" : before;
    for (const CpuIsa isa : {CpuIsa::reference, CpuIsa::avx2, CpuIsa::avx512, CpuIsa::amx}) {
        setenv("SPOUTNIK_ISA", std::string(name_of(isa)).c_str(), 1); // NOLINT(concurrency-mt-unsafe)
        if (cpu_supports(isa)) {
            CHECK(choose_cpu_isa() == isa);
            CHECK(make_cpu_backend()->isa() == name_of(isa));
        } else {
            CHECK_THROWS_AS(choose_cpu_isa(), std::invalid_argument);
            CHECK_THROWS_AS(make_cpu_backend({1, isa}), std::invalid_argument);
        }
    }
    for (const char* name : {"AMX", "AVX2", "sse", " "}) {
        setenv("SPOUTNIK_ISA", name, 1); // NOLINT(concurrency-mt-unsafe)
        CHECK_THROWS_WITH(choose_cpu_isa(), Catch::Matchers::Contains(name));
    }
    unsetenv("SPOUTNIK_ISA"); // NOLINT(concurrency-mt-unsafe)
    CHECK(choose_cpu_isa() == test::instruction_sets().back());
    CHECK(test::backend(CpuIsa::reference)->name() == "cpu");
    if (!saved.empty()) setenv("SPOUTNIK_ISA", saved.c_str(), 1); // NOLINT(concurrency-mt-unsafe)
}
