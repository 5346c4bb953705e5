// SPDX-License-Identifier: MIT
// The operations of kernels/backend.h as values: what the backend keeps of a call until it goes to the
// device. Two equal lists of them are the same work; what may differ nevertheless, positions of the sequence,
// is in device memory and known here by its place there alone.
#pragma once

#include "kernels/backend.h"
#include "kernels/cuda/context.h"

#include <cstddef>
#include <cstdint>
#include <variant>

namespace spoutnik::kernels::cuda {

/// What all operations of a list share.
struct Surroundings {
    Context context;
    const std::int64_t* positions = nullptr; ///< on the device

    Position position(int slot, std::int64_t most) const { return {positions + slot, most}; }
};

/// Memory of the device that an operation may write to, scratch memory apart.
struct Written {
    const void* begin = nullptr;
    const void* end = nullptr;
};

// Each has run(), which puts its kernels on the stream, scratch_bytes(), which these ask for, and written().

struct RmsNorm {
    ConstTensor x;
    const float* gain;
    float epsilon;
    Tensor out;

    bool operator==(const RmsNorm&) const = default;
    void run(const Surroundings& with) const;
    std::size_t scratch_bytes() const { return 0; }
    Written written() const;
};

struct Add {
    ConstTensor x;
    Tensor out;

    bool operator==(const Add&) const = default;
    void run(const Surroundings& with) const;
    std::size_t scratch_bytes() const { return 0; }
    Written written() const;
};

struct AddBias {
    const float* bias;
    Tensor out;

    bool operator==(const AddBias&) const = default;
    void run(const Surroundings& with) const;
    std::size_t scratch_bytes() const { return 0; }
    Written written() const;
};

struct Swiglu {
    ConstTensor gate;
    ConstTensor up;
    Tensor out;

    bool operator==(const Swiglu&) const = default;
    void run(const Surroundings& with) const;
    std::size_t scratch_bytes() const { return 0; }
    Written written() const;
};

struct Matmul {
    Matrix weight;
    ConstTensor x;
    Tensor out;
    bool adds; ///< to what out holds; one token

    bool operator==(const Matmul&) const = default;
    void run(const Surroundings& with) const;
    std::size_t scratch_bytes() const;
    Written written() const;
};

struct MatmulPerHead {
    Matrix weight;
    Heads x;
    Heads out;

    bool operator==(const MatmulPerHead&) const = default;
    void run(const Surroundings& with) const;
    std::size_t scratch_bytes() const;
    Written written() const;
};

struct Rope {
    Heads x;
    ConstTensor cos_sin;
    RopePairs pairs;

    bool operator==(const Rope&) const = default;
    void run(const Surroundings& with) const;
    std::size_t scratch_bytes() const { return 0; }
    Written written() const;
};

struct StoreRows {
    ConstTensor rows;
    CacheRows cache;
    int first_row; ///< a slot
    std::int64_t first_value;

    bool operator==(const StoreRows&) const = default;
    void run(const Surroundings& with) const;
    std::size_t scratch_bytes() const { return 0; }
    Written written() const;
};

struct LatentAttention {
    Heads q;
    CacheRows cache;
    int first_position; ///< a slot
    std::int64_t most;  ///< Position::most
    std::int64_t latent;
    float scale;
    Heads out;

    bool operator==(const LatentAttention&) const = default;
    void run(const Surroundings& with) const;
    std::size_t scratch_bytes() const;
    Written written() const;
};

struct HeadAttention {
    Heads q;
    CacheRows keys;
    CacheRows values;
    std::int64_t kv_heads;
    int first_position; ///< a slot
    std::int64_t most;  ///< Position::most
    float scale;
    Heads out;

    bool operator==(const HeadAttention&) const = default;
    void run(const Surroundings& with) const;
    std::size_t scratch_bytes() const;
    Written written() const;
};

struct RouteExperts {
    ConstTensor logits;
    const float* selection_bias;
    RoutingRule rule;
    std::int32_t* ids;
    float* weights;

    bool operator==(const RouteExperts&) const = default;
    void run(const Surroundings& with) const;
    std::size_t scratch_bytes() const { return 0; }
    Written written() const;
};

struct ExpertNetworks {
    Matrix gate;
    Matrix up;
    Matrix down;
    ConstTensor x;
    const std::int32_t* ids; ///< with weights null: swiglu_ffn of one token
    const float* weights;
    std::int64_t experts_used;
    Tensor out;

    bool operator==(const ExpertNetworks&) const = default;
    void run(const Surroundings& with) const;
    std::size_t scratch_bytes() const;
    Written written() const;
};

struct TopK {
    ConstTensor rows;
    std::int64_t k;
    std::int32_t* ids;
    float* values;

    bool operator==(const TopK&) const = default;
    void run(const Surroundings& with) const;
    std::size_t scratch_bytes() const;
    Written written() const;
};

using Operation = std::variant<RmsNorm, Add, AddBias, Swiglu, Matmul, MatmulPerHead, Rope, StoreRows,
                               LatentAttention, HeadAttention, RouteExperts, ExpertNetworks, TopK>;

} // namespace spoutnik::kernels::cuda
