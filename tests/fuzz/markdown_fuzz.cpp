// SPDX-License-Identifier: MIT
// Any bytes as an answer, in two ways of arriving: the same blocks, settled ones never change. And as a
// formula.
#include "app/markdown/markdown.h"
#include "app/markdown/tex.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace spoutnik::app;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 4096));
    StreamingMarkdown stream;
    std::vector<Block> before;
    std::size_t stable = 0;
    std::size_t step = 1;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = std::min(text.size(), at + step);
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
            ++end;
        stream.append(text.substr(at, end - at));
        at = end;
        step = step % 13 + 3;
        if (stream.blocks().size() < stable || stream.stable_count() < stable ||
            !std::equal(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(stable),
                        stream.blocks().begin()))
            std::abort();
        stable = stream.stable_count();
        before = stream.blocks();
    }
    stream.finish();
    if (stream.blocks() != parse_markdown(text)) std::abort();
    if (const auto formula = parse_tex(text)) tex_in_words(*formula);
    return 0;
}
