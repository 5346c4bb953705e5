// SPDX-License-Identifier: MIT
// Folders, tags, the archive, drafts, prompts, and changes over many conversations at once.
#include "storage/conversations.h"
#include "storage/folders.h"
#include "storage/prompts.h"
#include "storage/search.h"
#include "storage/statement.h"
#include "storage/tags.h"
#include "tests/unit/storage/test_folder.h"

#include <catch2/catch.hpp>
#include <sqlite3.h>

using namespace spoutnik::storage;
using spoutnik::storage::testing::error_of;
using spoutnik::storage::testing::TestFolder;

namespace {

using Texts = std::vector<std::string>;
using Ids = std::vector<ConversationId>;

Texts titles(const std::vector<ConversationSummary>& list) {
    Texts all;
    for (const ConversationSummary& row : list)
        all.push_back(row.conversation.title);
    return all;
}

ListFilter archived(ListFilter::Archived which) {
    ListFilter filter;
    filter.archived = which;
    return filter;
}

ListFilter tagged(Texts tags) {
    ListFilter filter;
    filter.tags = std::move(tags);
    return filter;
}

struct Fixture {
    TestFolder folder;
    Database database{folder.options()};
    Conversations conversations{database};
    Folders folders{database};
    Tags tags{database};
    ConversationId a = conversations.create("a").id;
    ConversationId b = conversations.create("b").id;
    ConversationId c = conversations.create("c").id;
};

int commits = 0;

int count_commit(void*) {
    return ++commits, 0;
}

} // namespace

TEST_CASE("folders hold conversations, keep their order, and let go of them") {
    Fixture f;
    const FolderId work = f.folders.create("Work");
    const FolderId home = f.folders.create("Maison");
    const FolderId other = f.folders.create("Work");
    const auto names = [&] {
        Texts all;
        for (const Folder& folder : f.folders.list())
            all.push_back(folder.name);
        return all;
    };
    CHECK(names() == Texts{"Work", "Maison", "Work"});
    f.folders.rename(other, "Other");
    f.folders.move(other, 0);
    CHECK(names() == Texts{"Other", "Work", "Maison"});
    f.folders.move(other, 99);
    CHECK(names() == Texts{"Work", "Maison", "Other"});

    f.conversations.set_folder(f.a, work);
    CHECK(f.conversations.set_folder(Ids{f.b, f.c, 999}, work) == 2);
    f.conversations.set_folder(f.c, home);
    CHECK(f.folders.list()[0].conversations == 2);
    CHECK(f.conversations.find(f.c)->folder == home);
    ListFilter in_work;
    in_work.folder = work;
    CHECK(titles(f.conversations.list(in_work)) == Texts{"b", "a"});
    f.conversations.remove(f.b);
    CHECK(titles(f.conversations.list(in_work)) == Texts{"a"});
    CHECK(f.folders.list()[0].conversations == 1);
    f.conversations.restore(f.b);

    CHECK(f.folders.remove(work) == Ids{f.a, f.b});
    CHECK_FALSE(f.conversations.find(f.a)->folder);
    ListFilter unfiled;
    unfiled.only_unfiled = true;
    CHECK(titles(f.conversations.list(unfiled)) == Texts{"b", "a"});
    CHECK(f.conversations.list().size() == 3);
    f.conversations.set_folder(f.c, std::nullopt);
    CHECK(f.conversations.list(unfiled).size() == 3);

    CHECK(error_of([&] { f.conversations.set_folder(f.a, work); }) == ErrorKind::not_found);
    CHECK(error_of([&] { f.conversations.set_folder(999, home); }) == ErrorKind::not_found);
    CHECK(error_of([&] { f.folders.remove(work); }) == ErrorKind::not_found);
    CHECK(error_of([&] { f.folders.move(work, 0); }) == ErrorKind::not_found);
    CHECK(error_of([&] { f.folders.rename(work, "x"); }) == ErrorKind::not_found);
    CHECK(error_of([&] { f.folders.create(""); }) == ErrorKind::invalid);
}

TEST_CASE("the archive leaves the list, not the search") {
    Fixture f;
    f.conversations.begin_turn(f.a, "aiguille", "m");
    f.conversations.set_archived(f.a, true);
    CHECK(titles(f.conversations.list()) == Texts{"c", "b"});
    CHECK(titles(f.conversations.list(archived(ListFilter::Archived::only))) == Texts{"a"});
    CHECK(f.conversations.list(archived(ListFilter::Archived::also)).size() == 3);
    CHECK(search(f.database, "aiguille").size() == 1);
    CHECK(f.conversations.find(f.a)->is_archived);
    f.conversations.set_archived(f.a, false);
    CHECK(f.conversations.list().size() == 3);
    CHECK(error_of([&] { f.conversations.set_archived(999, true); }) == ErrorKind::not_found);
}

TEST_CASE("tags: any number, one for what reads the same, gone with their last conversation") {
    Fixture f;
    CHECK(f.tags.add(Ids{f.a, f.b, 999}, " Été ") == 2);
    CHECK(f.tags.add(Ids{f.a, f.c}, "ete") == 1);
    CHECK(f.tags.add(Ids{f.a}, "C++") == 1);
    CHECK(f.tags.of(f.a) == Texts{"C++", "Été"});
    REQUIRE(f.tags.list().size() == 2);
    CHECK(f.tags.list()[1].name == "Été");
    CHECK(f.tags.list()[1].conversations == 3);
    CHECK(titles(f.conversations.list(tagged({"ÉTÉ"}))) == Texts{"c", "b", "a"});
    CHECK(titles(f.conversations.list(tagged({"été", "c++"}))) == Texts{"a"});
    CHECK(f.conversations.list(tagged({"nowhere"})).empty());
    CHECK(f.conversations.list()[2].tags == Texts{"C++", "Été"});

    f.tags.rename("été", "ÉTÉ"); // another spelling
    CHECK(f.tags.of(f.b) == Texts{"ÉTÉ"});
    f.tags.rename("c++", "été"); // two become one
    CHECK(f.tags.of(f.a) == Texts{"ÉTÉ"});
    CHECK(f.tags.list().size() == 1);
    f.tags.rename("ete", "hiver");
    CHECK(f.tags.of(f.c) == Texts{"hiver"});
    f.tags.set(f.c, Texts{"x", "y", "X"});
    CHECK(f.tags.of(f.c) == Texts{"x", "y"});

    f.conversations.remove(f.b);
    CHECK(f.tags.list()[0].conversations == 1); // a; b keeps its own until it is purged
    f.conversations.restore(f.b);
    CHECK(f.tags.of(f.b) == Texts{"hiver"});
    CHECK(f.tags.remove(Ids{f.a, f.b, f.c}, "HIVER") == 2);
    f.conversations.purge(f.c);
    CHECK(f.tags.list().empty());
    CHECK(query_integer(f.database.handle(), "SELECT count(*) FROM tag") == 0);
    CHECK(query_integer(f.database.handle(), "SELECT count(*) FROM conversation_tag") == 0);

    CHECK(error_of([&] { f.tags.add(Ids{f.a}, "  "); }) == ErrorKind::invalid);
    CHECK(error_of([&] { f.tags.set(999, Texts{"x"}); }) == ErrorKind::not_found);
    CHECK(error_of([&] { f.tags.rename("nowhere", "x"); }) == ErrorKind::not_found);
}

TEST_CASE("many at once is one transaction, and passes over what is gone") {
    Fixture f;
    const Ids all{f.a, 999, f.b, f.c};
    commits = 0;
    sqlite3_commit_hook(f.database.handle(), count_commit, nullptr);
    CHECK(f.conversations.set_pinned(all, true) == 3);
    CHECK(f.conversations.set_archived(all, true) == 3);
    CHECK(f.conversations.set_archived(all, false) == 3);
    CHECK(f.conversations.remove(all) == 3);
    CHECK(commits == 4);
    CHECK(f.conversations.list().empty());
    CHECK(f.conversations.restore(all) == 3);
    CHECK(f.conversations.list().size() == 3);
    CHECK(f.conversations.list()[0].group.kind == DateGroup::Kind::pinned);
    CHECK(f.tags.add(all, "t") == 3);
    CHECK(f.conversations.remove(Ids{}) == 0);
    CHECK(commits == 7);
    sqlite3_commit_hook(f.database.handle(), nullptr, nullptr);
}

TEST_CASE("a draft for each conversation and one for the next, until they are sent") {
    TestFolder folder;
    ConversationId id = 0;
    {
        Database database(folder.options());
        Conversations conversations(database);
        id = conversations.create("x").id;
        CHECK(conversations.draft(id).empty());
        CHECK(conversations.draft(std::nullopt).empty());
        const TimeMs updated = conversations.find(id)->updated_ms;
        conversations.set_draft(id, "> une\nphrase à finir");
        conversations.set_draft(std::nullopt, "autre chose");
        CHECK(conversations.find(id)->updated_ms == updated);
    }
    Database database(folder.options());
    Conversations conversations(database);
    CHECK(conversations.draft(id) == "> une\nphrase à finir");
    CHECK(conversations.draft(std::nullopt) == "autre chose");
    CHECK(conversations.list()[0].draft_line == "une phrase à finir");
    const Turn turn = conversations.begin_turn(id, "une phrase", "m");
    CHECK(conversations.draft(id).empty());
    conversations.set_draft(id, "next");
    conversations.begin_edit(turn.user, "edited", "m"); // sends what the editor held, not the draft
    CHECK(conversations.draft(id) == "next");
    conversations.set_draft(id, "");
    conversations.set_draft(std::nullopt, "");
    CHECK(conversations.draft(id).empty());
    CHECK(conversations.draft(std::nullopt).empty());
    CHECK(query_integer(database.handle(), "SELECT count(*) FROM setting") == 0);
    CHECK(conversations.draft(999).empty());
    CHECK(error_of([&] { conversations.set_draft(999, "x"); }) == ErrorKind::not_found);
}

TEST_CASE("an imported conversation is found again by its source") {
    Fixture f;
    const Source source{"chatgpt", "66f1-abc"};
    CHECK_FALSE(f.conversations.find_source(source));
    CHECK_FALSE(f.conversations.find_source({}));
    f.conversations.set_source(f.b, source);
    CHECK(f.conversations.find_source(source)->id == f.b);
    CHECK(f.conversations.find(f.b)->source == source);
    CHECK_FALSE(f.conversations.find_source({"openwebui", "66f1-abc"}));
    f.conversations.remove(f.b);
    CHECK_FALSE(f.conversations.find_source(source));
    f.conversations.restore(f.b);
    f.conversations.set_source(f.b, {});
    CHECK_FALSE(f.conversations.find_source(source));
}

TEST_CASE("the prompt library") {
    TestFolder folder;
    Database database(folder.options());
    Prompts prompts(database);
    const PromptId first = prompts.add("Traduire", "Traduis en {{langue}} : {{texte}}");
    const PromptId second = prompts.add("Résumer", "Résume.");
    prompts.move(second, 0);
    REQUIRE(prompts.list().size() == 2);
    CHECK(prompts.list()[0].id == second);
    const Prompt before = prompts.list()[1];
    CHECK(before.content == "Traduis en {{langue}} : {{texte}}");
    CHECK(before.created_ms > 0);
    prompts.update(first, "Translate", "{{x}}");
    CHECK(prompts.list()[1].title == "Translate");
    CHECK(prompts.list()[1].updated_ms > before.updated_ms);
    CHECK(prompts.list()[1].created_ms == before.created_ms);
    prompts.remove(second);
    CHECK(prompts.list().size() == 1);
    CHECK(error_of([&] { prompts.update(second, "", ""); }) == ErrorKind::not_found);
    CHECK(error_of([&] { prompts.move(second, 0); }) == ErrorKind::not_found);
    CHECK(error_of([&] { prompts.remove(second); }) == ErrorKind::not_found);
}

TEST_CASE("variables in prompts") {
    CHECK(variables_of("Traduis en {{langue}} : {{ texte à lire }}, {{langue}}") ==
          Texts{"langue", "texte à lire"});
    CHECK(variables_of("{{{x}}} {{}} {{ }} {{a\nb}} {{open {a} }} {{{{y}}").size() == 2);
    CHECK(variables_of("").empty());
    CHECK(variables_of("{{").empty());
    CHECK(fill_variables("en {{langue}} : {{ texte }} {{langue}} {{rien}}",
                         {{"langue", "breton"}, {"texte", "{{langue}} {0}"}}) ==
          "en breton : {{langue}} {0} breton {{rien}}");
    CHECK(fill_variables("f({{{x}}}) {{}}", {{"x", "1"}}) == "f({1}) {{}}");
    CHECK(fill_variables("none", {}) == "none");
}
