// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

namespace spoutnik::test {

/// Imports, exports, backups and folders in the window, on real files and the real database.
class FilesTest : public QObject {
    Q_OBJECT
  private slots:
    void an_import_says_what_came_in_and_what_was_left_out();
    void an_import_speaks_french();
    void files_are_dropped_on_the_page_and_on_the_sidebar();
    void what_cannot_be_imported_is_told_in_words_data();
    void what_cannot_be_imported_is_told_in_words();
    void a_large_import_is_stopped_midway_and_taken_up_again();
    void the_chat_goes_on_during_an_import();
    void export_import_export_gives_the_same_bytes();
    void one_selected_or_all_are_exported_in_every_format();
    void an_export_stopped_midway_leaves_nothing();
    void what_cannot_be_written_leaves_the_old_file();
    void a_full_disk_is_told_in_words();
    void the_page_is_used_by_keyboard();
    void a_backup_is_made_and_restored_by_keyboard();
    void a_restore_ends_the_answer_that_streams();
    void a_damaged_backup_changes_nothing();
    void the_command_line_imports_beside_the_window();
    void a_folder_is_renamed_and_deleted_by_keyboard();
};

} // namespace spoutnik::test
