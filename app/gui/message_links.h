// SPDX-License-Identifier: MIT
#pragma once

#include "app/gui/view_block.h"

#include <QStringList>

#include <vector>

namespace spoutnik::app {

/// The addresses that a message's links lead to, in order and each once; only those with a scheme that is
/// ever opened (http, https, mailto).
QStringList links_of(const std::vector<ViewBlock>& blocks);

} // namespace spoutnik::app
