// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

namespace spoutnik::test {

/// Every action by keyboard: the page of shortcuts is the list of them, and each is tried.
class KeyboardTest : public QObject {
    Q_OBJECT
  private slots:
    void initTestCase();
    void every_shortcut_of_the_page_does_what_it_says();
    void every_shortcut_of_the_window_is_on_the_page();
    void escape_leaves_what_is_being_typed_first();
};

} // namespace spoutnik::test
