// SPDX-License-Identifier: MIT
#include "engine/gguf/gguf.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace gguf = spoutnik::engine::gguf;
    try {
        const auto file = gguf::File::parse(std::as_bytes(std::span(data, size)));
        std::size_t sum = 0;
        for (const gguf::TensorInfo& tensor : file->tensors()) {
            for (const std::byte byte : tensor.bytes)
                sum += static_cast<std::size_t>(byte);
            if (file->find_tensor(tensor.name) != &tensor) std::abort();
        }
        for (const auto& [key, value] : file->metadata())
            sum += key.size() + value.index();
        static volatile std::size_t seen = 0; // keeps the reads above
        seen = seen + sum;
    } catch (const spoutnik::engine::Error&) { // what a bad file is answered with
    }
    return 0;
}
