// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

namespace spoutnik::test {

/// Issue 4, "For everyone", on the real window, engine and database.
class EveryoneTest : public QObject {
    Q_OBJECT
  private slots:
    void initTestCase();
    void nothing_is_said_in_english_in_the_french_window();
    void letters_of_200_percent_are_not_cut();
    void pages_mirror_for_languages_that_read_from_the_right();
    void arabic_and_hebrew_messages_start_at_the_right();
    void the_theme_follows_the_system();
    void words_can_be_read_on_what_is_drawn_behind_them();
};

} // namespace spoutnik::test
