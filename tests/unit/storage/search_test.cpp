// SPDX-License-Identifier: MIT
#include "storage/search.h"

#include "storage/statement.h"
#include "storage/text_folding.h"
#include "tests/unit/storage/test_folder.h"

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include <algorithm>
#include <random>
#include <set>

using namespace spoutnik::storage;
using spoutnik::storage::testing::TestFolder;

namespace {

using Where = SearchHit::Where;

std::vector<std::string> highlighted(const SearchHit& hit) {
    std::vector<std::string> parts;
    for (const ByteRange& range : hit.hits)
        parts.push_back(hit.snippet.substr(range.begin, range.end - range.begin));
    return parts;
}

using Texts = std::vector<std::string>;

/// A database with one conversation to which messages are added.
struct Fixture {
    TestFolder folder;
    Database database{folder.options()};
    Conversations conversations{database};
    ConversationId id = conversations.create("Carnet").id;

    MessageId say(std::string_view text) { return conversations.append(id, std::nullopt, Role::user, text); }
    std::vector<MessageId> find(std::string_view text) {
        std::vector<MessageId> ids;
        for (const SearchHit& hit : search(database, text))
            if (hit.message) ids.push_back(*hit.message);
        std::ranges::sort(ids);
        return ids;
    }
};

using Ids = std::vector<MessageId>;

} // namespace

TEST_CASE("folding gives one form to what a reader takes for the same") {
    CHECK(fold("Été À L'ŒUVRE") == "ete a l'oeuvre");
    CHECK(fold("e\xCC\x81t\x65\xCC\x81") == "ete"); // decomposed
    CHECK(fold("Æsop Straße ﬁn ﬃ Łódź Ørsted Þór ıIİ") == "aesop strasse fin ffi lodz orsted thor iii");
    CHECK(fold("Ａｂｃ１２３ ½ ² №") == "abc123 1/2 2 no");
    CHECK(fold("ΆΈΣΑΣ ς") == "αεσασ σ");
    CHECK(fold("ЁЛКА Йод") == "елка иод");
    CHECK(fold("l’été “x” – …") == "l'ete \"x\" - ...");
    CHECK(fold("  a \t\r\n b\xC2\xA0\xE3\x80\x80 c  ") == "a b c");
    CHECK(fold("soft\xC2\xADhyphen zero\xE2\x80\x8Bwidth") == "softhyphen zerowidth");
    CHECK(fold("日本語 русский हिन्दी") == "日本語 русскии हिन्दी");
    CHECK(fold("مَرْحَبًا") == "مرحبا");
    CHECK(fold(std::string_view("a\0b", 3)) == "a b");
    CHECK(fold("\xFF\xC3(\xE2\x82") == "\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD");
    CHECK(fold("").empty());
    CHECK(fold(" \n ").empty());
}

TEST_CASE("folding twice changes nothing, and the map covers the text in order") {
    std::mt19937 random(7);
    const std::string_view pieces[] = {"é",        "e\xCC\x81", "œ", " ", "\n", "日", "\xFF", "ﬁ",       "x",
                                       "\xC2\xAD", "ß",         "🚀", "İ", "ǆ",  "½",  "ﾞ",    "\xE2\x80"};
    for (int round = 0; round < 3000; ++round) {
        std::string text;
        const auto length = random() % 12;
        for (unsigned i = 0; i < length; ++i) {
            if (random() % 4 == 0)
                text += static_cast<char>(random() % 256);
            else
                text += pieces[random() % std::size(pieces)];
        }
        const FoldedText mapped = fold_with_map(text);
        REQUIRE(mapped.text == fold(text));
        REQUIRE(fold(mapped.text) == mapped.text);
        REQUIRE(mapped.source_begin.size() == mapped.text.size());
        REQUIRE(mapped.source_end.size() == mapped.text.size());
        for (std::size_t i = 0; i < mapped.text.size(); ++i) {
            REQUIRE(mapped.source_begin[i] < mapped.source_end[i]);
            REQUIRE(mapped.source_end[i] <= text.size());
            if (i > 0) REQUIRE(mapped.source_begin[i - 1] <= mapped.source_begin[i]);
        }
    }
}

TEST_CASE("every code point folds to valid text that folds to itself") {
    for (unsigned code = 0; code <= 0x2FFFF; ++code) {
        std::string text;
        if (code < 0x80)
            text = {static_cast<char>(code)};
        else if (code < 0x800)
            text = {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 63))};
        else if (code < 0x10000)
            text = {static_cast<char>(0xE0 | (code >> 12)), static_cast<char>(0x80 | ((code >> 6) & 63)),
                    static_cast<char>(0x80 | (code & 63))};
        else
            text = {static_cast<char>(0xF0 | (code >> 18)), static_cast<char>(0x80 | ((code >> 12) & 63)),
                    static_cast<char>(0x80 | ((code >> 6) & 63)), static_cast<char>(0x80 | (code & 63))};
        const std::string once = fold(text);
        if (fold(once) != once) FAIL_CHECK("U+" << std::hex << code);
    }
}

TEST_CASE("search finds words without their accents, ligatures, CJK inside a sentence, and signs") {
    Fixture f;
    const MessageId ete = f.say("Cet été, l'œuvre de l'Âge d'or");
    const MessageId code = f.say("Use #include <iostream> then std::cout << \"x\\n\"; in C++ or Go");
    const MessageId japanese = f.say("私は日本語を勉強しています。");
    const MessageId german = f.say("Die Straße nach Köln");
    const MessageId plain = f.say("iostream without signs, an oeuvre too");

    CHECK(f.find("ete") == Ids{ete});
    CHECK(f.find("ÉTÉ") == Ids{ete});
    CHECK(f.find("oeuvre") == Ids{ete, plain});
    CHECK(f.find("œuvre") == Ids{ete, plain});
    CHECK(f.find("age or") == Ids{ete});
    CHECK(f.find("strasse") == Ids{german});
    CHECK(f.find("koln") == Ids{german});
    CHECK(f.find("日本語") == Ids{japanese});
    CHECK(f.find("本語") == Ids{japanese});
    CHECK(f.find("語") == Ids{japanese});
    CHECK(f.find("勉強しています。") == Ids{japanese});
    CHECK(f.find("<iostream>") == Ids{code});
    CHECK(f.find("iostream") == Ids{code, plain});
    CHECK(f.find("stre") == Ids{code, plain}); // inside a word
    CHECK(f.find("c++") == Ids{code});
    CHECK(f.find("++") == Ids{code});
    CHECK(f.find("::") == Ids{code});
    CHECK(f.find("go") == Ids{code});
    CHECK(f.find("std::cout << \"x") == Ids{code});
    CHECK(f.find("\"#include <iostream>\"") == Ids{code});
    CHECK(f.find("\"include then\"").empty());
    CHECK(f.find("include then") == Ids{code});
    CHECK(f.find("nowhere ete").empty());
    CHECK(f.find("  ").empty());
    CHECK(f.find("").empty());
}

TEST_CASE("nothing that is typed is an operator, and nothing makes the search fail") {
    Fixture f;
    const MessageId text =
        f.say("alpha AND beta, NOT gamma; NEAR(x) col:umn 100% a_b ^caret {brace} 'tick' \"dq\"");
    CHECK(f.find("alpha NOT zeta").empty());
    CHECK(f.find("NOT gamma") == Ids{text});
    CHECK(f.find("alpha OR zeta").empty());
    CHECK(f.find("near(x)") == Ids{text});
    CHECK(f.find("col:umn") == Ids{text});
    CHECK(f.find("folded:alpha").empty());
    CHECK(f.find("100%") == Ids{text});
    CHECK(f.find("a_b") == Ids{text});
    CHECK(f.find("axb").empty()); // no wildcard
    CHECK(f.find("^caret") == Ids{text});
    CHECK(f.find("'tick'") == Ids{text});
    CHECK(f.find("\"dq\"") == Ids{text});
    CHECK(f.find("alph*").empty());

    std::mt19937 random(11);
    const std::string_view bits[] = {"\"", "'",     "*",  "(", ")", "AND",  " ", "^", "-",    ":",    "{",
                                     "}",  "alpha", "\\", "+", "é", "\xFF", ";", "%", "日本", "NEAR", ","};
    for (int round = 0; round < 2000; ++round) {
        std::string query;
        const auto length = random() % 10;
        for (unsigned i = 0; i < length; ++i)
            query += bits[random() % std::size(bits)];
        CHECK_NOTHROW(search(f.database, query));
    }
    CHECK_NOTHROW(search(f.database, std::string(200'000, 'x')));
    CHECK_NOTHROW(search(f.database, std::string_view("alpha\0beta", 10)));
    std::string many;
    for (int i = 0; i < 5000; ++i)
        many += "alpha ";
    CHECK(f.find(many) == Ids{text});
}

TEST_CASE("snippets show the original text with the hits marked by bytes") {
    Fixture f;
    f.say("L'ÉTÉ e\xCC\x81te\xCC\x81: une \xC5\x93uvre\nsur deux lignes");
    std::vector<SearchHit> hits = search(f.database, "ete oeuv");
    REQUIRE(hits.size() == 1);
    CHECK(hits[0].snippet == "L'ÉTÉ e\xCC\x81te\xCC\x81: une \xC5\x93uvre sur deux lignes");
    CHECK(highlighted(hits[0]) == Texts{"ÉTÉ", "e\xCC\x81te\xCC\x81", "\xC5\x93uv"});
    CHECK(hits[0].where == Where::content);
    CHECK(hits[0].conversation_title == "Carnet");
    CHECK(hits[0].role == Role::user);

    std::string far;
    for (int i = 0; i < 300; ++i)
        far += "éà mot ";
    f.say(far + "aiguille " + far);
    hits = search(f.database, "aiguille");
    REQUIRE(hits.size() == 1);
    CHECK(hits[0].snippet.starts_with("…"));
    CHECK(hits[0].snippet.ends_with("…"));
    CHECK(hits[0].snippet.size() < 300);
    CHECK(highlighted(hits[0]) == Texts{"aiguille"});
    CHECK(fold(hits[0].snippet).find("\xEF\xBF\xBD") == std::string::npos); // no half character

    std::string cjk;
    for (int i = 0; i < 300; ++i)
        cjk += "漢";
    f.say(cjk + "日本語" + cjk);
    hits = search(f.database, "日本");
    REQUIRE(hits.size() == 1);
    CHECK(highlighted(hits[0]) == Texts{"日本"});
    CHECK(fold(hits[0].snippet).find("\xEF\xBF\xBD") == std::string::npos);

    f.say("aaaa");
    hits = search(f.database, "aa aaa");
    REQUIRE(hits.size() == 1);
    CHECK(highlighted(hits[0]) == Texts{"aaaa"}); // overlaps are one
}

TEST_CASE("the words of a search are found in any text, joined where they touch") {
    const std::string text = "L'ÉTÉ e\xCC\x81te\xCC\x81: une \xC5\x93uvre, 日本語";
    Texts found;
    for (const ByteRange& range : find_words(text, "ete œuv 日本 本語 \"une œ\""))
        found.push_back(text.substr(range.begin, range.end - range.begin));
    CHECK(found == Texts{"ÉTÉ", "e\xCC\x81te\xCC\x81", "une \xC5\x93uv", "日本語"});
    CHECK(find_words(text, "winter").empty());
    CHECK(find_words(text, "").empty());
    CHECK(find_words("", "ete").empty());
}

TEST_CASE("titles, reasoning and every branch are searched; removed conversations are not") {
    Fixture f;
    const Turn turn = f.conversations.begin_turn(f.id, "première question", "m");
    Answer answer;
    answer.content = "une réponse";
    answer.reasoning = "elle pense au comète";
    CHECK(f.conversations.save_partial(turn.answer, answer));
    CHECK(f.find("comete").empty()); // found once it is finished
    f.conversations.finish(turn.answer, Status::done, answer);
    f.conversations.begin_edit(turn.user, "question corrigée", "m");

    CHECK(f.find("première") == Ids{turn.user}); // on the branch that is not shown
    const std::vector<SearchHit> hits = search(f.database, "comete");
    REQUIRE(hits.size() == 1);
    CHECK(hits[0].where == Where::reasoning);
    CHECK(highlighted(hits[0]) == Texts{"comète"});
    CHECK(search(f.database, "reponse comete").at(0).where == Where::content);

    std::vector<SearchHit> titles = search(f.database, "carne");
    REQUIRE(titles.size() == 1);
    CHECK(titles[0].where == Where::title);
    CHECK_FALSE(titles[0].message);
    CHECK(highlighted(titles[0]) == Texts{"Carne"});
    f.conversations.rename(f.id, "Comète");
    CHECK(search(f.database, "carne").empty());
    REQUIRE(search(f.database, "comète").size() == 2);
    CHECK(search(f.database, "comète")[0].where == Where::title);
    CHECK(search(f.database, "comète", 1).size() == 1);
    CHECK(search(f.database, "comète", 0).empty());

    f.conversations.remove(f.id);
    CHECK(search(f.database, "comète").empty());
    f.conversations.restore(f.id);
    CHECK(search(f.database, "comète").size() == 2);
    f.conversations.purge(f.id);
    CHECK(search(f.database, "comète").empty());
}

TEST_CASE("terms that begin words come before terms inside words") {
    Fixture f;
    const MessageId word = f.say("la mer est belle");
    const MessageId inside = f.say("une chamerie amère, sommeraine");
    const std::vector<SearchHit> hits = search(f.database, "mer");
    REQUIRE(hits.size() == 2);
    CHECK(hits[0].message == word);
    CHECK(hits[1].message == inside);
}

TEST_CASE("what was typed comes first where it stands whole, then its words apart, then parts of words") {
    Fixture f;
    const MessageId phrase =
        f.say("Un TRI  fusion, en œuvre"); // the oldest: its place is its rank, not its age
    const MessageId begins = f.say("triangle et fusionner");
    const MessageId apart = f.say("la fusion d'un tri");
    const MessageId inside = f.say("contrition, transfusion");
    const MessageId latest = f.say("une fusion, puis le tri");
    const auto order = [&](std::string_view text) {
        Ids ids;
        for (const SearchHit& hit : search(f.database, text))
            if (hit.message) ids.push_back(*hit.message);
        return ids;
    };
    CHECK(order("tri fusion") == Ids{phrase, latest, apart, begins, inside});
    CHECK(order("fusion tri") == Ids{latest, apart, begins, phrase, inside});
    CHECK(order("\"tri fusion\"") == Ids{phrase});
    CHECK(order("fusion") ==
          Ids{latest, apart, phrase, begins, inside}); // the whole word, its beginning, inside
    CHECK(highlighted(search(f.database, "tri fusion")[0]) == Texts{"TRI  fusion"});
    // A hit of an earlier rank does not come again in a later one.
    CHECK(order("tri").size() == 5);
}

TEST_CASE("titles: the very words first, then those that begin with them, then the others") {
    Fixture f;
    const auto titled = [&](std::string_view title) { return f.conversations.create(title).id; };
    const ConversationId exact = titled("Œuvre");
    const ConversationId begins = titled("Œuvres complètes");
    const ConversationId word = titled("Une œuvre");
    const ConversationId inside = titled("Manœuvre");
    const ConversationId later = titled("Chef-d'œuvre et œuvre");
    f.conversations.begin_turn(inside, "une œuvre, dite plus tard que tous les titres", "m");
    const std::vector<SearchHit> hits = search(f.database, "oeuvre");
    REQUIRE(hits.size() == 6);
    std::vector<ConversationId> order;
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK(hits[i].where == Where::title);
        order.push_back(hits[i].conversation);
    }
    CHECK(order == std::vector<ConversationId>{exact, begins, later, word, inside});
    CHECK(hits[5].where == Where::content);
    CHECK(hits[5].conversation == inside);
}

TEST_CASE("a hit says where it stands, also in a branch that is not shown, in any script") {
    Fixture f;
    const Turn first = f.conversations.begin_turn(f.id, "Ｆｉｎ d’une eﬃcace ﬁcelle", "m");
    Answer answer;
    answer.content = "日本語を勉強しています。ÉTÉ";
    f.conversations.finish(first.answer, Status::done, answer);
    f.conversations.begin_edit(first.user, "autre chose", "m");
    for (const auto& message : f.conversations.branch(f.id))
        REQUIRE(message.id != first.answer); // it is on no branch that is shown
    struct Case {
        const char* query;
        MessageId message;
        const char* marked;
    };
    for (const Case& expected :
         {Case{"efficace", first.user, "eﬃcace"}, Case{"ficelle", first.user, "ﬁcelle"},
          Case{"FIN", first.user, "Ｆｉｎ"}, Case{"d'une", first.user, "d’une"},
          Case{"勉強", first.answer, "勉強"}, Case{"語を勉", first.answer, "語を勉"},
          Case{"ete", first.answer, "ÉTÉ"}, Case{"été", first.answer, "ÉTÉ"}}) {
        CAPTURE(expected.query);
        const std::vector<SearchHit> hits = search(f.database, expected.query);
        REQUIRE_FALSE(hits.empty());
        CHECK(hits[0].message == expected.message);
        REQUIRE_FALSE(hits[0].hits.empty());
        CHECK(highlighted(hits[0])[0] == expected.marked);
    }
}

TEST_CASE("ten thousand messages: the search agrees with a plain look through all of them") {
    Fixture f;
    const std::string_view words[] = {"été",        "ete",      "œuvre",     "oeuvre",  "日本語", "勉強",
                                      "<iostream>", "iostream", "std::cout", "\"dit\"", "l’eau",  "chat",
                                      "chaton",     "château",  "a",         "42"};
    std::mt19937 random(3);
    std::vector<std::pair<MessageId, std::string>> all;
    execute(f.database.handle(), "BEGIN");
    Statement insert(f.database.handle(),
                     "INSERT INTO message(conversation, role, status, content, folded, created_ms)"
                     " VALUES(?, 'user', 'done', ?, ?, ?) RETURNING id");
    for (int i = 0; i < 10'000; ++i) {
        std::string text;
        const auto length = 1 + random() % 4;
        for (unsigned w = 0; w < length; ++w)
            text += std::string(words[random() % std::size(words)]) + (random() % 5 == 0 ? "" : " ");
        if (i % 100 == 0) text += "rare" + std::to_string(i);
        insert.reset();
        const MessageId id = insert.with(f.id, text, fold(text), i).returned().value();
        all.emplace_back(id, fold(text));
    }
    execute(f.database.handle(), "COMMIT");

    for (const std::string_view query :
         {"été", "oeuvre", "本語", "語", "日本語勉", "<iostream>", "iostream", "cout <io", "\"dit\"",
          "\"chat chaton\"", "l'eau", "a", "42 chat", "rare9900", "rare", "ton"}) {
        std::set<MessageId> expected;
        std::string folded = fold(query);
        Texts terms;
        if (folded.front() == '"' && folded.back() == '"')
            terms = {folded.substr(1, folded.size() - 2)};
        else
            for (std::size_t at = 0; at < folded.size();) {
                const std::size_t end = std::min(folded.find(' ', at), folded.size());
                terms.push_back(folded.substr(at, end - at));
                at = end + 1;
            }
        for (const auto& [id, text] : all)
            if (std::ranges::all_of(terms,
                                    [&](const std::string& t) { return text.find(t) != std::string::npos; }))
                expected.insert(id);
        std::set<MessageId> found;
        for (const SearchHit& hit : search(f.database, query, 20'000)) {
            if (!hit.message) continue; // the title
            CHECK(found.insert(*hit.message).second);
            if (hit.hits.empty()) FAIL_CHECK(query << ": no hit marked");
        }
        INFO(query);
        CHECK_FALSE(expected.empty());
        CHECK(found == expected);
    }
}

TEST_CASE("a damaged search index is built again, and no answer is lost to it") {
    Fixture f;
    const Turn turn = f.conversations.begin_turn(f.id, "aiguille", "m");
    f.say("une autre");
    sqlite3* database = f.database.handle();
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);
    execute(database, "UPDATE message_words_data SET block = x'00000001' WHERE id > 10;"
                      "UPDATE message_trigrams_data SET block = x'ff' WHERE id > 10");
    CHECK(f.find("aiguille") == Ids{turn.user});
    execute(database, "UPDATE message_words_data SET block = x'ffff' WHERE id = 10;"
                      "UPDATE message_trigrams_data SET block = x'ffff' WHERE id = 10");
    Answer answer;
    answer.content = "trouvée";
    CHECK(f.conversations.finish(turn.answer, Status::done, answer));
    CHECK(f.conversations.message(turn.answer)->content == "trouvée");
    CHECK(f.find("trouvee") == Ids{turn.answer});
    CHECK(f.find("autre").size() == 1);
}
