// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

namespace spoutnik::test {

/// Issue 4, "Messages", on the real window, engine and database.
class MessagesTest : public QObject {
    Q_OBJECT
  private slots:
    void initTestCase();
    void edit_regenerate_and_the_switcher_at_each_fork();
    void the_tree_shows_every_version_and_leads_to_it();
    void an_answer_stopped_with_escape_goes_on();
    void a_message_is_deleted_with_undo_and_then_for_good();
    void copy_as_text_and_as_markdown();
    void reasoning_tells_time_and_tokens_while_it_streams_then_folds();
    void autoscroll_lets_go_when_the_reader_scrolls_up();
    void rich_answers_are_drawn_copied_and_saved();
    void links_are_opened_by_keyboard_and_images_never_fetched();
    void errors_of_the_engine_are_said_in_french();
};

} // namespace spoutnik::test
