// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

namespace spoutnik::test {

/// The window with keys and an input method, as a person at the screen.
class WindowTest : public QObject {
    Q_OBJECT
  private slots:
    void return_sends_and_shift_return_does_not();
    void return_during_preedit_does_not_send();
    void keys_reach_every_place();
    void escape_stops();
    void reasoning_folds_and_opens();
    void reader_who_scrolls_up_is_left_alone();
    void a_search_leads_to_the_message();
    void versions_of_a_question_are_reached_by_keys();
    void the_page_keeps_still_when_an_answer_ends();
    void language_changes_at_once();
    void large_letters_leave_the_header_free();
    void every_control_has_a_name();
    void tab_reaches_every_control();
    void a_long_conversation_opens();
};

} // namespace spoutnik::test
