// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

namespace spoutnik::test {

/// The models by themselves: rows, signals, blocks, the journal.
class ModelsTest : public QObject {
    Q_OBJECT
  private slots:
    void blocks_keep_their_rows_while_text_grows();
    void blocks_hold_what_markdown_says();
    void prompts_are_kept_and_filled();
    void a_prompt_is_written_by_itself();
    void a_tree_is_an_outline();
    void tables_become_csv();
    void code_has_colours_and_stays_plain();
    void attached_text_is_fenced();
    void french_signs_stay_with_their_words();
    void an_answer_that_was_reasoning_moves_into_its_block();
    void formulas_are_drawn_or_shown_as_they_are();
    void an_answer_is_copied_without_its_marks();
    void a_search_shows_the_words_it_found();
    void streaming_touches_only_the_last_of_a_thousand_messages();
    void branch_changes_keep_the_common_messages();
    void titles_are_cut_between_words();
    void prompts_join_and_skip();
    void journal_gives_back_what_was_written();
    void journal_survives_a_torn_and_hostile_file();
    void every_string_is_translated();
};

} // namespace spoutnik::test
