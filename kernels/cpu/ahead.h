// SPDX-License-Identifier: MIT
// Asking the memory for what the next call will read (bf16_table.h).
//
// Everything is in an unnamed namespace, for the reason given in table.h.
#pragma once

#include "kernels/cpu/bf16_table.h"

#include <immintrin.h>

namespace spoutnik::kernels {
namespace {

/// Brings what lies ahead into the second-level cache, a share before each of `calls` pieces of work: all at
/// once would fill the queue of outstanding lines and hold up the products.
class Asker {
  public:
    Asker(const Ahead& ahead, std::int64_t calls) : ahead_(ahead) {
        if (ahead_.row_bytes == ahead_.stride_bytes) { // one long row
            ahead_.row_bytes *= ahead_.rows;
            ahead_.rows = ahead_.rows > 0 ? 1 : 0;
        }
        // A row may begin within a line: the first one tells for all that lie whole lines apart.
        const auto begins =
            ahead_.stride_bytes % line_bytes == 0 || ahead_.rows == 1
                ? static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(ahead_.data) % // NOLINT
                                            line_bytes)
                : line_bytes - 1;
        lines_ = (begins + ahead_.row_bytes + line_bytes - 1) / line_bytes;
        share_ = calls > 0 ? (ahead_.rows * lines_ + calls - 1) / calls : 0;
    }

    void ask() {
        for (std::int64_t i = 0; i < share_ && row_ < ahead_.rows; ++i) {
            const std::byte* line = ahead_.data + row_ * ahead_.stride_bytes + line_ * line_bytes;
            _mm_prefetch(reinterpret_cast<const char*>(line),
                         _MM_HINT_T1); // NOLINT: any address may be asked for
            if (++line_ == lines_) {
                line_ = 0;
                ++row_;
            }
        }
    }

  private:
    static constexpr std::int64_t line_bytes = 64;
    Ahead ahead_;
    std::int64_t lines_ = 0;
    std::int64_t share_ = 0;
    std::int64_t row_ = 0;
    std::int64_t line_ = 0;
};

} // namespace
} // namespace spoutnik::kernels
