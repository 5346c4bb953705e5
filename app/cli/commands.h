// SPDX-License-Identifier: MIT
// The commands of spoutnik-cli: options as main() read them, one function each. They print results on stdout
// and throw std::exception with one line for main() to print on stderr; they return the exit status.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace spoutnik::app::cli {

/// Where a model goes: placement_options.h.
struct PlacementOptions {
    std::string device = "auto"; ///< auto, cpu, gpu
    std::string gpu_experts =
        "auto"; ///< layers whose routed experts are on the GPU: auto, none, all, or how many
};

struct InfoOptions {
    std::filesystem::path model;
    std::int64_t context = 0;          ///< tokens to plan for; 0: what a session takes
    std::string cache_format = "auto"; ///< of the KV cache: cache_format.h
    PlacementOptions placement;
    int threads = 0;
    bool json = false;
};
/// What is in a model file, what it will take on this machine and how fast it will answer.
int run_info(const InfoOptions& options);

struct TokenizeOptions {
    std::filesystem::path model;
    bool special = false; ///< read special tokens in the text as such
};
/// Text on stdin, byte for byte; ids on one line of stdout.
int run_tokenize(const TokenizeOptions& options);

struct DetokenizeOptions {
    std::filesystem::path model;
    std::vector<std::int32_t> tokens;
};
/// The text of the ids, special tokens shown, nothing added.
int run_detokenize(const DetokenizeOptions& options);

struct RenderOptions {
    std::filesystem::path model;         ///< a GGUF with a chat template, or
    std::filesystem::path template_file; ///< a Jinja file
    std::filesystem::path input;         ///< JSON object: the template's variables
};
/// The prompt; nothing is added to it. SOURCE_DATE_EPOCH in the environment sets the clock of strftime_now.
int run_render(const RenderOptions& options);

struct ProbsOptions {
    std::filesystem::path model;
    std::vector<std::int32_t> tokens;
    int top = 8;
    std::string cache_format = "f32";
    PlacementOptions placement;
    int threads = 0;
};
/// A JSON line a position: the most probable next tokens at temperature 1.
int run_probs(const ProbsOptions& options);

struct ChatOptions {
    std::filesystem::path model; ///< empty: the starter
    std::string prompt;          ///< empty: a conversation, or stdin where that is no terminal
    std::string system;
    float temperature = 0.6F;
    std::uint64_t seed = 0; ///< 0: a fresh one
    std::int64_t max_tokens = 0;
    std::int64_t context = 0;
    std::string cache_format = "auto";
    std::string think = "auto";       ///< auto, on, off
    std::string speculation = "auto"; ///< auto, off, lookup, mtp
    PlacementOptions placement;
    int threads = 0;
    bool oversize = false; ///< try even where the plan says that the memory is not enough
    bool json = false;
    std::filesystem::path export_file; ///< the answer as an export that `verify` can replay
};
int run_chat(const ChatOptions& options);

struct BenchOptions {
    std::filesystem::path model;
    std::int64_t prompt = 512;
    std::int64_t generate = 64;
    std::vector<std::int64_t> depths{0}; ///< tokens in the cache before either is measured
    std::string cache_format = "auto";
    std::string speculation =
        "off"; ///< off; lookup: time passes that check drafts; mtp: and the layer's drafts
    PlacementOptions placement;
    int threads = 0;
    bool oversize = false;
    int repeats = 3;
    bool json = false;
};
/// Load time, prefill and decode speed (medians) at each depth, peak memory; what checking drafts costs.
int run_bench(const BenchOptions& options);

struct DownloadOptions {
    std::string url;              ///< https address of a GGUF file
    std::filesystem::path folder; ///< empty: the user's models folder
    std::string name;             ///< empty: the last part of the address
    std::string sha256;
    std::string trusted_address; ///< a server of the user's own that may be private or plain http
};
/// Downloads a model, resuming what an earlier attempt left; prints its path.
int run_download(const DownloadOptions& options);

// --- what is kept; `data`: another data folder than the user's own

struct ImportOptions {
    std::vector<std::filesystem::path> files;
    std::filesystem::path data;
};
/// Takes conversations in; says how many, and what was left out. 1 when a file was none of conversations.
int run_import(const ImportOptions& options);

struct ListOptions {
    std::filesystem::path data;
    bool json = false;
};
/// A line a conversation: uuid, time of the last message, title.
int run_list(const ListOptions& options);

struct SearchOptions {
    std::string text;
    std::filesystem::path data;
    std::size_t limit = 100;
    bool json = false;
};
/// Where something was said: conversation, message, snippet.
int run_search(const SearchOptions& options);

struct ExportOptions {
    std::string conversation; ///< its uuid, or
    bool all = false;
    std::string format; ///< json, openwebui, markdown, html, pdf, sharegpt
    std::string output; ///< a path, "-" for stdout
    std::string
        branch; ///< active, all; empty: all of it for json and openwebui, what is shown for the others
    std::filesystem::path data;
};
/// A file that appears complete or not at all.
int run_export(const ExportOptions& options);

struct VerifyOptions {
    std::filesystem::path file;  ///< an export in Spoutnik's own JSON
    std::filesystem::path model; ///< empty: the starter
    int threads = 0;
};
/// Generates the answers again; names the first token that differs, and returns 1 then.
int run_verify(const VerifyOptions& options);

/// Whole content of a file or of stdin. Throws engine::Error naming the path.
std::string read_file(const std::filesystem::path& path);
std::string read_stdin();

} // namespace spoutnik::app::cli
