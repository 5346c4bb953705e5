// SPDX-License-Identifier: MIT
// Rows of the embedding table, decoded a value a thread.
#include "kernels/cuda/dialect.cuh"
#include "kernels/cuda/format_values.cuh"
#include "kernels/cuda/ops_rows.h"
#include "kernels/cuda/row_grid.cuh"

namespace spoutnik::kernels::cuda {
namespace {

struct Ids {
    std::int32_t ids[tokens_at_once];
};

template <Format format>
__global__ void embed(const std::byte* table, std::int64_t row_bytes, int block_values, int block_bytes,
                      const __grid_constant__ Ids tokens, Tensor out) {
    const std::int64_t column = own_column();
    if (column >= out.cols) return;
    const auto* row = reinterpret_cast<const Byte*>(table) + tokens.ids[blockIdx.x] * row_bytes;
    out.data[blockIdx.x * out.stride + column] =
        value_of<format>(row + column / block_values * block_bytes, static_cast<int>(column % block_values));
}

} // namespace

void embed_rows(const Context& context, const Matrix& table, std::span<const std::int32_t> tokens,
                Tensor out) {
    if (out.cols == 0) return;
    const FormatTraits& traits = traits_of(table.format);
    for (std::size_t done = 0; done < tokens.size(); done += tokens_at_once) {
        Ids some{};
        std::size_t count = 0;
        for (; count < tokens_at_once && done + count < tokens.size(); ++count)
            some.ids[count] = tokens[done + count];
        const Tensor part{out.data + static_cast<std::int64_t>(done) * out.stride,
                          static_cast<std::int64_t>(count), out.cols, out.stride};
        with_format(table.format, [&]<Format format>() {
            launch(embed<format>, row_grid(part.rows, part.cols), row_threads, 0, context.stream, table.data,
                   static_cast<std::int64_t>(bytes_of(table.format, table.cols)),
                   static_cast<int>(traits.values_per_block), static_cast<int>(traits.bytes_per_block), some,
                   part);
        });
    }
}

} // namespace spoutnik::kernels::cuda
