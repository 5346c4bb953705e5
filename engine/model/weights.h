// SPDX-License-Identifier: MIT
// From a file's tensors to a model's weights: looked up by name, checked against the shape that the
// architecture prescribes, handed to the backend where they lie in the mapped file.
#pragma once

#include "engine/model/model.h"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace spoutnik::engine {

/// Number of the block in "blk.7.attn_norm.weight", or -1 for a tensor outside the blocks.
std::int64_t block_of(std::string_view tensor_name);

/// "blk.7."
std::string block_prefix(std::int64_t layer);

/// Memory that the backend lends to a model's weights; freed with the model.
using WeightBuffers = std::vector<std::unique_ptr<kernels::Buffer>>;

class WeightBinder {
  public:
    WeightBinder(const gguf::File& file, kernels::Backend& backend, const LoadProgress& progress,
                 const WeightHomes& homes);

    bool has(const std::string& name) const { return file_.find_tensor(name) != nullptr; }

    // Each throws Error naming the tensor when it is absent or of another shape.

    // Matrices go where `homes` says; vectors are with the backend always.

    /// [out, in], used in place where the backend can.
    kernels::Matrix matrix(const std::string& name, std::int64_t in, std::int64_t out);
    /// `count` matrices [out, in] in one tensor [in, out, count] or, flattened, [in, out * count]; in place.
    kernels::Matrix matrices(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t count);
    /// The same gathered from `count` tensors, prefix + number + suffix (old Mixtral files); copied.
    kernels::Matrix gathered(const std::string& prefix, const std::string& suffix, std::int64_t in,
                             std::int64_t out, std::int64_t count);
    /// `size` floats, whatever their format in the file, copied to aligned memory.
    const float* vector(const std::string& name, std::int64_t size);
    /// The same, or null when the file has no such tensor.
    const float* vector_if_present(const std::string& name, std::int64_t size);
    /// The same on the host.
    std::vector<float> host_vector(const std::string& name, std::int64_t size);

    /// Each matrix [out, in] of `source` transposed to [in, out]: dequantised, and kept F32 or BF16 where the
    /// source is that, F16 otherwise. Copied.
    kernels::Matrix transposed(const kernels::Matrix& source, const std::byte* host);
    /// Bytes of a tensor in the file, for transposed().
    const std::byte* host_bytes(const std::string& name) const {
        return file_.find_tensor(name)->bytes.data();
    }

    /// Says that a tensor is known and not needed.
    void pass_over(const std::string& name);
    /// Throws Error when the file holds a tensor of blocks below `layers`, or outside the blocks, that nobody
    /// asked for: the model would compute something else than its author meant.
    void refuse_leftovers(std::int64_t layers) const;
    /// The same for the tensors of one block.
    void refuse_leftovers_of(std::int64_t block) const;

    /// The last call: everything that keeps the bound pointers alive.
    WeightBuffers take_buffers();

  private:
    const gguf::TensorInfo& expect(const std::string& name) const;
    void taken(const gguf::TensorInfo& info);
    std::byte* keep(std::unique_ptr<kernels::Buffer> buffer);
    kernels::Matrix adopted(const gguf::TensorInfo& info, std::int64_t rows, std::int64_t cols,
                            std::int64_t count);

    const gguf::File& file_;
    kernels::Backend& backend_;
    const LoadProgress& progress_;
    const WeightHomes& homes_;
    std::size_t done_bytes_ = 0;
    std::size_t total_bytes_ = 0;
    std::set<std::string, std::less<>> known_;
    WeightBuffers buffers_;
};

} // namespace spoutnik::engine
