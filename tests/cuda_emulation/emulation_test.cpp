// SPDX-License-Identifier: MIT
// The emulation itself: that right kernels give right results, and that wrong ones are found out.
#include "cuda_emulation/orders.h"
#include "kernels/cuda/dialect.cuh"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

using namespace spoutnik;
using namespace spoutnik::kernels::cuda;
using cuda_emulation::EmulationError;
using cuda_emulation::for_each_order;

namespace {

constexpr Stream now = nullptr;

template <bool has_barrier>
void reverse_through_shared(const int* in, int* out) {
    int* shared = dynamic_shared<int>();
    shared[threadIdx.x] = in[threadIdx.x];
    if (has_barrier) __syncthreads();
    out[threadIdx.x] = shared[blockDim.x - 1 - threadIdx.x];
}

/// True when the order that `seed` gives leads to a wrong result.
template <bool has_barrier>
bool goes_wrong(int threads) {
    std::vector<int> in(static_cast<std::size_t>(threads));
    std::iota(in.begin(), in.end(), 5);
    std::vector<int> out(in.size());
    launch(reverse_through_shared<has_barrier>, 1, static_cast<unsigned>(threads), in.size() * sizeof(int),
           now, in.data(), out.data());
    std::ranges::reverse(out);
    return in != out;
}

} // namespace

TEST_CASE("a missing barrier shows, and one that is there helps in every order") {
    int wrong = 0;
    for_each_order(8, [&] {
        CHECK_FALSE(goes_wrong<true>(100));
        wrong += goes_wrong<false>(100) ? 1 : 0;
    });
    CHECK(wrong == 8);
}

namespace {

void sum_of_warp(const int* in, int* out, unsigned count) {
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    int value = i < count ? in[i] : 0;
    for (int other = 16; other > 0; other /= 2)
        value += __shfl_xor_sync(0xffffffffU, value, other);
    if (threadIdx.x % 32 == 0) atomicAdd(out, value);
}

void neighbours(int* up, int* down, int* within_8, unsigned* odd) {
    const int lane = static_cast<int>(threadIdx.x);
    up[lane] = __shfl_up_sync(0xffffffffU, lane, 3);
    down[lane] = __shfl_down_sync(0xffffffffU, lane, 3);
    within_8[lane] = __shfl_sync(0xffffffffU, lane, 1, 8);
    odd[lane] = __ballot_sync(0xffffffffU, lane % 2);
}

} // namespace

TEST_CASE("warps add, shift and vote") {
    std::vector<int> in(1000);
    std::iota(in.begin(), in.end(), 0);
    for_each_order(4, [&] {
        int sum = 0;
        launch(sum_of_warp, 8, 128, 0, now, in.data(), &sum, 1000U);
        CHECK(sum == 999 * 1000 / 2);

        int up[32];
        int down[32];
        int within_8[32];
        unsigned odd[32];
        launch(neighbours, 1, 32, 0, now, up, down, within_8, odd);
        for (int lane = 0; lane < 32; ++lane) {
            CHECK(up[lane] == (lane < 3 ? lane : lane - 3));
            CHECK(down[lane] == (lane > 28 ? lane : lane + 3));
            CHECK(within_8[lane] == lane / 8 * 8 + 1);
            CHECK(odd[lane] == 0xaaaaaaaaU);
        }
    });
}

namespace {

void half_of_the_block_waits() {
    if (threadIdx.x < 32) {
        __syncthreads();
        __syncthreads();
    } else {
        __syncthreads();
        __syncwarp();
        if (threadIdx.x == 32) __shfl_sync(0xffffffffU, 1, 0);
        __syncthreads();
    }
}

void lanes_meet_differently() {
    if (threadIdx.x % 2 == 0)
        __syncwarp();
    else
        __ballot_sync(0xffffffffU, 1);
}

void lane_outside_its_mask() {
    __syncwarp(1);
}

void reads_from_the_ended() {
    if (threadIdx.x == 7) return;
    __shfl_sync(0xffffffffU, 1, 7);
}

void ends_early(int* out) {
    if (threadIdx.x >= 40) return;
    __syncthreads();
    out[threadIdx.x] = 1;
}

} // namespace

TEST_CASE("what would hang or corrupt is an error that names the thread") {
    for_each_order(3, [] {
        CHECK_THROWS_WITH(launch(half_of_the_block_waits, 1, 64, 0, now), Catch::Contains("never come"));
        CHECK_THROWS_WITH(launch(lanes_meet_differently, 1, 32, 0, now),
                          Catch::Contains("different operations"));
        CHECK_THROWS_WITH(launch(lane_outside_its_mask, 1, 32, 0, now), Catch::Contains("mask"));
        CHECK_THROWS_WITH(launch(reads_from_the_ended, 1, 32, 0, now), Catch::Contains("has ended"));
        CHECK_THROWS_AS(launch(lane_outside_its_mask, 1, 1025, 0, now), EmulationError);
        CHECK_THROWS_AS(launch(lane_outside_its_mask, 1, 32, 300 * 1024, now), EmulationError);
        // Threads that have ended are not waited for.
        std::vector<int> out(40);
        launch(ends_early, 1, 64, 0, now, out.data());
        CHECK(std::ranges::count(out, 1) == 40);
    });
}

namespace {

template <bool waits>
void copy_through_shared(const float* in, float* out, int bytes) {
    float* shared = dynamic_shared<float>();
    copy_async_16(shared + 4 * threadIdx.x, in + 4 * threadIdx.x, bytes);
    copy_async_commit();
    copy_async_16(shared + 4 * (blockDim.x + threadIdx.x), in + 4 * threadIdx.x);
    copy_async_commit();
    if (waits) copy_async_wait<1>();
    for (unsigned i = 0; i < 4; ++i)
        out[4 * threadIdx.x + i] = shared[4 * threadIdx.x + i];
}

} // namespace

TEST_CASE("asynchronous copies arrive when they are waited for, not before") {
    alignas(16) const float in[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    float out[16] = {};
    launch(copy_through_shared<true>, 1, 4, 128, now, in, out, 16);
    CHECK(std::ranges::equal(in, out));
    launch(copy_through_shared<true>, 1, 4, 128, now, in, out, 8);
    CHECK((out[0] == 1.0F && out[1] == 2.0F && out[2] == 0.0F && out[3] == 0.0F));
    launch(copy_through_shared<false>, 1, 4, 128, now, in, out, 16);
    CHECK(std::ranges::all_of(out, [](float v) { return std::isnan(v); }));
}

namespace {

/// One warp multiplies row-major a [16, k] by column-major b [8 columns, k]; k is 32 bytes.
void product_s8(const std::int8_t* a, const std::int8_t* b, std::int32_t* d) {
    const unsigned g = threadIdx.x / 4;
    const unsigned i = threadIdx.x % 4;
    std::uint32_t fa[4];
    std::uint32_t fb[2];
    for (unsigned part = 0; part < 4; ++part)
        std::memcpy(&fa[part], a + (g + part % 2 * 8) * 32 + part / 2 * 16 + 4 * i, 4);
    for (unsigned part = 0; part < 2; ++part)
        std::memcpy(&fb[part], b + g * 32 + part * 16 + 4 * i, 4);
    std::int32_t sums[4] = {1, 1, 1, 1};
    mma_s8(sums, fa, fb);
    for (unsigned part = 0; part < 4; ++part)
        d[(g + part / 2 * 8) * 8 + 2 * i + part % 2] = sums[part];
}

/// The same with 16-bit values and fragments from ldmatrix: b lies [k, 8] and comes transposed.
void product_bf16(const std::uint16_t* a, const std::uint16_t* b, float* d) {
    std::uint16_t* shared = dynamic_shared<std::uint16_t>(); // a [16, 16], b [16, 8]
    for (unsigned i = threadIdx.x; i < 16 * 24; i += 32)
        shared[i] = i < 256 ? a[i] : b[i - 256];
    __syncwarp();
    const unsigned g = threadIdx.x / 4;
    const unsigned i = threadIdx.x % 4;
    std::uint32_t fa[4];
    std::uint32_t fb[2];
    load_matrices_x4(fa, shared + threadIdx.x % 16 * 16 + threadIdx.x / 16 * 8);
    load_matrices_x2_transposed(fb, shared + 256 + threadIdx.x % 16 * 8);
    float sums[4] = {};
    mma_bf16(sums, fa, fb);
    for (unsigned part = 0; part < 4; ++part)
        d[(g + part / 2 * 8) * 8 + 2 * i + part % 2] = sums[part];
}

} // namespace

TEST_CASE("matrix fragments multiply matrices") {
    std::mt19937 random(3);
    std::int8_t a[16 * 32];
    std::int8_t b[8 * 32];
    for (auto& v : a)
        v = static_cast<std::int8_t>(random());
    for (auto& v : b)
        v = static_cast<std::int8_t>(random());
    std::int32_t d[16 * 8];
    launch(product_s8, 1, 32, 0, now, a, b, d);
    for (int row = 0; row < 16; ++row)
        for (int column = 0; column < 8; ++column) {
            std::int32_t sum = 1;
            for (int k = 0; k < 32; ++k)
                sum += a[row * 32 + k] * b[column * 32 + k];
            CHECK(d[row * 8 + column] == sum);
        }

    std::uint16_t left[16 * 16];
    std::uint16_t right[16 * 8];
    for (auto& v : left) // small whole numbers: sums are exact
        v = kernels::f32_to_bf16(static_cast<float>(static_cast<int>(random() % 17) - 8));
    for (auto& v : right)
        v = kernels::f32_to_bf16(static_cast<float>(static_cast<int>(random() % 17) - 8));
    float product[16 * 8];
    launch(product_bf16, 1, 32, sizeof left + sizeof right, now, left, right, product);
    for (int row = 0; row < 16; ++row)
        for (int column = 0; column < 8; ++column) {
            float sum = 0.0F;
            for (int k = 0; k < 16; ++k)
                sum += kernels::bf16_to_f32(left[row * 16 + k]) * kernels::bf16_to_f32(right[k * 8 + column]);
            CHECK(product[row * 8 + column] == sum);
        }
}

TEST_CASE("whole-number instructions are those of the manual") {
    CHECK(__dp4a(static_cast<int>(0x80ff7f01U), static_cast<int>(0x80010203U), 10) ==
          10 + 1 * 3 + 127 * 2 - 1 + 128 * 128);
    CHECK(__dp4a(0x80ff7f01U, 0x80010203U, 10U) == 10U + 3 + 254 + 255 + 128 * 128);
    CHECK(__byte_perm(0x33221100U, 0x77665544U, 0x7410U) == 0x77441100U);
    CHECK(__byte_perm(0x80U, 0U, 0x9888U) == 0x00ffffffU);
    CHECK(__vsub4(0x00100520U, 0x01100101U) == 0xff00041fU);
    CHECK(__funnelshift_r(0x89abcdefU, 0x01234567U, 8) == 0x6789abcdU);
}
