// SPDX-License-Identifier: MIT
#pragma once

#include "storage/conversations.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoutnik::storage {

struct Folder {
    FolderId id = 0;
    std::string name;
    std::int64_t conversations = 0; ///< living ones, archived or not
};

/// Folders of conversations, in the order the person gave them; a folder holds no folders. Each change is one
/// transaction. A conversation is put into one by Conversations::set_folder().
class Folders {
  public:
    explicit Folders(Database& database) : database_(database) {}

    std::vector<Folder> list() const;
    /// At the end. Two folders may have the same name; an empty one is ErrorKind::invalid.
    FolderId create(std::string_view name);
    void rename(FolderId id, std::string_view name);
    /// To place `index` among the others, from 0; beyond the last is the end.
    void move(FolderId id, std::size_t index);
    /// Its conversations stay, in no folder; the result is which ones, for an undo.
    std::vector<ConversationId> remove(FolderId id);

  private:
    Database& database_;
};

/// The folder of this name (the first), made at the end where there is none. For storage's own classes,
/// inside their transaction.
FolderId folder_named(sqlite3* database, std::string_view name, TimeMs now);

} // namespace spoutnik::storage
