// SPDX-License-Identifier: MIT
// What this machine can do at best: memory reading speed with one and two (or N) threads, and arithmetic
// peaks of one core. Every comparison in NOTES.md and of side_by_side.py stands on these figures.
//
// usage: spoutnik_machine [--memory] [--threads N] [--json]
//   --memory  the reading speed of N threads alone, in about a second
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/core.h>
#include <sys/mman.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define SPOUTNIK_TARGET(isa) __attribute__((target(isa)))
#endif

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Keeps the compiler from dropping what computed `value`.
template <typename T>
void keep(const T& value) {
    asm volatile("" : : "r"(&value) : "memory");
}

/// A written block of anonymous memory, on huge pages where the kernel gives them.
class Block {
  public:
    Block(std::size_t bytes, bool huge) : bytes_(bytes) {
        void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) throw std::bad_alloc();
        data_ = static_cast<std::byte*>(at);
        madvise(data_, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
        std::memset(data_, 1, bytes); // pages that were never written all show the same zero page
    }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    ~Block() { munmap(data_, bytes_); }
    const std::byte* data() const { return data_; }
    std::size_t bytes() const { return bytes_; }

  private:
    std::byte* data_ = nullptr;
    std::size_t bytes_;
};

using ReadFunction = void (*)(const std::byte*, std::size_t);

void read_plain(const std::byte* at, std::size_t bytes) {
    std::uint64_t sums[8] = {};
    for (std::size_t i = 0; i + 64 <= bytes; i += 64)
        for (std::size_t lane = 0; lane < 8; ++lane) {
            std::uint64_t word = 0;
            std::memcpy(&word, at + i + 8 * lane, 8);
            sums[lane] += word;
        }
    keep(sums);
}

#if defined(__x86_64__)
// Four streams of one page each, with a prefetch ahead: a single stream leaves some controllers idle.
SPOUTNIK_TARGET("avx2") void read_avx2(const std::byte* at, std::size_t bytes) {
    constexpr std::size_t stride = 4096;
    constexpr std::size_t ahead = 1024;
    __m256i sum[8] = {};
    for (std::size_t page = 0; page + 4 * stride <= bytes; page += 4 * stride)
        for (std::size_t i = 0; i < stride; i += 64)
            for (std::size_t stream = 0; stream < 4; ++stream) {
                const std::byte* line = at + page + stream * stride + i;
                _mm_prefetch(reinterpret_cast<const char*>(line + ahead), _MM_HINT_T0);
                sum[2 * stream] = _mm256_xor_si256(
                    sum[2 * stream], _mm256_loadu_si256(reinterpret_cast<const __m256i*>(line)));
                sum[2 * stream + 1] = _mm256_xor_si256(
                    sum[2 * stream + 1], _mm256_loadu_si256(reinterpret_cast<const __m256i*>(line + 32)));
            }
    keep(sum);
}

// The arithmetic loops keep twelve independent chains, more than latency times units of any current core.
constexpr int chains = 12;

SPOUTNIK_TARGET("avx2,fma") double fma_avx2(std::int64_t rounds) {
    __m256 sum[chains] = {};
    __m256 a = _mm256_set1_ps(0.5F);
    __m256 b = _mm256_set1_ps(0.25F);
    asm volatile("" : "+x"(a), "+x"(b));
    const auto start = Clock::now();
    for (std::int64_t i = 0; i < rounds; ++i)
        for (__m256& s : sum)
            s = _mm256_fmadd_ps(a, s, b);
    const double seconds = seconds_since(start);
    keep(sum);
    return static_cast<double>(rounds) * chains * 16 / seconds;
}

SPOUTNIK_TARGET("avx512f") double fma_avx512(std::int64_t rounds) {
    __m512 sum[chains] = {};
    __m512 a = _mm512_set1_ps(0.5F);
    __m512 b = _mm512_set1_ps(0.25F);
    asm volatile("" : "+v"(a), "+v"(b));
    const auto start = Clock::now();
    for (std::int64_t i = 0; i < rounds; ++i)
        for (__m512& s : sum)
            s = _mm512_fmadd_ps(a, s, b);
    const double seconds = seconds_since(start);
    keep(sum);
    return static_cast<double>(rounds) * chains * 32 / seconds;
}

// Without VNNI an int8 product is maddubs, madd with ones and an addition.
SPOUTNIK_TARGET("avx2") double int8_avx2(std::int64_t rounds) {
    __m256i sum[chains] = {};
    __m256i a = _mm256_set1_epi8(3);
    __m256i b = _mm256_set1_epi8(5);
    const __m256i ones = _mm256_set1_epi16(1);
    const auto start = Clock::now();
    for (std::int64_t i = 0; i < rounds; ++i)
        for (__m256i& s : sum) {
            asm volatile("" : "+x"(a), "+x"(b)); // else the product, always the same, leaves the loop
            s = _mm256_add_epi32(s, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), ones));
        }
    const double seconds = seconds_since(start);
    keep(sum);
    return static_cast<double>(rounds) * chains * 64 / seconds;
}

SPOUTNIK_TARGET("avx512f,avx512vnni") double int8_vnni(std::int64_t rounds) {
    __m512i sum[chains] = {};
    __m512i a = _mm512_set1_epi8(3);
    __m512i b = _mm512_set1_epi8(5);
    asm volatile("" : "+v"(a), "+v"(b));
    const auto start = Clock::now();
    for (std::int64_t i = 0; i < rounds; ++i)
        for (__m512i& s : sum)
            s = _mm512_dpbusd_epi32(s, a, b);
    const double seconds = seconds_since(start);
    keep(sum);
    return static_cast<double>(rounds) * chains * 128 / seconds;
}

SPOUTNIK_TARGET("avx512f,avx512bf16") double bf16_avx512(std::int64_t rounds) {
    __m512 sum[chains] = {};
    __m512i half = _mm512_set1_epi16(0x3F00);
    asm volatile("" : "+v"(half));
    const auto pairs = (__m512bh)half;
    const auto start = Clock::now();
    for (std::int64_t i = 0; i < rounds; ++i)
        for (__m512& s : sum)
            s = _mm512_dpbf16_ps(s, pairs, pairs);
    const double seconds = seconds_since(start);
    keep(sum);
    return static_cast<double>(rounds) * chains * 64 / seconds;
}
#endif

ReadFunction best_reader() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") != 0) return read_avx2;
#endif
    return read_plain;
}

struct ReadSpeed {
    double middle = 0; ///< bytes per second, median: what a program that reads all the time can count on
    double best = 0;   ///< when no neighbour reads
};

/// How fast `threads` threads together read `block`.
ReadSpeed read_speed(const Block& block, int threads, int repeats) {
    const ReadFunction read = best_reader();
    std::vector<double> speeds;
    for (int repeat = 0; repeat < repeats; ++repeat) {
        const auto start = Clock::now();
        {
            std::vector<std::jthread> team;
            team.reserve(static_cast<std::size_t>(threads));
            const std::size_t part =
                block.bytes() / static_cast<std::size_t>(threads) / (4 * 4096) * (4 * 4096);
            for (int t = 0; t < threads; ++t)
                team.emplace_back([&, t] { read(block.data() + static_cast<std::size_t>(t) * part, part); });
        }
        speeds.push_back(static_cast<double>(block.bytes()) / seconds_since(start));
    }
    std::ranges::sort(speeds);
    return {speeds[speeds.size() / 2], speeds.back()};
}

struct Figure {
    std::string name;
    std::string unit;
    double value = 0;
};

/// Operations per second of one core, in GOPS: a multiplication and an addition count as two.
double peak_gops(double (*loop)(std::int64_t)) {
    loop(10'000'000); // the clock rises with the load
    double best = 0;
    for (int repeat = 0; repeat < 5; ++repeat)
        best = std::max(best, loop(10'000'000));
    return best / 1e9;
}

std::vector<Figure> arithmetic() {
    std::vector<Figure> figures;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") != 0) {
        figures.push_back({"f32_fma_avx2", "GFLOPS a core", peak_gops(fma_avx2)});
        figures.push_back({"int8_maddubs_avx2", "GOPS a core", peak_gops(int8_avx2)});
    }
    if (__builtin_cpu_supports("avx512f") != 0)
        figures.push_back({"f32_fma_avx512", "GFLOPS a core", peak_gops(fma_avx512)});
    if (__builtin_cpu_supports("avx512vnni") != 0)
        figures.push_back({"int8_dpbusd_avx512", "GOPS a core", peak_gops(int8_vnni)});
    if (__builtin_cpu_supports("avx512bf16") != 0)
        figures.push_back({"bf16_dpbf16_avx512", "GFLOPS a core", peak_gops(bf16_avx512)});
#endif
    return figures;
}

} // namespace

int main(int argc, char** argv) {
    bool memory_only = false;
    bool json = false;
    int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--memory") {
            memory_only = true;
        } else if (word == "--json") {
            json = true;
        } else if (word == "--threads" && i + 1 < argc && std::atoi(argv[i + 1]) > 0) {
            threads = std::atoi(argv[++i]);
        } else {
            fmt::print(stderr, "usage: spoutnik_machine [--memory] [--threads N] [--json]\n");
            return 2;
        }
    }

    constexpr std::size_t block_bytes = std::size_t{1} << 30; // far larger than any cache
    std::vector<Figure> figures;
    const auto add_memory = [&figures](const std::string& name, const ReadSpeed& speed) {
        figures.push_back({name, "GB/s, median", speed.middle / 1e9});
        figures.push_back({name + "_best", "GB/s", speed.best / 1e9});
    };
    constexpr int repeats = 11;
    {
        const Block block(block_bytes, true);
        add_memory("read_all_threads", read_speed(block, threads, repeats));
        if (!memory_only) add_memory("read_one_thread", read_speed(block, 1, repeats));
    }
    if (!memory_only) {
        {
            const Block block(block_bytes, false);
            add_memory("read_all_threads_4k_pages", read_speed(block, threads, repeats));
        }
        for (Figure& figure : arithmetic())
            figures.push_back(std::move(figure));
    }

    if (json) {
        fmt::print("{{\"threads\": {}", threads);
        for (const Figure& figure : figures)
            fmt::print(", \"{}\": {:.2f}", figure.name, figure.value);
        fmt::print("}}\n");
        return 0;
    }
    fmt::print("| figure ({} threads) | value | unit |\n| --- | --- | --- |\n", threads);
    for (const Figure& figure : figures)
        fmt::print("| {} | {:.1f} | {} |\n", figure.name, figure.value, figure.unit);
    return 0;
}
