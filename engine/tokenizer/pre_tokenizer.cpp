// SPDX-License-Identifier: MIT
#include "engine/tokenizer/pre_tokenizer.h"

#include "engine/error.h"
#include "engine/tokenizer/utf8.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace spoutnik::engine {

namespace {

// The expressions are written as their authors publish them; \s, \S and @LETTERS@ are expanded below.

// Letters of the first DeepSeek models, as hexadecimal ranges.
constexpr std::string_view deepseek_letters =
    "41-5A 61-7A B5 C0-D6 D8-F6 F8-1BA 1BC-1BF 1C4-293 295-2AF 370-373 376 377 37B-37D 37F 386 388-38A 38C "
    "38E-3A1 3A3-3F5 3F7-481 48A-52F 531-556 10A0-10C5 13A0-13F5 13F8-13FD 1C90-1CBA 1CBD-1CBF 1D00-1D2B "
    "1D6B-1D77 1D79-1D9A 1E00-1F15 1F18-1F1D 1F20-1F45 1F48-1F4D 1F50-1F57 1F59 1F5B 1F5D 1F5F-1F7D "
    "1F80-1FB4 1FB6-1FBC 1FBE 1FC2-1FC4 1FC6-1FCC 1FD0-1FD3 1FD6-1FDB 1FE0-1FEC 1FF2-1FF4 1FF6-1FFC 2102 "
    "2107 210A-2113 2115 2119-211D 2124 2126 2128 212A-212D 212F-2134 2139 213C-213F 2145-2149 214E 2183 "
    "2184 2C00-2C7B 2C7E-2CE4 2CEB-2CEE 2CF2 2CF3 A640-A66D A680-A69B A722-A76F A771-A787 A78B-A78E "
    "AB70-ABBF FB00-FB06 FB13-FB17 FF21-FF3A FF41-FF5A 10400-1044F 104B0-104D3 104D8-104FB 10C80-10CB2 "
    "10CC0-10CF2 118A0-118DF 1E900-1E943";

// Unicode's White_Space property. PCRE2's own \s is ASCII only, or with UCP has U+180E too many.
constexpr std::string_view white_space =
    R"(\x09-\x0D\x20\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000})";

#define SPOUTNIK_CONTRACTIONS R"('(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD]))"
#define SPOUTNIK_SPACES R"(\s*[\r\n]+|\s+(?!\S)|\s+)"
#define SPOUTNIK_CJK R"([\x{4E00}-\x{9FA5}\x{0800}-\x{4E00}\x{AC00}-\x{D7FF}]+)"

constexpr std::array deepseek_v3{
    std::string_view(R"(\p{N}{1,3})"),
    std::string_view(R"([\x{4E00}-\x{9FA5}\x{3040}-\x{309F}\x{30A0}-\x{30FF}]+)"),
    std::string_view(R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+)"
                     R"(| ?[\p{P}\p{S}]+[\r\n]*|)" SPOUTNIK_SPACES),
};
constexpr std::array deepseek_llm{
    std::string_view(R"([\r\n])"),
    std::string_view(R"(\s?[@LETTERS@]+)"),
    std::string_view(
        R"(\s?[\x{21}-\x{2F}\x{3A}-\x{7E}\x{FF01}-\x{FF0F}\x{FF1A}-\x{FF5E}\x{2018}-\x{201F}\x{3000}-\x{3002}]+)"),
    // Published as \s+$; looking back saves trying again from each space of a run that ends elsewhere.
    std::string_view(R"((?<!\s)\s++\z)"),
    std::string_view(SPOUTNIK_CJK),
    std::string_view(R"(\p{N}+)"),
};
constexpr std::array deepseek_coder{
    std::string_view(R"([\r\n])"),  std::string_view(R"(\s?\p{L}+)"), std::string_view(R"(\s?\p{P}+)"),
    std::string_view(SPOUTNIK_CJK), std::string_view(R"(\p{N})"),
};
constexpr std::array llama_bpe{
    std::string_view(SPOUTNIK_CONTRACTIONS
                     R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|)" SPOUTNIK_SPACES),
};
constexpr std::array qwen2{
    std::string_view(SPOUTNIK_CONTRACTIONS
                     R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|)" SPOUTNIK_SPACES),
};
constexpr std::array gpt_4o{
    std::string_view(
        R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?:)" SPOUTNIK_CONTRACTIONS
        R"()?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?:)" SPOUTNIK_CONTRACTIONS
        R"()?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|)" SPOUTNIK_SPACES),
};
// Letters except Han, said as "none of the other categories and not Han": a class, where PCRE2 has no
// intersection and a lookahead for each letter would cost stack.
#define SPOUTNIK_UPPER R"([^\p{Ll}\p{N}\p{P}\p{S}\p{Z}\p{C}\p{Han}])"
#define SPOUTNIK_LOWER R"([^\p{Lu}\p{Lt}\p{N}\p{P}\p{S}\p{Z}\p{C}\p{Han}])"
constexpr std::array kimi_k2{
    std::string_view(R"(\p{Han}+|[^\r\n\p{L}\p{N}]?)" SPOUTNIK_UPPER "*" SPOUTNIK_LOWER
                     "+(?:" SPOUTNIK_CONTRACTIONS R"()?|[^\r\n\p{L}\p{N}]?)" SPOUTNIK_UPPER "+" SPOUTNIK_LOWER
                     "*(?:" SPOUTNIK_CONTRACTIONS
                     R"()?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|)" SPOUTNIK_SPACES),
};
constexpr std::array gpt_2{
    std::string_view(R"('(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S))"),
};
constexpr std::array unnamed{
    std::string_view(R"([\p{P}$+<=>^~|]+)"),
    gpt_2[0],
    std::string_view(R"(\p{N}+)"),
    std::string_view(R"([0-9][0-9][0-9])"),
};
#undef SPOUTNIK_CONTRACTIONS
#undef SPOUTNIK_SPACES
#undef SPOUTNIK_CJK
#undef SPOUTNIK_UPPER
#undef SPOUTNIK_LOWER

struct Family {
    std::string_view name;
    const std::string_view* expressions;
    std::size_t expression_count;
    bool ignores_merges = false;
    bool adds_bos = false;
};

template <std::size_t N>
constexpr Family family(std::string_view name, const std::array<std::string_view, N>& expressions,
                        bool ignores_merges = false, bool adds_bos = false) {
    return {name, expressions.data(), N, ignores_merges, adds_bos};
}

constexpr std::array families{
    family("deepseek-v3", deepseek_v3),
    family("deepseek-llm", deepseek_llm),
    family("deepseek-coder", deepseek_coder),
    family("llama-bpe", llama_bpe, true, true),
    family("llama3", llama_bpe, true, true),
    family("llama-v3", llama_bpe, true, true),
    family("smaug-bpe", llama_bpe),
    family("glm4", llama_bpe),
    family("chatglm-bpe", llama_bpe),
    family("qwen2", qwen2),
    family("deepseek-r1-qwen", qwen2),
    family("gpt-4o", gpt_4o),
    family("kimi-k2", kimi_k2),
    family("gpt-2", gpt_2),
    family("olmo", gpt_2),
    family("gigachat", gpt_2),
    family("default", unnamed),
    family("", unnamed),
};

/// "41-5A B5" as the inside of a character class.
std::string class_of_ranges(std::string_view ranges) {
    std::string out = "\\x{";
    for (const char letter : ranges) {
        if (letter == ' ')
            out += "}\\x{";
        else if (letter == '-')
            out += "}-\\x{";
        else
            out += letter;
    }
    return out + "}";
}

std::string expand(std::string_view expression) {
    constexpr std::string_view letters = "@LETTERS@";
    std::string out;
    bool in_class = false;
    for (std::size_t i = 0; i < expression.size(); ++i) {
        const char here = expression[i];
        if (here == '\\') {
            const char escaped = expression[++i];
            if (escaped == 's')
                out += in_class ? std::string(white_space) : fmt::format("[{}]", white_space);
            else if (escaped == 'S')
                out += fmt::format("[^{}]", white_space);
            else
                out.append({'\\', escaped});
        } else if (expression.substr(i).starts_with(letters)) {
            out += class_of_ranges(deepseek_letters);
            i += letters.size() - 1;
        } else {
            if (here == '[') in_class = true;
            if (here == ']') in_class = false;
            out += here;
        }
    }
    return out;
}

template <auto release>
struct Release {
    template <class T>
    void operator()(T* pointer) const {
        release(pointer);
    }
};
using Code = std::unique_ptr<pcre2_code, Release<pcre2_code_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Release<pcre2_match_data_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Release<pcre2_match_context_free>>;

std::string message_of(int code) {
    std::array<unsigned char, 256> buffer{};
    pcre2_get_error_message(code, buffer.data(), buffer.size());
    return {reinterpret_cast<const char*>(buffer.data())};
}

/// A stretch of text on its way through the list of expressions.
struct Piece {
    std::string_view text;
    bool is_utf8 = true;
};

/// Valid and invalid stretches in turn: PCRE2 must only see the valid ones.
std::vector<Piece> split_by_validity(std::string_view text) {
    std::vector<Piece> pieces;
    std::size_t begin = 0;
    bool valid = true;
    for (std::size_t at = 0; at < text.size();) {
        const Utf8Step step = utf8_step(text, at);
        const bool step_valid = step.kind == Utf8Step::Kind::character;
        if (step_valid != valid) {
            if (at > begin) pieces.push_back({text.substr(begin, at - begin), valid});
            begin = at;
            valid = step_valid;
        }
        at += step.bytes;
    }
    if (begin < text.size()) pieces.push_back({text.substr(begin), valid});
    return pieces;
}

} // namespace

class PreTokenizer::Expression {
  public:
    explicit Expression(std::string_view published) {
        const std::string pattern = expand(published);
        int error = 0;
        PCRE2_SIZE where = 0;
        code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), PCRE2_UTF,
                                  &error, &where, nullptr));
        if (!code_)
            throw Error(
                fmt::format("pre-tokenizer expression {} at {}: {}", published, where, message_of(error)));
        // Where no executable memory can be had the interpreter does the same, slower.
        pcre2_jit_compile(code_.get(), PCRE2_JIT_COMPLETE);
        match_context_.reset(pcre2_match_context_create(nullptr));
        if (!match_context_) throw std::bad_alloc();
        // No expression here tries more than a few ways per character; the limit would only cut long lines.
        pcre2_set_match_limit(match_context_.get(), std::numeric_limits<std::uint32_t>::max());
    }

    /// Appends the matches in `piece` and the stretches between them.
    void cut(std::string_view piece, std::vector<Piece>& out) const {
        const MatchData match(pcre2_match_data_create(1, nullptr));
        if (!match) throw std::bad_alloc();
        std::size_t done = 0;
        while (done < piece.size()) {
            const int result =
                pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(piece.data()), piece.size(), done,
                            PCRE2_NO_UTF_CHECK, match.get(), match_context_.get());
            if (result == PCRE2_ERROR_NOMATCH) break;
            if (result < 0) throw Error(fmt::format("the text could not be split: {}", message_of(result)));
            const PCRE2_SIZE* const range = pcre2_get_ovector_pointer(match.get());
            const std::size_t begin = range[0];
            const std::size_t end = range[1];
            if (end <= done) break; // no expression here matches nothing; better a whole piece than no end
            if (begin > done) out.push_back({piece.substr(done, begin - done)});
            out.push_back({piece.substr(begin, end - begin)});
            done = end;
        }
        if (done < piece.size()) out.push_back({piece.substr(done)});
    }

  private:
    Code code_;
    MatchContext match_context_;
};

PreTokenizer::PreTokenizer(std::string_view name) {
    for (const Family& one : families) {
        if (one.name != name) continue;
        for (std::size_t i = 0; i < one.expression_count; ++i)
            expressions_.push_back(std::make_unique<const Expression>(one.expressions[i]));
        ignores_merges_ = one.ignores_merges;
        adds_bos_ = one.adds_bos;
        return;
    }
    throw Error(fmt::format("tokenizer.ggml.pre is '{}', a pre-tokenizer that is not known", name));
}

PreTokenizer::~PreTokenizer() = default;

std::vector<std::string_view> PreTokenizer::split(std::string_view text) const {
    std::vector<Piece> pieces = split_by_validity(text);
    std::vector<Piece> finer;
    for (const auto& expression : expressions_) {
        finer.clear();
        for (const Piece& piece : pieces) {
            if (piece.is_utf8)
                expression->cut(piece.text, finer);
            else
                finer.push_back(piece);
        }
        pieces.swap(finer);
    }
    std::vector<std::string_view> texts;
    texts.reserve(pieces.size());
    for (const Piece& piece : pieces)
        texts.push_back(piece.text);
    return texts;
}

} // namespace spoutnik::engine
