// SPDX-License-Identifier: MIT
// Backups as a person sees them.
#include "storage/backup_file.h"
#include "storage/conversations.h"
#include "storage/schema.h"
#include "tests/unit/storage/test_folder.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

using namespace spoutnik::storage;
using spoutnik::storage::testing::bytes_of;
using spoutnik::storage::testing::error_of;
using spoutnik::storage::testing::TestFolder;
namespace fs = std::filesystem;

namespace {

std::size_t files_in(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

} // namespace

TEST_CASE("backups say when and why they were made; those asked for are not rotated away") {
    TestFolder folder;
    Database database(folder.options());
    Conversations conversations(database);
    conversations.create("one");
    const TimeMs before = folder.now_ms;
    const BackupFile first = make_backup(database);
    CHECK(first.reason == BackupFile::Reason::asked);
    CHECK(first.made_ms > before);
    CHECK(first.made_ms <= folder.now_ms);
    CHECK(first.bytes == static_cast<std::int64_t>(fs::file_size(first.file)));
    for (int i = 0; i < 7; ++i)
        database.restore_from(first.file); // each makes a copy of what was there
    auto all = backup_files(database);
    REQUIRE(all.size() == 6); // five of those, and the one asked for
    CHECK(all.front().reason == BackupFile::Reason::restore);
    CHECK(all.back().file == first.file);
    CHECK(std::ranges::is_sorted(all, [](const auto& a, const auto& b) { return a.made_ms > b.made_ms; }));

    std::ofstream(folder.data() / "backups" / "by hand.db") << "x";
    all = backup_files(database);
    CHECK(all.front().reason == BackupFile::Reason::other); // as old as its file is: made just now
    CHECK(all.front().bytes == 1);

    remove_backup(database, first.file);
    CHECK_FALSE(fs::exists(first.file));
    CHECK(error_of([&] { remove_backup(database, database.file()); }) == ErrorKind::invalid);
    CHECK(fs::exists(database.file()));
}

TEST_CASE("a copy made before a migration is told as such") {
    TestFolder folder;
    std::vector<Migration> steps(schema_migrations().begin(), schema_migrations().end());
    { Database database(folder.options()); }
    steps.push_back({steps.back().version + 1, "CREATE TABLE t(x)"});
    OpenOptions later = folder.options();
    later.migrations = steps;
    const Database database(later);
    REQUIRE(backup_files(database).size() == 1);
    CHECK(backup_files(database).front().reason == BackupFile::Reason::update);
    CHECK(backup_files(database).front().file == *database.report().backup);
}

TEST_CASE("one looks into a backup without leaving a trace") {
    TestFolder folder;
    Database database(folder.options());
    Conversations conversations(database);
    const ConversationId id = conversations.create("kept").id;
    conversations.begin_turn(id, "question", "m");
    const ConversationId gone = conversations.create("removed").id;
    conversations.remove(gone);
    const fs::path place = folder.path() / "50 % #1?";
    fs::create_directory(place);
    const fs::path copy = place / "copy.db";
    database.backup_to(copy);
    const std::string bytes = bytes_of(copy);
    const BackupContents contents = contents_of_backup(copy);
    CHECK(contents.conversations == 1);
    CHECK(contents.messages == 2);
    CHECK(contents.updated_ms == conversations.find(id)->updated_ms);
    CHECK(bytes_of(copy) == bytes);
    CHECK(files_in(place) == 1);

    CHECK(error_of([&] { contents_of_backup(place / "none.db"); }) == ErrorKind::not_found);
    CHECK(error_of([&] { contents_of_backup(place); }) == ErrorKind::not_found);
    std::ofstream(place / "empty.db") << "";
    CHECK(error_of([&] { contents_of_backup(place / "empty.db"); }) == ErrorKind::foreign_file);
    std::ofstream(place / "text.db") << std::string(5000, 'x');
    CHECK(error_of([&] { contents_of_backup(place / "text.db"); }) == ErrorKind::corrupt);
    for (std::size_t cut : {50U, 100U, 1000U, 4096U, 9000U}) {
        std::ofstream(place / "cut.db", std::ios::binary) << bytes.substr(0, cut);
        CHECK(error_of([&] { contents_of_backup(place / "cut.db"); }).has_value());
    }
}

TEST_CASE("what is deleted for good goes from the backups that were asked for, too") {
    TestFolder folder;
    Database database(folder.options());
    Conversations conversations(database);
    const ConversationId id = conversations.create("a-word-to-be-forgotten").id;
    conversations.create("stays");
    const BackupFile backup = make_backup(database);
    REQUIRE(bytes_of(backup.file).find("a-word-to-be-forgotten") != std::string::npos);
    conversations.remove(id);
    conversations.purge(id);
    CHECK(bytes_of(backup.file).find("a-word-to-be-forgotten") == std::string::npos);
    CHECK(contents_of_backup(backup.file).conversations == 1);
}
