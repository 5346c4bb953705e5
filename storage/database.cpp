// SPDX-License-Identifier: MIT
#include "storage/database.h"

#include "storage/backup.h"
#include "storage/change.h"
#include "storage/connection.h"
#include "storage/conversations.h"
#include "storage/file_check.h"
#include "storage/file_lock.h"
#include "storage/later_check.h"
#include "storage/restore.h"
#include "storage/salvage.h"

#include <pwd.h>
#include <sqlite3.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace spoutnik::storage {

namespace fs = std::filesystem;

namespace {

/// How long another program is waited for that holds up opening.
constexpr std::chrono::milliseconds lock_patience{5000};
/// After each change a guest leaves the owner, who asks every 5 ms (connection.cpp), room for its own.
constexpr int guest_pause_ms = 20;

constexpr int pages_a_checkpoint = 1000; ///< SQLite's own default

TimeMs system_now_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

void prepare_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (!error) fs::permissions(folder, fs::perms::owner_all, error);
    if (error) {
        const auto kind =
            error == std::errc::no_space_on_device ? ErrorKind::disk_full : ErrorKind::read_only;
        throw Error(kind,
                    "Spoutnik can't make its folder " + folder.string() + " (" + error.message() + ").");
    }
}

} // namespace

fs::path default_data_folder() {
    if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && data[0] == '/')
        return fs::path(data) / "spoutnik";
    const char* home = std::getenv("HOME");
    if (home == nullptr || home[0] != '/') {
        const passwd* user = ::getpwuid(::getuid());
        home = user != nullptr ? user->pw_dir : "/";
    }
    return fs::path(home) / ".local" / "share" / "spoutnik";
}

struct Database::State {
    OpenOptions options;
    std::span<const Migration> migrations;
    OpenReport report;
    FileLock lock;   // of the owner; both outlive the connection
    FileLock guests; // shared by guests; an owner's while it keeps them out
    std::int64_t data_version = 0;
    Connection connection;
    std::unique_ptr<LaterCheck> later_check; // uses the connection

    explicit State(OpenOptions wanted) : options(std::move(wanted)) {
        if (options.folder.empty()) options.folder = default_data_folder();
        if (!options.now_ms) options.now_ms = system_now_ms;
        migrations = options.migrations.value_or(schema_migrations());
    }
    ~State() {
        // Closing writes the log into the file: not into one that nobody has found whole.
        if (later_check && later_check->stop() != LaterCheck::Result::whole && connection)
            sqlite3_db_config(connection.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    fs::path file() const { return options.folder / "spoutnik.db"; }
    fs::path backups() const { return options.folder / "backups"; }
    fs::path damaged() const { return options.folder / "damaged"; }
    fs::path guests_file() const { return options.folder / "spoutnik.guests"; }

    void open_to_read();
    void read_migrated_copy();
    void open_to_write();
    bool open_beside_owner();
    void keep_guests_out();
    void open_checked();
    void prepare_connection();
    bool can_check_later(const Header& header) const;
    void check_later();
    void migrate(int from);
    void salvage();
    void salvage_after_all();
    void mark_interrupted(Database& database);
    void note(std::string sentence) { report.notices.push_back(std::move(sentence)); }
};

void Database::State::open_to_read() {
    if (!fs::exists(file())) throw Error(ErrorKind::not_found, "There are no conversations yet.");
    connection = connect(file(), Access::read, options.vfs);
    const Header header = read_header(connection.get());
    require_ours(header, file());
    report.schema_found = report.schema = static_cast<int>(header.version);
    report.is_newer_schema = header.version > last_version(migrations);
    if (!report.is_newer_schema) {
        if (header.version > 0 && header.version < last_version(migrations)) read_migrated_copy();
        return;
    }
    try {
        // What every reader needs; a later version may have moved it.
        Statement(connection.get(),
                  "SELECT c.uuid, c.title, c.active_leaf, c.updated_ms, c.is_archived, c.folder, c.draft,"
                  " c.source_format, c.source_id, m.parent, m.role, m.status, m.content, m.reasoning,"
                  " m.removed_ms, t.name_folded FROM conversation c JOIN message m JOIN tag t"
                  " JOIN conversation_tag ct LIMIT 1")
            .step();
    } catch (const Error&) {
        throw Error(ErrorKind::newer_schema,
                    "The conversations were written by a later version of Spoutnik in a form "
                    "that this one can't read; they are safe, please update the program.");
    }
    note("The conversations were written by a later version of Spoutnik: they can be read here, not changed; "
         "update the program to go on with them.");
}

/// A reader changes no file: it reads an older one from a copy in memory that has the present form.
void Database::State::read_migrated_copy() {
    Connection copy = connect(":memory:", Access::create, {});
    copy_pages(connection.get(), copy.get());
    run_migrations(copy.get(), migrations, report.schema_found);
    execute(copy.get(), "PRAGMA query_only = ON");
    connection = std::move(copy);
    report.schema = last_version(migrations);
}

void Database::State::migrate(int from) {
    const int to = last_version(migrations);
    if (from > 0 && from < to) {
        keep_guests_out();
        prepare_folder(backups());
        const fs::path copy =
            backups() / (file_stamp(options.now_ms()) + "-v" + std::to_string(from) + ".db");
        copy_database(connection.get(), copy, options.vfs);
        rotate_backups(backups());
        report.backup = copy;
        note(
            "The conversations were brought to the form of this version; a copy of them as they were is in " +
            copy.string() + ".");
    }
    run_migrations(connection.get(), migrations, from);
    report.schema = to;
}

void Database::State::prepare_connection() {
    // FULL: in WAL mode NORMAL may lose the last commits when the power fails.
    execute(connection.get(), "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                              "PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = ON");
}

/// Before the file is moved or rebuilt: what a guest wrote meanwhile would be lost with the old one.
void Database::State::keep_guests_out() {
    if (!guests.take(FileLock::Mode::exclusive, lock_patience))
        throw Error(ErrorKind::locked,
                    "Another program is writing these conversations (spoutnik-cli import); "
                    "try again when it has finished.");
}

void Database::State::open_checked() {
    create_private_file(file());
    connection = connect(file(), Access::write, options.vfs);
    if (sqlite3_db_readonly(connection.get(), "main") == 1)
        throw Error(ErrorKind::read_only,
                    file().string() + " is read-only: Spoutnik can't store conversations in it.");
    const Header header = read_header(connection.get());
    require_ours(header, file());
    report.was_created = header.is_empty;
    report.schema_found = static_cast<int>(header.version);
    if (header.version > last_version(migrations)) {
        connection.reset();
        open_to_read();
        return;
    }
    const bool is_check_put_off = can_check_later(header);
    if (is_check_put_off)
        sqlite3_wal_autocheckpoint(connection.get(), 0);
    else if (const std::string damage = damage_in(connection.get()); !damage.empty())
        throw Error(ErrorKind::corrupt, "The file of conversations is damaged (" + damage + ").");
    prepare_connection();
    migrate(static_cast<int>(header.version));
    trust_schema(connection.get(), migrations, file());
    if (is_check_put_off) check_later();
}

/// A migration, or the change to a write-ahead log, would write into the file at once.
bool Database::State::can_check_later(const Header& header) const {
    if (!options.check_after || header.version != last_version(migrations)) return false;
    Statement mode(connection.get(), "PRAGMA journal_mode");
    return mode.step() && mode.text(0) == "wal";
}

void Database::State::check_later() {
    report.is_checked = false;
    later_check = std::make_unique<LaterCheck>(
        file(), options.vfs, *options.check_after, [this](LaterCheck::Result result) {
            const bool is_whole = result == LaterCheck::Result::whole;
            if (is_whole) sqlite3_wal_autocheckpoint(connection.get(), pages_a_checkpoint);
            if (options.on_checked) options.on_checked(is_whole);
        });
}

void Database::State::salvage() {
    keep_guests_out();
    later_check.reset();
    options.check_after.reset();
    // What is set aside stays as it was found: closing must not write the log into the damaged file.
    if (connection) sqlite3_db_config(connection.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    connection.reset();
    const Salvage salvaged = salvage_database(file(), options.now_ms(), migrations, options.vfs);
    report = OpenReport{};
    report.was_damaged = true;
    report.set_aside = salvaged.set_aside;
    report.salvaged_conversations = salvaged.conversations;
    report.salvaged_messages = salvaged.messages;
    report.is_salvage_complete = salvaged.is_complete;
    std::string sentence =
        "The file of conversations was damaged: " + std::to_string(salvaged.conversations) +
        " conversations with " + std::to_string(salvaged.messages) + " messages were ";
    sentence += salvaged.is_complete ? "all read from it" : "read from it, some may be missing";
    sentence += "; the damaged file is kept in " +
                (salvaged.set_aside.empty() ? damaged().string()
                                            : salvaged.set_aside.front().parent_path().string()) +
                ".";
    note(std::move(sentence));
}

void Database::State::mark_interrupted(Database& database) {
    try {
        report.interrupted = Conversations(database).mark_interrupted();
    } catch (const Error& error) {
        // A full disk must not keep the person from reading.
        if (error.kind() != ErrorKind::disk_full) throw;
        note(error.what());
    }
    if (report.interrupted == 1)
        note("One answer was interrupted when Spoutnik last stopped; what it had written is there.");
    else if (report.interrupted > 1)
        note(std::to_string(report.interrupted) +
             " answers were interrupted when Spoutnik last stopped; what they had written is there.");
}

void Database::State::open_to_write() {
    prepare_folder(options.folder);
    lock = FileLock(options.folder / "spoutnik.lock");
    if (!lock.take(FileLock::Mode::exclusive))
        throw Error(ErrorKind::locked,
                    "Spoutnik is already running with these conversations; use the window that is open.");
    guests = FileLock(guests_file());
    if (is_exchange_unfinished(file())) keep_guests_out();
    finish_exchange(file(), options.now_ms());
    remove_with_journals(restore_part(file())); // of a restore that was stopped
    try {
        open_checked();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::corrupt) throw;
        salvage();
        open_checked();
    }
    guests = {}; // from here on they may come
}

/// What is met before the check that was put off has found it.
void Database::State::salvage_after_all() {
    guests = FileLock(guests_file());
    salvage();
    open_checked();
    guests = {};
}

/// False where only an owner can go on: nothing is there yet, or the file has to be mended or migrated.
bool Database::State::open_beside_owner() {
    std::error_code missing;
    if (!fs::exists(file(), missing) || is_exchange_unfinished(file())) return false;
    guests = FileLock(guests_file());
    if (!guests.take(FileLock::Mode::shared, lock_patience))
        throw Error(ErrorKind::locked, "Another Spoutnik is just opening these conversations; try again.");
    try {
        connection = connect(file(), Access::write, options.vfs);
        const Header header = read_header(connection.get());
        require_ours(header, file());
        report.schema_found = report.schema = static_cast<int>(header.version);
        if (header.version == last_version(migrations) && damage_in(connection.get()).empty()) {
            prepare_connection();
            trust_schema(connection.get(), migrations, file());
            return true;
        }
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::corrupt) throw;
    }
    connection.reset();
    guests = {};
    report = OpenReport{};
    return false;
}

Database::Database(OpenOptions options) : state_(std::make_unique<State>(std::move(options))) {
    if (state_->options.read_only) {
        state_->open_to_read();
        return;
    }
    try {
        if (state_->options.beside_owner && state_->open_beside_owner()) return;
        state_->open_to_write();
    } catch (const fs::filesystem_error& error) {
        throw Error(ErrorKind::input_output,
                    std::string("Spoutnik can't open its conversations (") + error.what() + ").");
    }
    if (is_read_only()) return;
    try {
        state_->mark_interrupted(*this);
    } catch (const Error& error) {
        // Damage that the check, put off, would have found first.
        if (error.kind() != ErrorKind::corrupt || !state_->later_check) throw;
        state_->salvage_after_all();
        state_->mark_interrupted(*this);
    }
    state_->data_version = query_integer(handle(), "PRAGMA data_version");
}

Database::~Database() {
    if (state_ && state_->connection && !is_read_only())
        sqlite3_exec(handle(), "PRAGMA optimize", nullptr, nullptr, nullptr);
}

Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;

const OpenReport& Database::report() const noexcept {
    return state_->report;
}

bool Database::is_read_only() const noexcept {
    return state_->options.read_only || state_->report.is_newer_schema;
}

const fs::path& Database::folder() const noexcept {
    return state_->options.folder;
}

fs::path Database::file() const {
    return state_->file();
}

TimeMs Database::now_ms() const {
    return state_->options.now_ms();
}

fs::path Database::guests_file() const {
    return state_->guests_file();
}

bool Database::was_changed_elsewhere() {
    const std::int64_t version = query_integer(handle(), "PRAGMA data_version");
    return std::exchange(state_->data_version, version) != version;
}

void Database::note_change() const noexcept {
    if (!state_->guests.is_open()) return;
    state_->guests.touch();
    sqlite3_sleep(guest_pause_ms);
}

void Database::backup_to(const fs::path& target) {
    finish_check(); // a copy of damage is no backup
    try {
        copy_database(handle(), target, state_->options.vfs);
    } catch (const fs::filesystem_error& error) {
        throw Error(ErrorKind::input_output,
                    std::string("The copy could not be written (") + error.what() + ").");
    }
}

RestoreReport Database::restore_from(const fs::path& backup) {
    require_writable(*this);
    finish_check();
    try {
        return restore_database(handle(), state_->file(), backup,
                                {state_->backups(), now_ms(), state_->migrations, state_->options.vfs});
    } catch (const fs::filesystem_error& error) {
        const bool is_full = error.code() == std::errc::no_space_on_device;
        throw Error(is_full ? ErrorKind::disk_full : ErrorKind::input_output,
                    std::string("The backup could not be restored (") + error.what() +
                        "); the conversations are as they were.");
    }
}

std::vector<fs::path> Database::backups() const {
    return list_backups(state_->backups());
}

std::vector<fs::path> Database::damaged_files() const {
    std::vector<fs::path> files;
    std::error_code missing;
    for (const auto& entry : fs::recursive_directory_iterator(state_->damaged(), missing))
        if (entry.is_regular_file()) files.push_back(entry.path());
    return files;
}

void Database::discard_damaged_files() {
    require_writable(*this);
    std::error_code error;
    fs::remove_all(state_->damaged(), error);
    if (error)
        throw Error(ErrorKind::input_output,
                    "The damaged files could not be deleted (" + error.message() + ").");
}

sqlite3* Database::handle() const noexcept {
    return state_->connection.get();
}

void Database::finish_check() {
    if (!state_->later_check) return;
    switch (state_->later_check->wait()) {
    case LaterCheck::Result::whole:
        return;
    case LaterCheck::Result::damaged:
        throw Error(ErrorKind::corrupt,
                    "The file of conversations is damaged; restart the program to save what can be read.");
    case LaterCheck::Result::unknown:
        throw Error(ErrorKind::input_output,
                    "The file of conversations could not be read through; nothing is written into it.");
    }
}

void empty_log(Database& database) {
    database.finish_check();
    execute(database.handle(), "PRAGMA wal_checkpoint(TRUNCATE)");
}

void require_writable(const Database& database) {
    if (!database.is_read_only()) return;
    throw Error(ErrorKind::read_only,
                database.report().is_newer_schema
                    ? "The conversations were written by a later version of Spoutnik: they can "
                      "be read here, not changed."
                    : "These conversations were opened to be read only.");
}

} // namespace spoutnik::storage
