// SPDX-License-Identifier: MIT
#include "engine/model/workspace.h"

#include <algorithm>
#include <bit>

namespace spoutnik::engine {

Workspace::Slot Workspace::add(std::int64_t cols, std::int64_t most) {
    slots_.push_back({cols, most, nullptr});
    capacity_ = 0;
    return slots_.size() - 1;
}

std::int64_t Workspace::values_per_token() const {
    std::int64_t sum = 0;
    for (const Entry& slot : slots_)
        sum += slot.cols;
    return sum;
}

void Workspace::ensure(std::int64_t tokens) {
    if (tokens <= capacity_) return;
    // Powers of two: a prompt that grows a token at a time does not reallocate each time.
    const auto rows = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(tokens)));
    for (Entry& slot : slots_)
        slot.buffer.reset(); // first all are freed, then all are taken: the peak is the new size alone
    capacity_ = 0;
    for (Entry& slot : slots_)
        slot.buffer = backend_.allocate(static_cast<std::size_t>(std::min(rows, slot.most) * slot.cols) *
                                        sizeof(float));
    capacity_ = rows;
}

kernels::Tensor Workspace::rows(Slot slot, std::int64_t tokens) const {
    const Entry& entry = slots_[slot];
    return {reinterpret_cast<float*>(entry.buffer->data()), tokens, entry.cols, entry.cols};
}

std::int32_t* Workspace::ids(Slot slot) const {
    return reinterpret_cast<std::int32_t*>(slots_[slot].buffer->data());
}

} // namespace spoutnik::engine
