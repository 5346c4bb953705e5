// SPDX-License-Identifier: MIT
// Vocabularies small enough to work out by hand.
#pragma once

#include "engine/tokenizer/byte_alphabet.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/support/gguf_writer.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spoutnik::testing {

/// A vocabulary in the making; load() reads it as a model file's.
struct TinyVocabulary {
    std::string model = "gpt2";
    std::string pre = "gpt-2";
    std::vector<std::string> tokens;
    std::vector<std::int32_t> kinds;
    std::vector<float> scores;
    std::vector<std::string> merges;
    std::vector<std::pair<std::string, std::uint32_t>> ids; ///< "bos" -> tokenizer.ggml.bos_token_id
    std::vector<std::pair<std::string, bool>> flags; ///< "add_bos_token" -> tokenizer.ggml.add_bos_token

    engine::Token add(std::string text, int kind = 1, float score = 0) {
        tokens.push_back(std::move(text));
        kinds.push_back(kind);
        scores.push_back(score);
        return static_cast<engine::Token>(tokens.size() - 1);
    }
    /// The 256 bytes as ids 0..255, as letters for BPE or <0xNN> for SentencePiece.
    void add_bytes() {
        for (unsigned byte = 0; byte < 256; ++byte) {
            if (model == "gpt2") {
                add(std::string(engine::letter_of_byte(static_cast<unsigned char>(byte))));
            } else {
                char text[8];
                std::snprintf(text, sizeof text, "<0x%02X>", byte);
                add(text, 6);
            }
        }
    }
    /// A merge and the token it makes.
    engine::Token add_merge(const std::string& left, const std::string& right) {
        merges.push_back(left + " " + right);
        return add(left + right);
    }
    GgufWriter writer() const {
        GgufWriter out;
        out.set("tokenizer.ggml.model", model)
            .set("tokenizer.ggml.pre", pre)
            .set("tokenizer.ggml.tokens", tokens);
        if (!kinds.empty()) out.set("tokenizer.ggml.token_type", kinds);
        if (model == "llama" && !scores.empty()) out.set("tokenizer.ggml.scores", scores);
        if (model == "gpt2") out.set("tokenizer.ggml.merges", merges);
        for (const auto& [name, id] : ids)
            out.set("tokenizer.ggml." + name + "_token_id", id);
        for (const auto& [name, value] : flags)
            out.set("tokenizer.ggml." + name, value);
        return out;
    }
    std::unique_ptr<const engine::Tokenizer> load() const { return load_from(writer()); }
    static std::unique_ptr<const engine::Tokenizer> load_from(const GgufWriter& writer) {
        const auto image = writer.build();
        return engine::Tokenizer::load(*engine::gguf::File::parse(image));
    }
};

} // namespace spoutnik::testing
