// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

namespace spoutnik::test {

/// What people lost with other chat applications, as one test each: the window, the engine with the starter
/// model and SQLite, all of them real.
class TenLessonsTest : public QObject {
    Q_OBJECT
  private slots:
    void initTestCase();
    void lesson_1_a_kill_in_mid_stream_loses_neither_prompt_nor_answer();
    void lesson_2_a_full_disk_is_said_and_the_database_stays_whole();
    void lesson_3_old_schemas_and_null_fields_open();
    void lesson_4_one_block_of_a_thousand_messages_is_updated_while_streaming();
    void lesson_5_characters_split_across_tokens_and_an_orphan_closing_tag();
    void lesson_6_export_then_import_gives_the_same_tree();
    void lesson_7_every_page_by_keyboard_and_every_control_has_a_name();
    void lesson_8_return_during_preedit_does_not_send();
    void lesson_9_too_little_memory_is_a_message_and_the_process_lives();
    void lesson_10_a_number_in_brackets_stays_text();
};

} // namespace spoutnik::test
