// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <random>

namespace spoutnik::storage::testing {

/// A SQLite VFS over the system's that fails when told to, and remembers what a power loss would take back.
/// One for the process; not thread-safe. It never waits for the disk: nothing but a real power loss could
/// tell.
class FaultyVfs {
  public:
    static constexpr const char* name = "spoutnik-faulty";
    enum class Fault {
        disk_full,    ///< the n-th write fails with SQLITE_FULL, and every one after it, until disarm()
        write_or_sync ///< the n-th write or sync fails once with SQLITE_IOERR
    };

    static FaultyVfs& instance();

    void arm(Fault fault, int at);
    void disarm();
    /// Whether the armed fault has happened.
    bool has_failed() const;

    /// Calls `watch` before each write, truncation and sync; null: no more.
    void watch(std::function<void()> watch);

    /// Copies the files of `from` into `to` as they would be after a power loss now: writes that no sync
    /// followed are undone, index files (shared memory) are gone.
    void copy_after_power_loss(const std::filesystem::path& from, const std::filesystem::path& to) const;
    /// The same where the disk had begun to write as it pleased: of the writes that no sync followed a random
    /// subset is there, and some of those only up to a sector's border.
    void copy_after_power_loss(const std::filesystem::path& from, const std::filesystem::path& to,
                               std::mt19937& random) const;
    /// Forgets all remembered writes.
    void forget();

  private:
    FaultyVfs();
};

} // namespace spoutnik::storage::testing
