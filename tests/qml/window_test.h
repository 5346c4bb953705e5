// SPDX-License-Identifier: MIT
#pragma once

#include <QList>
#include <QObject>
#include <QUrl>

namespace spoutnik::test {

/// The window with keys and an input method, as a person at the screen.
/// Takes the place of the browser.
class Recorder : public QObject {
    Q_OBJECT
  public:
    QList<QUrl> urls;
  public slots:
    void open(const QUrl& url) { urls << url; }
};

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
    void a_slash_offers_commands_and_prompts();
    void earlier_prompts_come_back_with_the_arrows();
    void files_are_dropped_and_pasted_into_the_message();
    void a_stopped_answer_goes_on_by_keyboard();
    void the_tree_leads_to_another_branch();
    void shortcuts_are_searched();
    void conversations_are_selected_and_arranged_by_keyboard();
    void a_link_shows_its_address_before_it_opens();
    void code_and_tables_are_copied_and_saved();
    void language_changes_at_once();
    void the_model_says_what_is_on_the_gpu();
    void the_model_says_why_it_is_not_on_the_gpu();
    void large_letters_leave_the_header_free();
    void every_control_has_a_name();
    void tab_reaches_every_control();
    void a_long_conversation_opens();
};

} // namespace spoutnik::test
