// SPDX-License-Identifier: MIT
// spoutnik-cli: reads the command line and calls one command. Exit status: 0 done, 1 an error, 2 wrong usage.
#include "app/cli/cache_format.h"
#include "app/cli/commands.h"
#include "app/cli/placement_options.h"

#include "engine/error.h"
#include "engine/gguf/printable.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <sstream>
#include <system_error>

namespace spoutnik::app::cli {

std::string read_file(const std::filesystem::path& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) // opens like a file and fails when it is read
        throw engine::Error(path.string() + ": " + std::generic_category().message(EISDIR));
    std::ifstream in(path, std::ios::binary);
    if (!in) throw engine::Error(path.string() + ": " + std::system_category().message(errno));
    std::string all{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (in.bad()) throw engine::Error(path.string() + ": could not be read");
    return all;
}

std::string read_stdin() {
    return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

namespace {

using Action = std::function<int()>;

/// Adds a subcommand whose options live as long as the parser.
template <typename Options>
std::pair<CLI::App*, std::shared_ptr<Options>> add_command(CLI::App& app, Action& chosen, const char* name,
                                                           const char* help, int (*run)(const Options&)) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(name, help);
    command->callback([&chosen, options, run] { chosen = [options, run] { return run(*options); }; });
    return {command, options};
}

void add_model(CLI::App& command, std::filesystem::path& model, bool required = true) {
    CLI::Option* option = command.add_option("MODEL", model, "a GGUF file (the first shard of a split one)");
    if (required) option->required();
}

void add_cache_format(CLI::App& command, std::string& format, const char* names = "--cache-format") {
    command
        .add_option(names, format, "how the KV cache keeps its values; auto: 16 bits, as suits the processor")
        ->check(CLI::IsMember(cache_format_names));
}

void add_placement(CLI::App& command, PlacementOptions& placement) {
    command.add_option("--device", placement.device, "what computes; auto: a GPU as far as it helps")
        ->check(CLI::IsMember({"auto", "cpu", "gpu"}));
    command
        .add_option("--gpu-experts", placement.gpu_experts,
                    "layers whose routed experts are on the GPU: none, all or how many; auto: as many as fit")
        ->check([](const std::string& words) {
            return words == "auto" || layers_in(words) ? std::string() : "auto, none, all or a number";
        });
}

void define_commands(CLI::App& app, Action& chosen) {
    {
        auto [command, o] =
            add_command<InfoOptions>(app, chosen, "info", "What is in a model file", run_info);
        add_model(*command, o->model);
        command->add_option("--context", o->context, "tokens to plan for; 0: the model's, at most 8192")
            ->check(CLI::Range(0, 1 << 30));
        add_cache_format(*command, o->cache_format);
        add_placement(*command, o->placement);
        command->add_option("-t,--threads", o->threads, "0: one a core")->check(CLI::Range(0, 4096));
        command->add_flag("--json", o->json, "as a JSON object");
    }
    {
        auto [command, o] =
            add_command<TokenizeOptions>(app, chosen, "tokenize", "Text on stdin to token ids", run_tokenize);
        add_model(*command, o->model);
        command->add_flag("--special", o->special, "read special tokens written in the text as such");
    }
    {
        auto [command, o] =
            add_command<DetokenizeOptions>(app, chosen, "detokenize", "Token ids to text", run_detokenize);
        add_model(*command, o->model);
        command->add_option("ID", o->tokens, "token ids");
    }
    {
        auto [command, o] =
            add_command<RenderOptions>(app, chosen, "render", "The prompt a chat template makes", run_render);
        CLI::Option* model = command->add_option("MODEL", o->model, "a GGUF file with a chat template");
        CLI::Option* file = command->add_option("--template", o->template_file, "a Jinja file instead");
        model->excludes(file);
        command->add_option("--input", o->input, "JSON object with the template's variables")->required();
        const auto options = o;
        command->parse_complete_callback([options] {
            if (options->model.empty() && options->template_file.empty())
                throw CLI::RequiredError("MODEL or --template");
        });
    }
    {
        auto [command, o] =
            add_command<ProbsOptions>(app, chosen, "probs", "Next-token probabilities", run_probs);
        add_model(*command, o->model);
        command->add_option("--tokens", o->tokens, "token ids: 1,2,3")->delimiter(',')->required();
        command->add_option("--top", o->top, "how many a position")->check(CLI::Range(1, 1 << 20));
        add_cache_format(*command, o->cache_format, "--cache-format,--cache");
        add_placement(*command, o->placement);
        command->add_option("-t,--threads", o->threads, "0: one a core")->check(CLI::Range(0, 4096));
    }
    {
        auto [command, o] = add_command<ChatOptions>(app, chosen, "chat", "Talk to a model", run_chat);
        add_model(*command, o->model, false);
        command->add_option("-p,--prompt", o->prompt, "one question, one answer");
        command->add_option("--system", o->system, "instructions before the conversation");
        command->add_option("--temperature", o->temperature, "0: always the most probable token")
            ->check(CLI::Range(0.0, 100.0));
        command->add_option("--seed", o->seed, "0: a fresh one")->check(CLI::NonNegativeNumber);
        command->add_option("--max-tokens", o->max_tokens, "0: no limit but the context")
            ->check(CLI::NonNegativeNumber);
        command->add_option("--context", o->context, "tokens; 0: the model's, at most 8192")
            ->check(CLI::NonNegativeNumber);
        add_cache_format(*command, o->cache_format);
        add_placement(*command, o->placement);
        command->add_option("--think", o->think, "ask for reasoning")
            ->check(CLI::IsMember({"auto", "on", "off"}));
        command->add_option("--speculation", o->speculation, "draft tokens ahead; never changes an answer")
            ->check(CLI::IsMember({"auto", "off", "lookup", "mtp"}));
        command->add_option("-t,--threads", o->threads, "0: one a core")->check(CLI::Range(0, 4096));
        command->add_flag("--oversize", o->oversize, "try although the memory is not enough");
        command->add_flag("--json", o->json, "the answer as a JSON object");
        command->add_option("--export", o->export_file, "also as an export that verify can replay");
    }
    {
        auto [command, o] = add_command<DownloadOptions>(
            app, chosen, "download", "Fetch a model file, resuming where it broke off", run_download);
        command->add_option("URL", o->url, "https address of a GGUF file")->required();
        command->add_option("--to", o->folder, "folder; default: models in the data folder");
        command->add_option("--name", o->name, "file name; default: the address's");
        command->add_option("--sha256", o->sha256, "64 hexadecimal digits to check");
        command->add_option("--trust", o->trusted_address, "scheme://host:port of your own server");
    }
    {
        auto [command, o] = add_command<BenchOptions>(app, chosen, "bench", "Time a model", run_bench);
        add_model(*command, o->model);
        command->add_option("-p,--prompt", o->prompt, "tokens of prefill")->check(CLI::Range(0, 1 << 24));
        command->add_option("-n,--generate", o->generate, "tokens of decode")->check(CLI::Range(0, 1 << 24));
        command->add_option("--depth", o->depths, "tokens in the cache before either; several with commas")
            ->delimiter(',')
            ->check(CLI::Range(0, 1 << 24));
        add_cache_format(*command, o->cache_format);
        add_placement(*command, o->placement);
        command->add_option("-t,--threads", o->threads, "0: one a core")->check(CLI::Range(0, 4096));
        command
            ->add_option("--speculation", o->speculation,
                         "also time the checking of drafts, and MTP's drafts")
            ->check(CLI::IsMember({"off", "lookup", "mtp"}));
        command->add_option("-r,--repeats", o->repeats, "medians of so many")->check(CLI::Range(1, 1000));
        command->add_flag("--oversize", o->oversize, "try although the memory is not enough");
        command->add_flag("--json", o->json, "as a JSON object");
    }
}

/// Commands over the stored conversations.
void define_kept_commands(CLI::App& app, Action& chosen) {
    const auto add_data = [](CLI::App& command, std::filesystem::path& data) {
        command.add_option("--data", data, "another data folder");
    };
    {
        auto [command, o] = add_command<ImportOptions>(
            app, chosen, "import", "Take in conversations of Spoutnik and other programs", run_import);
        command->add_option("FILE", o->files, "exports; their format is recognised")->required();
        add_data(*command, o->data);
    }
    {
        auto [command, o] =
            add_command<ListOptions>(app, chosen, "list", "Conversations that are kept", run_list);
        add_data(*command, o->data);
        command->add_flag("--json", o->json, "as a JSON array");
    }
    {
        auto [command, o] = add_command<SearchOptions>(
            app, chosen, "search", "Where something was said, in all branches", run_search);
        command->add_option("TEXT", o->text, "terms; \"a phrase\" stays together")->required();
        add_data(*command, o->data);
        command->add_option("--limit", o->limit, "hits at most")->check(CLI::Range(1, 100000));
        command->add_flag("--json", o->json, "as a JSON array");
    }
    {
        auto [command, o] =
            add_command<ExportOptions>(app, chosen, "export", "Write conversations to a file", run_export);
        CLI::Option* one = command->add_option("--conversation", o->conversation, "a uuid, see list");
        CLI::Option* all = command->add_flag("--all", o->all, "all that are kept");
        one->excludes(all);
        command->add_option("--format", o->format, "kind of file")
            ->required()
            ->check(CLI::IsMember({"json", "openwebui", "markdown", "html", "pdf", "sharegpt"}));
        command->add_option("--output", o->output, "its path; - for standard output")->required();
        command->add_option("--branch", o->branch, "all: default of json and openwebui")
            ->check(CLI::IsMember({"active", "all"}));
        add_data(*command, o->data);
        const auto options = o;
        command->parse_complete_callback([options] {
            if (options->conversation.empty() && !options->all)
                throw CLI::RequiredError("--conversation or --all");
        });
    }
    {
        auto [command, o] = add_command<VerifyOptions>(
            app, chosen, "verify", "Generate an export's answers again and compare tokens", run_verify);
        command->add_option("EXPORT", o->file, "written with --format json")->required();
        add_model(*command, o->model, false);
        command->add_option("-t,--threads", o->threads, "0: one a core")->check(CLI::Range(0, 4096));
    }
}

int main_checked(int argc, char** argv) {
    CLI::App app{"Spoutnik on the command line: models that run on this machine.", "spoutnik-cli"};
    app.set_version_flag("--version", SPOUTNIK_VERSION);
    app.require_subcommand(1);
    Action chosen;
    define_commands(app, chosen);
    define_kept_commands(app, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        // Help and version are not errors; everything else is wrong usage.
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        const int status = chosen();
        if (std::fflush(stdout) != 0) throw engine::Error("standard output: write failed");
        return status;
    } catch (const std::bad_alloc&) {
        std::fputs("spoutnik-cli: this machine has not enough free memory for that\n", stderr);
    } catch (const std::exception& error) {
        // Messages quote what files say: nothing of it may break the line or steer the terminal.
        std::fprintf(stderr, "spoutnik-cli: %s\n", engine::printable(error.what(), 4000).c_str());
    }
    return 1;
}

} // namespace
} // namespace spoutnik::app::cli

int main(int argc, char** argv) {
    return spoutnik::app::cli::main_checked(argc, argv);
}
