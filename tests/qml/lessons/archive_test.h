// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

namespace spoutnik::test {

/// What the engine said, out of the window as files and back: exports, imports, verify, backups.
class ArchiveTest : public QObject {
    Q_OBJECT
  private slots:
    void initTestCase();
    void what_was_said_is_exported_in_every_format_and_verified();
    void what_was_exported_is_imported_and_gone_on_with();
    void a_backup_brings_back_what_was_there();
};

} // namespace spoutnik::test
