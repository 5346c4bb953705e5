// SPDX-License-Identifier: MIT
// Operations of a hybrid backend whose weights are in RAM: the CPU's results, whatever the strides on the
// device, and what lies between the rows left alone.
#include "kernels/hybrid/hybrid_backend.h"
#include "tests/support/fenced_backend.h"
#include "tests/unit/kernels/support.h"

#include <catch2/catch.hpp>

using namespace spoutnik::kernels;
using spoutnik::testing::FencedBackend;
using test::Grid;
using test::Random;
using test::RandomWeights;

namespace {

/// Floats of the host and the same on the device.
class Mirrored {
  public:
    Mirrored(Backend& device, std::vector<float> values)
        : device_(device), values_(std::move(values)),
          buffer_(device.allocate(values_.size() * sizeof(float))) {
        device.upload(std::as_bytes(std::span(values_)), buffer_->data());
    }
    float* on_host() { return values_.data(); }
    float* on_device() const { return reinterpret_cast<float*>(buffer_->data()); }
    /// The device's floats are those that the host has now.
    bool agrees() const {
        std::vector<float> down(values_.size());
        device_.download(buffer_->data(), std::as_writable_bytes(std::span(down)));
        return down == values_;
    }

  private:
    Backend& device_;
    std::vector<float> values_;
    std::unique_ptr<Buffer> buffer_;
};

struct Pair {
    std::shared_ptr<FencedBackend> device = std::make_shared<FencedBackend>();
    std::shared_ptr<Backend> host = make_cpu_backend({.threads = 2});
    HybridBackend hybrid{device, host};
    Random random{11};

    Mirrored floats(std::int64_t count) { return {*device, random.floats(count)}; }
    static Matrix in_ram(const RandomWeights& weights) {
        Matrix matrix = weights.matrix();
        matrix.home = Home::host;
        return matrix;
    }
};

} // namespace

TEST_CASE("hybrid: products with weights in RAM") {
    Pair pair;
    const RandomWeights weights(Format::q8_0, 40, 64, 5);
    for (const std::int64_t gap : {0, 3})
        for (const std::int64_t tokens : {0, 1, 6}) {
            CAPTURE(gap, tokens);
            Mirrored x = pair.floats(tokens * (64 + gap) + 1);
            Mirrored out = pair.floats(tokens * (40 + gap) + 1);
            pair.hybrid.matmul(Pair::in_ram(weights), {x.on_device(), tokens, 64, 64 + gap},
                               {out.on_device(), tokens, 40, 40 + gap});
            pair.host->matmul(weights.matrix(), {x.on_host(), tokens, 64, 64 + gap},
                              {out.on_host(), tokens, 40, 40 + gap});
            CHECK(out.agrees());
        }
}

TEST_CASE("hybrid: a matrix for each head in RAM") {
    Pair pair;
    constexpr std::int64_t heads = 3, in = 32, out_width = 20;
    const RandomWeights weights(Format::q4_0, out_width, in, 6, heads);
    struct Strides {
        std::int64_t token, head;
    };
    for (const std::int64_t tokens : {1, 5})
        for (const Strides in_strides : {Strides{heads * in, in}, {heads * in + 8, in}, {in, tokens * in}})
            for (const Strides out_strides :
                 {Strides{heads * out_width, out_width}, {heads * (out_width + 4), out_width + 4}}) {
                CAPTURE(tokens, in_strides.token, in_strides.head, out_strides.head);
                Mirrored x = pair.floats(tokens * (heads * in + 8));
                Mirrored out = pair.floats(tokens * heads * (out_width + 4));
                const auto view = [&](float* data, std::int64_t width, Strides strides) {
                    return Heads{data, tokens, heads, width, strides.token, strides.head};
                };
                pair.hybrid.matmul_per_head(Pair::in_ram(weights), view(x.on_device(), in, in_strides),
                                            view(out.on_device(), out_width, out_strides));
                pair.host->matmul_per_head(weights.matrix(), view(x.on_host(), in, in_strides),
                                           view(out.on_host(), out_width, out_strides));
                CHECK(out.agrees());
            }
}

TEST_CASE("hybrid: a table in RAM") {
    Pair pair;
    const RandomWeights table(Format::q6_k, 10, 256, 7);
    const std::vector<std::int32_t> tokens{3, 9, 0, 3};
    for (const std::int64_t gap : {0, 16}) {
        Mirrored out = pair.floats(4 * (256 + gap));
        pair.hybrid.embed_rows(Pair::in_ram(table), tokens, {out.on_device(), 4, 256, 256 + gap});
        pair.host->embed_rows(table.matrix(), tokens, {out.on_host(), 4, 256, 256 + gap});
        CHECK(out.agrees());
    }
    Mirrored out = pair.floats(256);
    const std::vector<std::int32_t> outside{10};
    CHECK_THROWS_AS(pair.hybrid.embed_rows(Pair::in_ram(table), outside, {out.on_device(), 1, 256, 256}),
                    std::invalid_argument);
}

TEST_CASE("hybrid: experts in RAM are added to what the device has summed up") {
    Pair pair;
    constexpr std::int64_t hidden = 64, ff = 32, experts = 5, used = 2;
    const RandomWeights gate(Format::q8_0, ff, hidden, 1, experts);
    const RandomWeights up(Format::q5_1, ff, hidden, 2, experts);
    const RandomWeights down(Format::q4_0, hidden, ff, 3, experts);
    for (const std::int64_t tokens : {0, 1, 7}) {
        Mirrored x = pair.floats(tokens * hidden + 1);
        Mirrored out = pair.floats(tokens * hidden + 1);
        Mirrored weights = pair.floats(tokens * used + 1);
        std::vector<std::int32_t> ids;
        for (std::int64_t i = 0; i < tokens * used; ++i)
            ids.push_back(pair.random.whole(0, experts - 1));
        const auto ids_on_device = pair.device->allocate(ids.size() * sizeof(std::int32_t) + 4);
        pair.device->upload(std::as_bytes(std::span(ids)), ids_on_device->data());
        pair.hybrid.expert_ffn(Pair::in_ram(gate), Pair::in_ram(up), Pair::in_ram(down),
                               {x.on_device(), tokens, hidden, hidden},
                               reinterpret_cast<const std::int32_t*>(ids_on_device->data()),
                               weights.on_device(), used, {out.on_device(), tokens, hidden, hidden});
        pair.host->expert_ffn(gate.matrix(), up.matrix(), down.matrix(),
                              {x.on_host(), tokens, hidden, hidden}, ids.data(), weights.on_host(), used,
                              {out.on_host(), tokens, hidden, hidden});
        CHECK(out.agrees());
    }
    CHECK_THROWS_AS(pair.hybrid.expert_ffn(Pair::in_ram(gate), up.matrix(), down.matrix(), {}, nullptr,
                                           nullptr, used, {}),
                    std::invalid_argument);
}

TEST_CASE("hybrid: everything else is the device's") {
    Pair pair;
    CHECK(pair.hybrid.name() == "fenced+cpu");
    CHECK(&pair.hybrid.keeper_of(Home::host) == pair.host.get());
    CHECK(&pair.hybrid.keeper_of(Home::device) == pair.device.get());
    CHECK(&pair.host->keeper_of(Home::host) == pair.host.get());
    CHECK(pair.hybrid.memory().total_bytes == FencedBackend::no_limit);
}
