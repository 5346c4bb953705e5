// SPDX-License-Identifier: MIT
#include "cuda_emulation/gpu_check.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace test {
namespace {

using spoutnik::kernels::bytes_of;
using spoutnik::kernels::traits_of;

int failed = 0;

bool is_emulated(const Backend& gpu) {
    return gpu.isa() == "emulated";
}

/// Floats that differ in a bit between the first call and any further one, of all.
template <class Call>
double unsteady(const Backend& gpu, const OnDevice& out, const Call& call) {
    const std::vector<float> before = out.get();
    double worst = 0;
    for (int i = 0; i < (is_emulated(gpu) ? 1 : 50); ++i) {
        call();
        const std::vector<float> again = out.get();
        double changed = 0;
        for (std::size_t n = 0; n < again.size(); ++n)
            changed += std::memcmp(&again[n], &before[n], sizeof(float)) != 0 ? 1 : 0;
        worst = std::max(worst, changed);
    }
    return worst;
}

struct Past {
    std::int64_t tokens;
    std::int64_t heads;
    std::int64_t rows; ///< that the last token sees
};

void check_attention(Backend& gpu, Backend& cpu, Format format, Past past, double allowed) {
    const bool is_small = is_emulated(gpu);
    const std::int64_t width = is_small ? 96 : 576;
    const std::int64_t latent = is_small ? 64 : 512;
    if (is_small) past.rows = std::min<std::int64_t>(past.rows, 330);
    Random random(8);
    const std::vector<float> rows = random.floats(past.rows * width, -2.0F, 2.0F);
    std::vector<std::byte> there(bytes_of(format, width) * static_cast<std::size_t>(past.rows));
    cpu.store_rows({rows.data(), past.rows, width, width}, {there.data(), format, width, past.rows}, 0, 0);

    // The device stores the rows itself: to the bit what the CPU stores.
    const OnDevice cache(gpu, there);
    const OnDevice new_rows(gpu, rows);
    gpu.upload(std::vector<std::byte>(there.size()), cache.buffer->data());
    gpu.store_rows({new_rows.floats(), past.rows, width, width},
                   {cache.buffer->data(), format, width, past.rows}, 0, 0);
    std::vector<std::byte> stored(there.size());
    gpu.download(cache.buffer->data(), stored);

    const std::vector<float> q = random.floats(past.tokens * past.heads * width);
    std::vector<float> expected(static_cast<std::size_t>(past.tokens * past.heads * latent));
    const auto attend = [&](Backend& backend, const float* queries, std::byte* keys, float* out) {
        // Backends take tensors that they may write to.
        backend.latent_attention({const_cast<float*>(queries), past.tokens, past.heads, width, // NOLINT
                                  past.heads * width, width},
                                 {keys, format, width, past.rows}, past.rows - past.tokens, latent, 0.07F,
                                 {out, past.tokens, past.heads, latent, past.heads * latent, latent});
    };
    attend(cpu, q.data(), there.data(), expected.data());
    const OnDevice queries(gpu, q);
    const OnDevice out(gpu, std::vector<float>(expected.size(), 1e9F));
    const auto on_device = [&] { attend(gpu, queries.floats(), cache.buffer->data(), out.floats()); };
    on_device();
    const std::string what = "attention " + std::string(traits_of(format).name) + ", " +
                             std::to_string(past.tokens) + " x " + std::to_string(past.heads) + ", " +
                             std::to_string(past.rows) + " rows";
    report(what + ": stored", stored == there ? 0 : 1, 0);
    report(what, difference(expected, out.get()), allowed);
    report(what + ": unsteady", unsteady(gpu, out, on_device), 0);
}

/// Pairs of a token and an expert in tiles of 16 and of 64. SwiGLU's exponential is the device's own, and a
/// last bit of it may round an activation to the next of 255 steps.
void check_experts(Backend& gpu, Backend& cpu, std::int64_t tokens) {
    constexpr std::int64_t experts = 4;
    constexpr std::int64_t used = 2;
    constexpr std::int64_t hidden = 512;
    constexpr std::int64_t ff = 256;
    const RandomWeights gate(Format::q4_k, ff, hidden, 61, experts);
    const RandomWeights up(Format::q4_k, ff, hidden, 62, experts);
    const RandomWeights down(Format::q6_k, hidden, ff, 63, experts);
    Random random(9);
    const std::vector<float> x = random.floats(tokens * hidden);
    const std::vector<float> weights = random.floats(tokens * used, 0.1F, 1.0F);
    std::vector<std::int32_t> ids;
    for (std::int64_t t = 0; t < tokens; ++t) {
        ids.push_back(static_cast<std::int32_t>(t % experts));
        ids.push_back(static_cast<std::int32_t>((t + 1) % experts));
    }
    std::vector<float> expected(static_cast<std::size_t>(tokens * hidden));
    cpu.expert_ffn(gate.matrix(), up.matrix(), down.matrix(), {x.data(), tokens, hidden, hidden}, ids.data(),
                   weights.data(), used, {expected.data(), tokens, hidden, hidden});

    const auto placed = [&](const RandomWeights& from, std::vector<OnDevice>& kept) {
        Matrix matrix = from.matrix();
        kept.emplace_back(gpu, std::span(matrix.data, static_cast<std::size_t>(matrix.count) *
                                                          static_cast<std::size_t>(matrix.rows) *
                                                          bytes_of(matrix.format, matrix.cols)));
        matrix.data = kept.back().buffer->data();
        return matrix;
    };
    std::vector<OnDevice> kept;
    const Matrix gates = placed(gate, kept);
    const Matrix ups = placed(up, kept);
    const Matrix downs = placed(down, kept);
    const OnDevice in(gpu, x);
    const OnDevice chosen(gpu, std::as_bytes(std::span(ids)));
    const OnDevice weighed(gpu, weights);
    const OnDevice out(gpu, std::vector<float>(expected.size()));
    const std::vector<float> nothing(expected.size());
    const auto on_device = [&] {
        gpu.upload(std::as_bytes(std::span(nothing)), out.buffer->data());
        gpu.expert_ffn(gates, ups, downs, {in.floats(), tokens, hidden, hidden}, chosen.ids(),
                       weighed.floats(), used, {out.floats(), tokens, hidden, hidden});
    };
    on_device();
    const std::string what = "experts of " + std::to_string(tokens) + " tokens";
    report(what, difference(expected, out.get()), 5e-3);
    report(what + ": unsteady", unsteady(gpu, out, on_device), 0);
}

/// With equal values and what is no number.
void check_top_k(Backend& gpu, Backend& cpu) {
    constexpr std::int64_t k = 40;
    const std::int64_t cols = is_emulated(gpu) ? 9000 : 129280;
    Random random(10);
    std::vector<float> row = random.floats(cols, -20.0F, 20.0F);
    row[5] = row[7000] = 25.0F;
    row[17] = std::nanf("");
    std::vector<std::int32_t> expected_ids(k);
    std::vector<float> expected(k);
    cpu.top_k({row.data(), 1, cols, cols}, k, expected_ids.data(), expected.data());
    const OnDevice in(gpu, row);
    const OnDevice ids(gpu, std::vector<float>(k));
    const OnDevice values(gpu, std::vector<float>(k));
    gpu.top_k({in.floats(), 1, cols, cols}, k, ids.ids(), values.floats());
    std::vector<std::int32_t> got(k);
    gpu.download(ids.buffer->data(), std::as_writable_bytes(std::span(got)));
    const bool is_same = got == expected_ids && values.get() == expected;
    report("the largest " + std::to_string(k) + " of " + std::to_string(cols), is_same ? 0 : 1, 0);
}

} // namespace

void report(const std::string& what, double worst, double allowed) {
    const bool is_well = worst <= allowed;
    failed += is_well ? 0 : 1;
    std::printf("%-44s %-6s %.3g (at most %.3g)\n", what.c_str(), is_well ? "well" : "WRONG", worst, allowed);
    std::fflush(stdout); // what was well is known also where a later one hangs
}

int failures() {
    return failed;
}

double difference(const std::vector<float>& expected, const std::vector<float>& got) {
    double worst = 0;
    double size = 1e-30;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double error = std::abs(static_cast<double>(got[i]) - expected[i]);
        worst = std::isfinite(error) ? std::max(worst, error) : 1e30;
        size = std::max(size, std::abs(static_cast<double>(expected[i])));
    }
    return worst / size;
}

void check_operations(Backend& gpu, Backend& cpu) {
    for (const Format format : {Format::f32, Format::f16, Format::bf16, Format::q8_0}) {
        // Queries and weights are rounded to the format's bits, or to those of bf16.
        const double allowed = format == Format::f32 ? 1e-4 : (format == Format::f16 ? 4e-3 : 3e-2);
        check_attention(gpu, cpu, format, {1, 16, 2600}, allowed); // over the border to long segments
        check_attention(gpu, cpu, format, {1, 40, 700}, allowed);  // tiles of 64 queries
        check_attention(gpu, cpu, format, {70, 4, 200}, allowed);  // a prompt behind a past
    }
    check_experts(gpu, cpu, 1);
    check_experts(gpu, cpu, 20);
    check_experts(gpu, cpu, 130);
    check_top_k(gpu, cpu);
}

} // namespace test
