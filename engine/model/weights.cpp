// SPDX-License-Identifier: MIT
#include "engine/model/weights.h"

#include <array>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

namespace spoutnik::engine {
namespace {

using kernels::bytes_of;
using kernels::Format;
using kernels::Matrix;

[[noreturn]] void wrong_shape(const gguf::TensorInfo& info, const std::string& expected) {
    throw Error(fmt::format(
        "tensor '{}' has shape [{}], expected [{}]", info.name,
        fmt::join(info.dims.begin(), info.dims.begin() + std::max(1, info.dim_count), ", "), expected));
}

void check_shape(const gguf::TensorInfo& info, std::array<std::int64_t, 4> dims,
                 const std::string& expected) {
    if (info.dims != dims) wrong_shape(info, expected);
    // The reader has checked it; a wrong size here would be read beyond the map, so it is checked again.
    if (info.bytes.size() < bytes_of(info.format, info.values()))
        throw Error(fmt::format("tensor '{}' is cut short", info.name));
}

} // namespace

std::int64_t block_of(std::string_view name) {
    constexpr std::string_view prefix = "blk.";
    if (!name.starts_with(prefix)) return -1;
    std::int64_t number = -1;
    const char* end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data() + prefix.size(), end, number);
    return error == std::errc() && stop != end && *stop == '.' ? number : -1;
}

std::string block_prefix(std::int64_t layer) {
    return fmt::format("blk.{}.", layer);
}

WeightBinder::WeightBinder(const gguf::File& file, kernels::Backend& backend, const LoadProgress& progress,
                           const WeightHomes& homes)
    : file_(file), backend_(backend), progress_(progress), homes_(homes) {
    for (const gguf::TensorInfo& info : file.tensors())
        total_bytes_ += info.bytes.size();
}

const gguf::TensorInfo& WeightBinder::expect(const std::string& name) const {
    const gguf::TensorInfo* info = file_.find_tensor(name);
    if (info == nullptr) throw Error(fmt::format("tensor '{}' is missing", name));
    return *info;
}

void WeightBinder::taken(const gguf::TensorInfo& info) {
    if (!known_.insert(info.name).second) return;
    done_bytes_ += info.bytes.size();
    if (progress_ && !progress_(done_bytes_, total_bytes_)) throw Error("Loading the model was cancelled.");
}

std::byte* WeightBinder::keep(std::unique_ptr<kernels::Buffer> buffer) {
    buffers_.push_back(std::move(buffer));
    return buffers_.back()->data();
}

Matrix WeightBinder::adopted(const gguf::TensorInfo& info, std::int64_t rows, std::int64_t cols,
                             std::int64_t count) {
    const kernels::Home home = homes_.of(info.name);
    std::byte* data = keep(backend_.keeper_of(home).adopt(info.bytes));
    return {data, info.format, rows, cols, count, bytes_of(info.format, rows * cols), home};
}

Matrix WeightBinder::matrix(const std::string& name, std::int64_t in, std::int64_t out) {
    const gguf::TensorInfo& info = expect(name);
    check_shape(info, {in, out, 1, 1}, fmt::format("{}, {}", in, out));
    const Matrix bound = adopted(info, out, in, 1);
    taken(info);
    return bound;
}

Matrix WeightBinder::matrices(const std::string& name, std::int64_t in, std::int64_t out,
                              std::int64_t count) {
    const gguf::TensorInfo& info = expect(name);
    const std::array<std::int64_t, 4> flat{in, out * count, 1, 1};
    const std::array<std::int64_t, 4> deep{in, out, count, 1};
    check_shape(info, info.dims == flat ? flat : deep, fmt::format("{}, {}, {}", in, out, count));
    const Matrix bound = adopted(info, out, in, count);
    taken(info);
    return bound;
}

Matrix WeightBinder::gathered(const std::string& prefix, const std::string& suffix, std::int64_t in,
                              std::int64_t out, std::int64_t count) {
    const gguf::TensorInfo& first = expect(fmt::format("{}{}{}", prefix, 0, suffix));
    const Format format = first.format;
    const std::size_t each = bytes_of(format, in * out);
    const kernels::Home home = homes_.of(first.name);
    kernels::Backend& keeper = backend_.keeper_of(home);
    std::byte* gathered = keep(keeper.allocate(each * static_cast<std::size_t>(count)));
    for (std::int64_t e = 0; e < count; ++e) {
        const gguf::TensorInfo& info = expect(fmt::format("{}{}{}", prefix, e, suffix));
        check_shape(info, {in, out, 1, 1}, fmt::format("{}, {}", in, out));
        if (info.format != format)
            throw Error(fmt::format("tensor '{}' is {}, unlike the other experts' {}", info.name,
                                    kernels::traits_of(info.format).name, kernels::traits_of(format).name));
        keeper.upload(info.bytes.first(each), gathered + static_cast<std::size_t>(e) * each);
        taken(info);
    }
    return {gathered, format, out, in, count, each, home};
}

std::vector<float> WeightBinder::host_vector(const std::string& name, std::int64_t size) {
    const gguf::TensorInfo& info = expect(name);
    check_shape(info, {size, 1, 1, 1}, fmt::format("{}", size));
    std::vector<float> values(static_cast<std::size_t>(size));
    kernels::dequantize(info.format, info.bytes.data(), size, values.data());
    taken(info);
    return values;
}

const float* WeightBinder::vector(const std::string& name, std::int64_t size) {
    const std::vector<float> values = host_vector(name, size);
    std::byte* device = keep(backend_.allocate(values.size() * sizeof(float)));
    backend_.upload(std::as_bytes(std::span(values)), device);
    return reinterpret_cast<const float*>(device);
}

const float* WeightBinder::vector_if_present(const std::string& name, std::int64_t size) {
    return has(name) ? vector(name, size) : nullptr;
}

Matrix WeightBinder::transposed(const Matrix& source, const std::byte* host) {
    const bool exact = source.format == Format::f32 || source.format == Format::bf16;
    const Format format = exact ? source.format : Format::f16;
    const auto rows = static_cast<std::size_t>(source.rows);
    const auto cols = static_cast<std::size_t>(source.cols);
    const std::size_t value_bytes = bytes_of(format, 1);
    const std::size_t each = rows * cols * value_bytes;
    kernels::Backend& keeper = backend_.keeper_of(source.home);
    std::byte* kept = keep(keeper.allocate(each * static_cast<std::size_t>(source.count)));

    std::vector<float> values(rows * cols);
    std::vector<std::byte> turned(each);
    for (std::size_t m = 0; m < static_cast<std::size_t>(source.count); ++m) {
        kernels::dequantize(source.format, host + m * source.stride_bytes, source.rows * source.cols,
                            values.data());
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t c = 0; c < cols; ++c) {
                const float value = values[r * cols + c];
                std::byte* to = turned.data() + (c * rows + r) * value_bytes;
                const std::uint16_t half =
                    format == Format::bf16 ? kernels::f32_to_bf16(value) : kernels::f32_to_f16(value);
                if (format == Format::f32)
                    std::memcpy(to, &value, sizeof value);
                else
                    std::memcpy(to, &half, sizeof half);
            }
        keeper.upload(turned, kept + m * each);
    }
    return {kept, format, source.cols, source.rows, source.count, each, source.home};
}

void WeightBinder::pass_over(const std::string& name) {
    if (const gguf::TensorInfo* info = file_.find_tensor(name)) taken(*info);
}

void WeightBinder::refuse_leftovers(std::int64_t layers) const {
    for (const gguf::TensorInfo& info : file_.tensors())
        if (block_of(info.name) < layers && !known_.contains(info.name))
            throw Error(fmt::format("tensor '{}' has no place in this architecture", info.name));
}

void WeightBinder::refuse_leftovers_of(std::int64_t block) const {
    for (const gguf::TensorInfo& info : file_.tensors())
        if (block_of(info.name) == block && !known_.contains(info.name))
            throw Error(fmt::format("tensor '{}' has no place in a next-token layer", info.name));
}

WeightBuffers WeightBinder::take_buffers() {
    if (progress_) progress_(total_bytes_, total_bytes_);
    return std::move(buffers_);
}

} // namespace spoutnik::engine
