// SPDX-License-Identifier: MIT
#include "app/cli/commands.h"
#include "app/cli/kept.h"
#include "app/export/document_writers.h"
#include "engine/error.h"
#include "storage/archive/branches.h"
#include "storage/archive/whole_file.h"
#include "storage/archive/writer.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <tuple>

namespace spoutnik::app::cli {
namespace {

using storage::archive::Writer;

struct Format {
    std::unique_ptr<Writer> writer;
    bool is_whole_tree = true; ///< where the command does not say
};

Format format_named(const std::string& name) {
    if (name == "openwebui") return {storage::archive::open_webui_writer(), true};
    if (name == "markdown") return {storage::archive::markdown_writer(), false};
    if (name == "sharegpt") return {storage::archive::share_gpt_writer(), false};
    if (name == "html") return {html_writer(), false};
    if (name == "pdf") return {pdf_writer(), false};
    return {storage::archive::own_json_writer(), true};
}

/// In the order of their creation, which an import keeps: exporting it again gives the same file.
std::vector<storage::ConversationId> wanted(const storage::Conversations& conversations,
                                            const ExportOptions& options) {
    if (!options.all) {
        const auto found = conversations.find_uuid(options.conversation);
        if (!found || found->deleted_ms)
            throw engine::Error(options.conversation + ": there is no such conversation");
        return {found->id};
    }
    storage::ListFilter filter;
    filter.archived = storage::ListFilter::Archived::also;
    std::vector<storage::ConversationSummary> rows = conversations.list(filter);
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
        return std::tie(a.conversation.created_ms, a.conversation.uuid) <
               std::tie(b.conversation.created_ms, b.conversation.uuid);
    });
    std::vector<storage::ConversationId> ids;
    ids.reserve(rows.size());
    for (const auto& row : rows)
        ids.push_back(row.conversation.id);
    return ids;
}

void write(const storage::Conversations& conversations, const ExportOptions& options,
           const std::function<void(std::string_view)>& put) {
    const Format format = format_named(options.format);
    const bool is_whole_tree = options.branch.empty() ? format.is_whole_tree : options.branch == "all";
    const std::vector<storage::ConversationId> ids = wanted(conversations, options);
    put(format.writer->begin(ids.size()));
    for (const storage::ConversationId id : ids) {
        std::optional<storage::Tree> tree = conversations.tree(id);
        if (!tree) continue; // removed by a window since
        storage::Tree numbered = storage::archive::numbered(std::move(*tree));
        put(format.writer->add(is_whole_tree ? numbered : storage::archive::active_branch_of(numbered)));
    }
    put(format.writer->end());
}

} // namespace

int run_export(const ExportOptions& options) {
    storage::Database database = open_to_read(options.data);
    const storage::Conversations conversations(database);
    if (options.output == "-") {
        write(conversations, options, [](std::string_view bytes) {
            if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size())
                throw engine::Error("standard output: write failed");
        });
        return 0;
    }
    storage::archive::WholeFile file(options.output);
    write(conversations, options, [&](std::string_view bytes) { file.write(bytes); });
    file.commit();
    return 0;
}

} // namespace spoutnik::app::cli
