// SPDX-License-Identifier: MIT
// The CUDA backend's own part, on the emulated device: memory, transfers that come at the right moment, lists
// of operations and the graphs made of them. Whole models are in models_test.cpp.
#include "cuda_emulation/emulated_device.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/ops_attention.h"
#include "kernels/cuda/ops_products.h"
#include "kernels/cuda/ops_routing.h"
#include "kernels/cuda/scratch_bound.h"
#include "unit/kernels/support.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>

using namespace spoutnik::kernels;
using cuda::CudaBackend;
using spoutnik::cuda_emulation::emulated_device;
using test::Random;
using test::RandomWeights;

namespace {

/// Rows of floats on the device.
class DeviceRows {
  public:
    DeviceRows(Backend& backend, std::int64_t rows, std::int64_t cols)
        : backend_(backend), buffer_(backend.allocate(static_cast<std::size_t>(rows * cols) * sizeof(float))),
          rows_(rows), cols_(cols) {}
    DeviceRows(Backend& backend, std::int64_t rows, std::int64_t cols, const std::vector<float>& values)
        : DeviceRows(backend, rows, cols) {
        put(values);
    }
    void put(const std::vector<float>& values) {
        backend_.upload(std::as_bytes(std::span(values)), buffer_->data());
    }
    std::vector<float> get() const {
        std::vector<float> values(static_cast<std::size_t>(rows_ * cols_));
        backend_.download(buffer_->data(), std::as_writable_bytes(std::span(values)));
        return values;
    }
    Tensor tensor() const {
        return {reinterpret_cast<float*>(buffer_->data()), rows_, cols_, cols_}; // NOLINT: memory
    }
    Heads heads(std::int64_t heads) const {
        return {tensor().data, rows_, heads, cols_ / heads, cols_, cols_ / heads};
    }

  private:
    Backend& backend_;
    std::unique_ptr<Buffer> buffer_;
    std::int64_t rows_;
    std::int64_t cols_;
};

std::vector<float> ramp(std::int64_t count, float from) {
    std::vector<float> values(static_cast<std::size_t>(count));
    std::iota(values.begin(), values.end(), from);
    return values;
}

/// A weight in the device's memory.
struct DeviceWeight {
    std::unique_ptr<Buffer> buffer;
    Matrix matrix;

    DeviceWeight(Backend& backend, const RandomWeights& weights) : matrix(weights.matrix()) {
        const std::size_t one = static_cast<std::size_t>(matrix.rows) * bytes_of(matrix.format, matrix.cols);
        const std::size_t all = static_cast<std::size_t>(matrix.count - 1) * matrix.stride_bytes + one;
        buffer = backend.adopt({matrix.data, all});
        matrix.data = buffer->data();
    }
};

} // namespace

TEST_CASE("cuda backend: memory is zero at first, known by its size, and given back") {
    const std::size_t before = spoutnik::cuda_emulation::device_bytes_in_use();
    {
        CudaBackend backend;
        CHECK(backend.name() == "cuda");
        CHECK(backend.isa() == "emulated");
        const std::size_t free_before = backend.memory().free_bytes;
        const auto buffer = backend.allocate(1000);
        CHECK(buffer->bytes() == 1000);
        CHECK(backend.memory().free_bytes == free_before - 1000);
        std::vector<std::byte> content(1000, std::byte{1});
        backend.download(buffer->data(), content);
        CHECK(std::ranges::count(content, std::byte{0}) == 1000);
        CHECK(backend.allocate(0)->bytes() == 0);
    }
    CHECK(spoutnik::cuda_emulation::device_bytes_in_use() == before);
}

TEST_CASE("cuda backend: buffers outlive their backend") {
    std::unique_ptr<Buffer> buffer;
    {
        CudaBackend backend;
        buffer = backend.allocate(64);
    }
    CHECK(buffer->bytes() == 64);
    buffer.reset();
    CHECK(spoutnik::cuda_emulation::device_bytes_in_use() == 0);
}

TEST_CASE("cuda backend: what has no room is said with its bytes") {
    emulated_device().total_bytes = 1 << 20U;
    CudaBackend backend;
    CHECK_THROWS_WITH(backend.allocate(2 << 20U), Catch::Contains("2097152 bytes"));
    CHECK_THROWS_AS(backend.adopt(std::vector<std::byte>(2 << 20U)), OutOfMemory);
    const auto buffer = backend.allocate(1000); // the device goes on
    // An operation whose scratch memory has no room is not done, and the next ones are.
    Random random(3);
    const DeviceWeight weight(backend, RandomWeights(Format::q8_0, 4, 64, 7));
    const DeviceRows x(backend, 1, 64, random.floats(64));
    const DeviceRows out(backend, 1, 4);
    emulated_device().total_bytes = spoutnik::cuda_emulation::device_bytes_in_use();
    CHECK_THROWS_AS(backend.matmul(weight.matrix, x.tensor(), out.tensor()), OutOfMemory);
    CHECK(out.get() == std::vector<float>(4));
    emulated_device().total_bytes = std::size_t{1} << 40U;
    backend.matmul(weight.matrix, x.tensor(), out.tensor());
    CHECK(out.get() != std::vector<float>(4));
}

TEST_CASE("cuda backend: no GPU is a sentence") {
    emulated_device().is_present = false;
    CHECK_THROWS_AS(CudaBackend(), cuda::NoDevice);
    emulated_device().is_present = true;
    CHECK_NOTHROW(CudaBackend());
}

TEST_CASE("cuda backend: transfers of every size come after what was called before them") {
    for (const bool has_pinned : {true, false}) {
        emulated_device().has_pinned_memory = has_pinned;
        CudaBackend backend;
        for (const std::int64_t count : {1, 512, 513, 5000, 300000}) {
            INFO(count << " floats");
            const DeviceRows sum(backend, 1, count);
            DeviceRows x(backend, 1, count);
            std::vector<float> host = ramp(count, 1.0F);
            for (int times = 0; times < 3; ++times) { // the second upload must not overtake the first sum
                x.put(host);
                std::ranges::fill(host, 100.0F); // nor may it see what the host does meanwhile
                backend.add(x.tensor(), sum.tensor());
                host = ramp(count, 1.0F);
            }
            const std::vector<float> got = sum.get();
            CHECK(got.front() == 3.0F);
            CHECK(got.back() == 3.0F * static_cast<float>(count));
        }
        CHECK((backend.allocate_pinned(64) != nullptr) == has_pinned);
    }
    emulated_device().has_pinned_memory = true;
}

TEST_CASE("cuda backend: several downloads wait once") {
    CudaBackend backend;
    const DeviceRows a(backend, 1, 700, ramp(700, 0.0F));
    const DeviceRows b(backend, 1, 3, ramp(3, 5.0F));
    std::vector<float> first(700);
    std::vector<float> second(3);
    const Download parts[] = {
        {reinterpret_cast<const std::byte*>(a.tensor().data), std::as_writable_bytes(std::span(first))},
        {reinterpret_cast<const std::byte*>(b.tensor().data), std::as_writable_bytes(std::span(second))}};
    backend.download_all(parts);
    CHECK(first == ramp(700, 0.0F));
    CHECK(second == ramp(3, 5.0F));
}

TEST_CASE("cuda backend: operations that wait are done before their memory goes") {
    CudaBackend backend;
    const DeviceRows sum(backend, 2, 8);
    {
        const DeviceRows x(backend, 2, 8, ramp(16, 1.0F));
        backend.add(x.tensor(), sum.tensor());
    }
    const DeviceRows other(backend, 2, 8, ramp(16, 1000.0F)); // may get the same address
    CHECK(sum.get() == ramp(16, 1.0F));
}

TEST_CASE("cuda backend: shapes that do not fit are refused at the call") {
    CudaBackend backend;
    const DeviceRows a(backend, 2, 8);
    const DeviceRows b(backend, 2, 7);
    CHECK_THROWS_AS(backend.add(a.tensor(), b.tensor()), std::invalid_argument);
    CHECK_THROWS_AS(backend.swiglu(a.tensor(), b.tensor(), a.tensor()), std::invalid_argument);
    CHECK_THROWS_AS(backend.route_experts({a.tensor().data, 1, 5000, 5000}, nullptr, {.experts_used = 2},
                                          reinterpret_cast<std::int32_t*>(b.tensor().data), a.tensor().data),
                    std::invalid_argument);
}

TEST_CASE("cuda backend: lists that come again go as graphs, whatever the position") {
    CudaBackend backend({.shortest_graph = 4, .most_graphs = 2});
    Random random(5);
    const std::int64_t width = 32;
    DeviceRows x(backend, 1, width);
    const DeviceRows out(backend, 1, width);
    const auto cache_memory = backend.allocate(2000 * width * sizeof(float));
    const CacheRows cache{cache_memory->data(), Format::f32, width, 2000};
    const auto pass = [&](std::int64_t position, float value) {
        x.put(std::vector<float>(width, value));
        backend.store_rows(x.tensor(), cache, position, 0);
        backend.head_attention(x.heads(1), cache, cache, 1, position, 0.0F, out.heads(1));
        backend.add(x.tensor(), out.tensor());
        backend.add(x.tensor(), out.tensor());
        return out.get().front();
    };
    // With a scale of zero attention is the mean of the rows so far.
    float sum = 0.0F;
    for (int position = 0; position < 10; ++position) {
        const auto value = static_cast<float>(position * 4);
        sum += value;
        CHECK(pass(position, value) == Approx(sum / static_cast<float>(position + 1) + 2.0F * value));
    }
    CHECK(backend.counts().graphs == 1);
    CHECK(backend.counts().replays ==
          8); // the first pass took scratch memory, the second was the first to be seen
    // Beyond the stretch that the graph was made for: another one, with the same results.
    std::vector<float> rows(static_cast<std::size_t>(990 * width), 1.0F);
    backend.upload(std::as_bytes(std::span(rows)), cache_memory->data() + 10 * width * 4);
    for (int position = 1000; position < 1004; ++position) {
        sum += position == 1000 ? 990.0F : 1.0F;
        CHECK(pass(position, 1.0F) == Approx((sum + 1.0F) / static_cast<float>(position + 1) + 2.0F));
    }
    CHECK(backend.counts().graphs == 2);
    // Other shapes put the oldest out; it comes back when it is asked for again.
    for (int other = 0; other < 3; ++other)
        for (int i = 0; i < 4 + other; ++i) {
            backend.add(x.tensor(), out.tensor());
            if (i == 3 + other) backend.synchronize();
        }
    CHECK(pass(1004, 1.0F) == Approx((sum + 2.0F) / 1005.0F + 2.0F));
}

TEST_CASE("cuda backend: activations rounded once serve the products that follow, until they change") {
    Random random(8);
    const auto reference = test::backend(CpuIsa::reference, 1);
    const RandomWeights first(Format::q8_0, 8, 64, 1);
    const RandomWeights second(Format::q4_0, 8, 64, 2);
    const RandomWeights wide(Format::q4_k, 8, 256, 3);
    CudaBackend backend;
    const DeviceWeight a(backend, first);
    const DeviceWeight b(backend, second);
    const std::vector<float> values = random.floats(64);
    const DeviceRows x(backend, 1, 64, values);
    const DeviceRows out(backend, 4, 8);
    const auto row = [&](std::int64_t r) { return Tensor{out.tensor().data + r * 8, 1, 8, 8}; };
    backend.matmul(a.matrix, x.tensor(), row(0));
    backend.matmul(b.matrix, x.tensor(), row(1)); // rounded already
    backend.add(x.tensor(), x.tensor());          // doubled
    backend.matmul(b.matrix, x.tensor(), row(2));
    backend.matmul_add(a.matrix, x.tensor(), row(3), row(3));

    std::vector<float> expected(32);
    std::vector<float> doubled = values;
    for (float& value : doubled)
        value *= 2.0F;
    const auto product = [&](const RandomWeights& weights, const std::vector<float>& from, std::int64_t r) {
        reference->matmul(weights.matrix(), {from.data(), 1, 64, 64}, {expected.data() + r * 8, 1, 8, 8});
    };
    product(first, values, 0);
    product(second, values, 1);
    product(second, doubled, 2);
    product(first, doubled, 3);
    CHECK(out.get() == expected);
}

TEST_CASE("cuda backend: networks of every token, alone and with others, as the CPU does them") {
    Random random(9);
    const auto reference = test::backend(CpuIsa::reference, 1);
    for (const Format format : {Format::q8_0, Format::q4_0, Format::f16})
        for (const std::int64_t tokens : {1, 3, 20}) {
            INFO(traits_of(format).name << ", " << tokens << " tokens");
            const std::int64_t hidden = 64;
            const std::int64_t ff = 96;
            const RandomWeights gate(format, ff, hidden, 11);
            const RandomWeights up(format, ff, hidden, 12);
            const RandomWeights down(format, hidden, ff, 13);
            const std::vector<float> x = random.floats(tokens * hidden);
            const std::vector<float> before = random.floats(tokens * hidden);
            const auto run = [&](Backend& backend, const Matrix& g, const Matrix& u, const Matrix& d) {
                const DeviceRows in(backend, tokens, hidden, x);
                const DeviceRows out(backend, tokens, hidden, before);
                const DeviceRows one(backend, tokens, ff);
                const DeviceRows two(backend, tokens, ff);
                const DeviceRows three(backend, tokens, hidden);
                backend.swiglu_ffn(g, u, d, in.tensor(), {one.tensor(), two.tensor(), three.tensor()},
                                   out.tensor());
                return out.get();
            };
            CudaBackend backend;
            const DeviceWeight g(backend, gate);
            const DeviceWeight u(backend, up);
            const DeviceWeight d(backend, down);
            const auto got = run(backend, g.matrix, u.matrix, d.matrix);
            const auto expected = run(*reference, gate.matrix(), up.matrix(), down.matrix());
            if (format != Format::f16) CHECK(got == expected);
            for (std::size_t i = 0; i < got.size(); ++i)
                CHECK(got[i] == Approx(expected[i]).epsilon(1e-4).margin(1e-4));
        }
}

TEST_CASE("cuda backend: an operation that asks for more scratch memory still stands where it was put") {
    constexpr std::int64_t rows = 700;
    constexpr std::int64_t width = 16;
    constexpr std::int64_t heads = 2;
    Random random(3);
    const auto keys = random.floats(rows * width);
    const auto query = random.floats(heads * width);
    const auto attend = [&](Backend& backend) {
        const DeviceRows cache(backend, rows, width, keys);
        const DeviceRows q(backend, 1, heads * width, query);
        const DeviceRows out(backend, 1, heads * width);
        const CacheRows past{reinterpret_cast<std::byte*>(cache.tensor().data), Format::f32, width, rows};
        // Parts of 600 positions are the first thing for which this device wants scratch memory.
        backend.latent_attention(q.heads(heads), past, 600, width, 0.3F, out.heads(heads));
        return out.get();
    };
    const auto cpu = test::backend(CpuIsa::reference);
    const auto expected = attend(*cpu);
    CudaBackend cuda;
    const auto actual = attend(cuda);
    CHECK(cuda.scratch_bytes() > 0);
    for (std::size_t i = 0; i < expected.size(); ++i)
        CHECK(actual[i] == Approx(expected[i]).margin(1e-5));
}

TEST_CASE("cuda backend: a rehearsal does nothing and takes what its operations will want") {
    constexpr std::int64_t tokens = 40;
    constexpr std::int64_t hidden = 512;
    const RandomWeights weights(Format::q8_0, 96, hidden, 4);
    CudaBackend cuda;
    const auto bytes = cuda.adopt(
        {weights.matrix().data, 96 * bytes_of(Format::q8_0, hidden)}); // as many rows as the product has
    Matrix matrix = weights.matrix();
    matrix.data = bytes->data();
    Random random(2);
    const DeviceRows x(cuda, tokens, hidden, random.floats(tokens * hidden));
    const DeviceRows out(cuda, tokens, 96, ramp(tokens * 96, 1));
    REQUIRE(cuda.begin_rehearsal());
    cuda.matmul(matrix, x.tensor(), out.tensor());
    CHECK_THROWS_AS(cuda.matmul(matrix, out.tensor(), x.tensor()), std::invalid_argument);
    cuda.end_rehearsal();
    CHECK(out.get() == ramp(tokens * 96, 1));
    CHECK(cuda.scratch_bytes() >= static_cast<std::size_t>(tokens * hidden));
    const std::uint64_t before = spoutnik::cuda_emulation::device_allocations();
    cuda.matmul(matrix, x.tensor(), out.tensor());
    CHECK(out.get() != ramp(tokens * 96, 1));
    CHECK(spoutnik::cuda_emulation::device_allocations() == before);

    REQUIRE(cuda.begin_rehearsal()); // one for which there is no room
    const DeviceRows many(cuda, 4000, hidden);
    const DeviceRows products(cuda, 4000, 96);
    cuda.matmul(matrix, many.tensor(), products.tensor());
    spoutnik::cuda_emulation::emulated_device().real_bytes = spoutnik::cuda_emulation::device_bytes_in_use();
    CHECK_THROWS_AS(cuda.end_rehearsal(), OutOfMemory);
    spoutnik::cuda_emulation::emulated_device().real_bytes = std::size_t{1} << 40U;
}

TEST_CASE("cuda backend: plans count no less scratch memory than operations want, and not much more") {
    struct Shape {
        std::int64_t hidden, ff, experts, used;
    };
    for (const Shape& s : {Shape{7168, 2048, 256, 8}, Shape{2048, 1408, 64, 6}, Shape{2048, 768, 128, 8}})
        for (const std::int64_t tokens : {1, 9, 512})
            for (const Format format : {Format::q8_0, Format::q4_k, Format::f16}) {
                CAPTURE(s.hidden, tokens, traits_of(format).name);
                const Matrix up{nullptr, format, s.ff, s.hidden, s.experts, 1};
                const Matrix down{nullptr, format, s.hidden, s.ff, s.experts, 1};
                const auto u = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
                const std::uint64_t wanted = cuda::expert_ffn_scratch_bytes(up, up, down, tokens, s.used);
                const std::uint64_t bound =
                    cuda::expert_ffn_bound(u(tokens), u(s.used), u(s.experts), u(s.hidden), u(s.ff));
                CHECK(wanted <= bound);
                if (tokens == 512 && format != Format::f16) CHECK(bound < wanted + wanted / 4);
                CHECK(cuda::matmul_scratch_bytes(up, tokens) <= cuda::rounded_bound(u(tokens), u(s.hidden)));
            }
    for (const std::int64_t k : {1, 40, 1024})
        for (const std::int64_t cols : {1024, 32000, 129280})
            CHECK(cuda::top_k_scratch_bytes(9, cols, k) ==
                  cuda::top_k_bound(9, static_cast<std::uint64_t>(cols), static_cast<std::uint64_t>(k)));
    for (const std::int64_t heads : {16, 128})
        for (const std::int64_t tokens : {1, 9})
            for (const std::int64_t most : {100, 8191, 131071})
                CHECK(cuda::attention_scratch_bytes(tokens, heads, 1, 512, most) <=
                      cuda::attention_bound(static_cast<std::uint64_t>(tokens),
                                            static_cast<std::uint64_t>(heads), 512,
                                            static_cast<std::uint64_t>(most + 1)));
}
