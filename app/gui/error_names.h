// SPDX-License-Identifier: MIT
// The keys by which QML knows what C++ enumerates.
#pragma once

#include "storage/archive/omissions.h"
#include "storage/error.h"

#include <QString>

namespace spoutnik::app {

/// "disk_full", "read_only", "locked", "corrupt", "newer_schema", "foreign_file", "not_found", "invalid",
/// "input_output" or "other".
QString name_of(storage::ErrorKind kind);

/// "image", "audio", "file", "search_result" ...: the enumerator's name.
QString name_of(storage::archive::Omission omission);

} // namespace spoutnik::app
