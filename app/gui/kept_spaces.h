// SPDX-License-Identifier: MIT
// French sets a space before ; : ! ? and inside its quotation marks, and no line begins with what follows it.
// People and models type an ordinary space there: in what is shown it holds its line together. What was
// written stays.
#pragma once

#include <QString>

namespace spoutnik::app {

/// `html` with such spaces as U+00A0, outside of tags, code and formulas.
QString with_kept_spaces(const QString& html);

} // namespace spoutnik::app
