// SPDX-License-Identifier: MIT
#include "app/gui/error_names.h"

namespace spoutnik::app {

QString name_of(storage::ErrorKind kind) {
    switch (kind) {
    case storage::ErrorKind::disk_full:
        return QStringLiteral("disk_full");
    case storage::ErrorKind::read_only:
        return QStringLiteral("read_only");
    case storage::ErrorKind::locked:
        return QStringLiteral("locked");
    case storage::ErrorKind::damaged_index:
    case storage::ErrorKind::corrupt:
        return QStringLiteral("corrupt");
    case storage::ErrorKind::newer_schema:
        return QStringLiteral("newer_schema");
    case storage::ErrorKind::foreign_file:
        return QStringLiteral("foreign_file");
    case storage::ErrorKind::not_found:
        return QStringLiteral("not_found");
    case storage::ErrorKind::input_output:
        return QStringLiteral("input_output");
    case storage::ErrorKind::invalid:
        return QStringLiteral("invalid");
    case storage::ErrorKind::other:
        break;
    }
    return QStringLiteral("other");
}

QString name_of(storage::archive::Omission omission) {
    using storage::archive::Omission;
    switch (omission) {
    case Omission::image:
        return QStringLiteral("image");
    case Omission::audio:
        return QStringLiteral("audio");
    case Omission::file:
        return QStringLiteral("file");
    case Omission::folder:
        return QStringLiteral("folder");
    case Omission::search_result:
        return QStringLiteral("search_result");
    case Omission::citation_mark:
        return QStringLiteral("citation_mark");
    case Omission::tool_part:
        return QStringLiteral("tool_part");
    case Omission::unknown_part:
        return QStringLiteral("unknown_part");
    case Omission::hidden_message:
        return QStringLiteral("hidden_message");
    case Omission::empty_message:
        return QStringLiteral("empty_message");
    case Omission::broken_link:
        return QStringLiteral("broken_link");
    case Omission::empty_conversation:
        return QStringLiteral("empty_conversation");
    case Omission::unreadable_message:
        return QStringLiteral("unreadable_message");
    case Omission::unreadable_conversation:
        return QStringLiteral("unreadable_conversation");
    case Omission::unrecognised_conversation:
        break;
    }
    return QStringLiteral("unrecognised_conversation");
}

} // namespace spoutnik::app
