// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

namespace spoutnik::test {

/// The application without its window: what is asked, answered, kept and found again.
class ChatTest : public QObject {
    Q_OBJECT
  private slots:
    void the_list_comes_and_goes_in_runs();
    void prompt_is_stored_before_the_model_hears_it();
    void stop_keeps_what_was_written();
    void an_answer_that_was_reasoning_is_kept_as_such();
    void a_message_is_deleted_and_comes_back();
    void folders_tags_archive_and_selection();
    void titles_come_from_the_model_without_reasoning();
    void a_private_conversation_leaves_nothing();
    void damage_is_found_under_way();
    void an_interrupted_answer_goes_on();
    void an_answer_that_goes_on_survives_a_kill();
    void failure_is_told_and_kept();
    void edit_and_regenerate_make_versions();
    void delete_is_undone_or_for_good();
    void search_finds_and_opens();
    void drafts_stay();
    void model_change_in_mid_answer_keeps_it();
    void a_bad_model_file_is_said_in_a_sentence();
    void loading_is_cancelled();
    void a_killed_answer_comes_back_from_the_journal();
    void real_model_types_streams_stops_and_is_found_again();
    void kv_caches_come_and_go_with_their_conversations();
    void kill_in_mid_answer_loses_nothing_that_was_shown();
    void kill_of_the_real_program_loses_nothing_that_was_shown();
};

} // namespace spoutnik::test
