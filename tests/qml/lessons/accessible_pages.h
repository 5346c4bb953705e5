// SPDX-License-Identifier: MIT
// Walks every page, dialog and menu of the window as a screen reader and as the Tab key do.
#pragma once

#include "app/gui/application.h"

#include <QString>
#include <QStringList>

#include <functional>

namespace spoutnik::test {

/// A place of the window: how one gets there, and how one leaves.
struct Place {
    QString name;
    std::function<void(app::Application&)> enter;
    std::function<void(app::Application&)> leave;
};

/// Every page, dialog, popup and menu. The conversation that is shown has at least one answer.
std::vector<Place> places();

/// What a person who sees nothing, or has no mouse, would miss in what is shown now; empty when all is well:
/// a control without a name or role, words that nobody can hear, a button too small to be hit.
QString problem_of_what_is_shown(app::Application& app);
/// The same at every place.
QString problems_of_pages(app::Application& app);

/// A control that is in sight and that Tab never reaches, at any place; empty when there is none. What lies
/// in a list or number field is reached through it.
QString unreached_by_tab(app::Application& app);

} // namespace spoutnik::test
