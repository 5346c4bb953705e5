// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

namespace spoutnik::test {

/// Issue 4, "Conversations", on the real window, engine and database.
class ConversationsTest : public QObject {
    Q_OBJECT
  private slots:
    void initTestCase();
    void folders_pin_archive_and_tags_by_keyboard();
    void many_are_selected_and_acted_on_at_once();
    void conversations_are_grouped_by_date();
    void search_as_one_types_with_accents_ligatures_and_cjk();
    void search_jumps_into_a_branch_that_is_not_shown();
    void titles_come_from_the_model_without_its_reasoning();
    void a_private_conversation_leaves_nothing_on_the_disk();
    void delete_is_undone_first_and_then_really_deletes();
};

} // namespace spoutnik::test
