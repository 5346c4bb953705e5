// SPDX-License-Identifier: MIT
#include "app/gui/file_jobs.h"

#include "app/export/document_writers.h"
#include "app/gui/store_thread.h"
#include "storage/archive/branches.h"
#include "storage/archive/whole_file.h"
#include "storage/error.h"

#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace spoutnik::app {

namespace fs = std::filesystem;
namespace archive = storage::archive;

namespace {

std::string bytes_of(const fs::path& file) {
    QFile in(QFile::decodeName(file.c_str()));
    const QFileInfo info(in);
    if (!info.isFile() || !in.open(QIODevice::ReadOnly)) throw Refused("unreadable");
    if (info.size() > largest_import_bytes) throw Refused("too_large");
    std::string bytes(static_cast<std::size_t>(info.size()), '\0');
    if (in.read(bytes.data(), info.size()) != info.size()) throw Refused("unreadable");
    return bytes;
}

/// What people choose by mistake has a better answer than "not known".
void require_text(std::string_view bytes) {
    using namespace std::string_view_literals;
    if (bytes.starts_with("PK\x03\x04"sv)) throw Refused("zip");
    if (bytes.starts_with("SQLite format 3\0"sv)) throw Refused("backup");
}

std::unique_ptr<archive::Writer> writer_of(const QString& format, const archive::Words& words) {
    if (format == QLatin1String("markdown")) return archive::markdown_writer(words);
    if (format == QLatin1String("html")) return html_writer(words);
    if (format == QLatin1String("pdf")) return pdf_writer(words);
    if (format == QLatin1String("openwebui")) return archive::open_webui_writer();
    if (format == QLatin1String("sharegpt")) return archive::share_gpt_writer();
    return archive::own_json_writer();
}

} // namespace

void JobControl::report(std::size_t done, std::size_t all) const {
    if (is_cancelled) throw Cancelled();
    if (show_progress && all > 0) show_progress(static_cast<double>(done) / static_cast<double>(all));
}

void import_file(StoreThread& store, const fs::path& file, const JobControl& control,
                 archive::ImportReport& report) {
    const std::string bytes = bytes_of(file);
    require_text(bytes);
    archive::ImportBatch batch;
    const auto put = [&] {
        store.wait_for([&](Store& here) { batch.insert_into(here.conversations, report); });
    };
    archive::read_conversations(
        bytes,
        [&](storage::Tree tree) {
            batch.add(std::move(tree));
            if (batch.is_full()) put();
        },
        report.omissions, [&](std::size_t read, std::size_t all) { control.report(read, all); });
    if (!batch.is_empty()) put();
}

std::int64_t export_conversations(StoreThread& store, const ExportOrder& order, const JobControl& control) {
    const auto ids = store.wait_for([&](Store& here) {
        require_outside(here.database.folder(), order.target);
        return order.chosen.empty() ? all_conversations(here.conversations) : order.chosen;
    });
    const auto writer = writer_of(order.format, order.words);
    archive::WholeFile out(order.target);
    out.write(writer->begin(ids.size()));
    std::int64_t written = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        control.report(i, ids.size());
        auto tree = store.wait_for([id = ids[i]](Store& here) { return here.conversations.tree(id); });
        if (!tree) continue;
        const auto numbered = archive::numbered(std::move(*tree));
        out.write(writer->add(order.is_whole_tree ? numbered : archive::active_branch_of(numbered)));
        ++written;
    }
    control.report(ids.size(), ids.size());
    out.write(writer->end());
    out.commit();
    return written;
}

void require_outside(const fs::path& folder, const fs::path& target) {
    std::error_code error;
    const fs::path inside = fs::weakly_canonical(folder, error);
    for (fs::path above = fs::weakly_canonical(target, error).parent_path();; above = above.parent_path()) {
        if (above == inside) throw Refused("own_folder");
        if (above == above.parent_path()) return;
    }
}

std::vector<storage::ConversationId> all_conversations(const storage::Conversations& conversations) {
    storage::ListFilter filter;
    filter.archived = storage::ListFilter::Archived::also;
    auto rows = conversations.list(filter);
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

} // namespace spoutnik::app
