// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

namespace spoutnik::test {

/// Issue 4, "Composer", on the real window, engine and database.
class ComposerTest : public QObject {
    Q_OBJECT
  private slots:
    void initTestCase();
    void it_grows_with_the_text_and_then_scrolls();
    void a_draft_is_kept_for_each_conversation_over_a_restart();
    void text_files_are_pasted_and_dropped_into_the_message();
    void earlier_prompts_come_back_with_the_arrows();
    void prompts_with_variables_come_from_the_library();
    void slash_commands_do_what_they_say();
};

} // namespace spoutnik::test
