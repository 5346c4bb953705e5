// SPDX-License-Identifier: MIT
// Operations that are made of others where a device does not know better.
#include "kernels/backend.h"

namespace spoutnik::kernels {

void Backend::matmul_add(const Matrix& weight, ConstTensor x, Tensor room, Tensor out) {
    matmul(weight, x, room);
    add(room, out);
}

void Backend::decompressed_attention(Heads /*q*/, CacheRows /*cache*/, const Matrix& /*w_uk*/,
                                     const Matrix& /*w_uv*/, std::int64_t /*first_position*/, float /*scale*/,
                                     Heads /*out*/) {
    throw std::invalid_argument("decompressed_attention: this backend has the absorbed form only");
}

void Backend::swiglu_ffn(const Matrix& gate, const Matrix& up, const Matrix& down, ConstTensor x,
                         const FfnRoom& room, Tensor out) {
    matmul(gate, x, room.gate);
    matmul(up, x, room.up);
    swiglu(room.gate, room.up, room.gate);
    matmul_add(down, room.gate, room.down, out);
}

} // namespace spoutnik::kernels
