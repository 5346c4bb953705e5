// SPDX-License-Identifier: MIT
// What the window is brought to before its picture is taken: one scene a page, a menu, a state.
#pragma once

#include "app/gui/application.h"

#include <QQuickItem>
#include <QSize>
#include <QString>

#include <functional>
#include <vector>

namespace spoutnik::test {

/// The running program, and what scenes do to it.
class Stage {
  public:
    Stage(app::Application& application, bool french) : application_(application), french_(french) {}

    app::Application& app() const { return application_; }
    app::ChatController& chat() const { return *application_.chat(); }
    app::ConversationListModel& list() const { return *application_.conversations(); }
    QQuickWindow* window() const { return application_.window(); }
    /// A drawn item by its object name; ends the program where there is none.
    QQuickItem* item(const char* name) const;
    /// One of two texts, that of the language of the picture.
    QString say(const char* english, const char* french) const {
        return QString::fromUtf8(french_ ? french : english);
    }
    bool is_french() const { return french_; }
    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) const;

    static bool wait_until(const std::function<bool()>& is_true, int most_ms = 10'000);
    static void settle(int time_ms);

  private:
    app::Application& application_;
    bool french_;
};

struct Scene {
    enum class Start {
        fresh,   ///< no conversation yet
        filled,  ///< conversations of two months, the latest shown
        failed,  ///< the same, its last answer with an error
        loading, ///< filled, while a model is loaded
    };
    const char* name;
    Start start;
    std::function<void(Stage&)> set;
    QSize size{1280, 800};
};

const std::vector<Scene>& scenes();

} // namespace spoutnik::test
