// SPDX-License-Identifier: MIT
// KV caches on disk: what comes back is right or nothing, and no more lies there than was allowed.
#include "engine/session/cache_file.h"
#include "engine/session/checksum.h"
#include "engine/session/saved_caches.h"
#include "tests/unit/session/fakes.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <set>

#include <sys/stat.h>

namespace fs = std::filesystem;
using namespace spoutnik::engine;
using spoutnik::testing::Recorder;
using spoutnik::testing::ScriptedModel;
using spoutnik::testing::TokenCache;

namespace {

constexpr std::uint64_t plenty = std::uint64_t{1} << 30U;
constexpr std::uint64_t fingerprint = 12345;

struct Folder {
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "spoutnik-kv-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
        root = pattern;
        path = root / "cache";
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(root, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::set<std::string> names() const {
        std::set<std::string> all;
        for (const auto& entry : fs::directory_iterator(path))
            all.insert(entry.path().filename().string());
        return all;
    }
    fs::path root, path;
};

std::vector<Token> some_tokens(std::size_t count, Token seed = 1) {
    std::vector<Token> tokens(count);
    for (std::size_t i = 0; i < count; ++i)
        tokens[i] = static_cast<Token>((i * 7919 + static_cast<std::size_t>(seed) * 104729) % 50021);
    return tokens;
}

TokenCache filled(const std::vector<Token>& tokens, std::int64_t capacity = 5000) {
    TokenCache cache(capacity);
    cache.tokens = tokens;
    return cache;
}

std::vector<Token> beginning(const std::vector<Token>& tokens, std::int64_t count) {
    return {tokens.begin(), tokens.begin() + count};
}

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

} // namespace

TEST_CASE("a saved cache comes back as far as the prompt agrees with it") {
    const Folder folder;
    SavedCaches saved(folder.path, plenty, fingerprint);
    const std::vector<Token> tokens = some_tokens(1000);
    REQUIRE(saved.save("7", filled(tokens), tokens));
    for (const std::int64_t same : {64, 255, 256, 257, 700, 1000}) {
        std::vector<Token> prompt = beginning(tokens, same);
        prompt.push_back(99999);
        prompt.insert(prompt.end(), tokens.begin(), tokens.end());
        for (const std::int64_t known : {0, 1, 255, 300}) {
            CAPTURE(same, known);
            TokenCache cache = filled(beginning(tokens, std::min(known, same)));
            const std::int64_t before = cache.length();
            const std::int64_t restored = saved.restore("7", prompt, cache);
            // A few tokens are not worth the file.
            CHECK(restored == (same - before < 64 ? 0 : same - before));
            CHECK(cache.tokens == beginning(tokens, before + restored));
        }
    }
    TokenCache small(300); // a context shorter than what was saved
    CHECK(saved.restore("7", tokens, small) == 300);
    CHECK(small.tokens == beginning(tokens, 300));
}

TEST_CASE("another model, another shape, another conversation: a miss") {
    const Folder folder;
    SavedCaches saved(folder.path, plenty, fingerprint);
    const std::vector<Token> tokens = some_tokens(500);
    REQUIRE(saved.save("a", filled(tokens), tokens));
    TokenCache cache(5000);
    CHECK(SavedCaches(folder.path, plenty, fingerprint + 1).restore("a", tokens, cache) == 0);
    CHECK(saved.restore("b", tokens, cache) == 0);
    CHECK(saved.restore("", tokens, cache) == 0);
    CHECK(saved.restore("../cache/a", tokens, cache) == 0);
    CHECK(SavedCaches(folder.root / "none", plenty, fingerprint).restore("a", tokens, cache) == 0);
    const fs::path file = folder.path / "a.kvcache";
    for (const CacheLayout& other : {CacheLayout{2, 4, spoutnik::kernels::Format::f32},
                                     CacheLayout{1, 8, spoutnik::kernels::Format::f32},
                                     CacheLayout{1, 4, spoutnik::kernels::Format::f16}, CacheLayout{}})
        CHECK_FALSE(SavedCache::open(open_source(file), fingerprint, other));
    CHECK(SavedCache::open(open_source(file), fingerprint, cache.layout()));
    CHECK(saved.restore("a", some_tokens(500, 2), cache) == 0);
    CHECK(cache.tokens.empty());
    CHECK(saved.restore("a", tokens, cache) == 500);
}

TEST_CASE("a saved cache is this user's alone, and its tokens cannot be read in it") {
    const Folder folder;
    SavedCaches saved(folder.path, plenty, fingerprint);
    const std::vector<Token> tokens = some_tokens(100);
    TokenCache zeros = filled(std::vector<Token>(100, 0));
    REQUIRE(saved.save("private", zeros, tokens));
    CHECK(folder.names() == std::set<std::string>{"private.kvcache"});
    struct stat status {};
    REQUIRE(::stat((folder.path / "private.kvcache").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
    REQUIRE(::stat(folder.path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0700U);
    const std::string content = content_of(folder.path / "private.kvcache");
    CHECK(content.find(std::string(reinterpret_cast<const char*>(&tokens[1]), 8)) == std::string::npos);
}

TEST_CASE("what is damaged is a miss or shorter, never wrong") {
    const Folder folder;
    SavedCaches saved(folder.path, plenty, fingerprint);
    const std::vector<Token> tokens = some_tokens(600);
    REQUIRE(saved.save("7", filled(tokens), tokens));
    const fs::path file = folder.path / "7.kvcache";
    const std::string whole = content_of(file);
    const auto restored_of = [&](const std::string& content) {
        write(file, content);
        TokenCache cache(5000);
        const std::int64_t restored = saved.restore("7", tokens, cache);
        CHECK(restored == cache.length());
        CHECK(cache.tokens == beginning(tokens, restored));
        return restored;
    };
    REQUIRE(restored_of(whole) == 600);
    std::set<std::int64_t> lengths;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
        lengths.insert(restored_of(damaged));
    }
    CHECK(lengths == std::set<std::int64_t>{0, 256, 512}); // whole blocks before the damage
    for (std::size_t length = 0; length < whole.size(); length += 13)
        CHECK(restored_of(whole.substr(0, length)) == 0);
    CHECK(restored_of(whole + "x") == 0);
    // A head that lies about its size, with a right checksum.
    for (const std::uint64_t lie : {std::uint64_t{0}, std::uint64_t{601}, ~std::uint64_t{0},
                                    std::uint64_t{1} << 61U, std::uint64_t{1} << 32U}) {
        std::string lying = whole;
        std::memcpy(lying.data() + 40, &lie, sizeof lie);
        const std::size_t summed = 48 + (600 + 3) * 8;
        const std::uint64_t sum = checksum(std::as_bytes(std::span(lying).first(summed)));
        std::memcpy(lying.data() + summed, &sum, sizeof sum);
        CHECK(restored_of(lying) == 0);
    }
}

TEST_CASE("links and other things that are no files are passed over") {
    const Folder folder;
    SavedCaches saved(folder.path, plenty, fingerprint);
    const std::vector<Token> tokens = some_tokens(200);
    REQUIRE(saved.save("real", filled(tokens), tokens));
    fs::create_symlink(folder.path / "real.kvcache", folder.path / "link.kvcache");
    REQUIRE(::mkfifo((folder.path / "pipe.kvcache").c_str(), 0600) == 0);
    fs::create_directory(folder.path / "folder.kvcache");
    TokenCache cache(1000);
    for (const std::string name : {"link", "pipe", "folder"})
        CHECK(saved.restore(name, tokens, cache) == 0);
    CHECK(saved.restore("real", tokens, cache) == 200);
    // Saving replaces a link instead of writing through it.
    const std::vector<Token> other = some_tokens(200, 3);
    CHECK(saved.save("link", filled(other), other));
    CHECK(fs::is_regular_file(fs::symlink_status(folder.path / "link.kvcache")));
    TokenCache again(1000);
    CHECK(saved.restore("real", tokens, again) == 200);
}

TEST_CASE("the folder stays below its size, and what was used lately stays") {
    const Folder folder;
    const std::vector<Token> tokens = some_tokens(400);
    const std::uint64_t each = saved_cache_bytes(400, TokenCache(1).layout());
    SavedCaches saved(folder.path, 3 * each + each / 2, fingerprint);
    const auto age = [&](const std::string& name, int hours) {
        fs::last_write_time(folder.path / (name + ".kvcache"),
                            fs::file_time_type::clock::now() - std::chrono::hours(hours));
    };
    for (const std::string name : {"a", "b", "c"})
        REQUIRE(saved.save(name, filled(tokens), tokens));
    CHECK(fs::file_size(folder.path / "a.kvcache") == each);
    age("a", 3), age("b", 2), age("c", 1);
    TokenCache cache(1000);
    REQUIRE(saved.restore("a", tokens, cache) == 400); // used: now b is the oldest
    write(folder.path / "notes.txt", std::string(100000, 'x'));
    REQUIRE(saved.save("d", filled(tokens), tokens));
    CHECK(folder.names() == std::set<std::string>{"a.kvcache", "c.kvcache", "d.kvcache", "notes.txt"});
    // What is larger than the limit is not written at all, and drives nothing out.
    SavedCaches tight(folder.path, each - 1, fingerprint);
    CHECK_FALSE(tight.save("e", filled(tokens), tokens));
    CHECK(folder.names().size() == 4);
    CHECK_FALSE(saved.save("short", filled(some_tokens(63)), some_tokens(63)));
    CHECK_FALSE(saved.save("a/b", filled(tokens), tokens));
    CHECK_FALSE(saved.save("..", filled(tokens), tokens));
    // A folder that cannot be.
    CHECK_FALSE(
        SavedCaches(folder.path / "notes.txt" / "cache", plenty, 1).save("a", filled(tokens), tokens));
}

TEST_CASE("caches go with their conversations") {
    const Folder folder;
    SavedCaches saved(folder.path, plenty, fingerprint);
    const std::vector<Token> tokens = some_tokens(100);
    for (const std::string name : {"1", "2", "3"})
        REQUIRE(saved.save(name, filled(tokens), tokens));
    remove_saved_cache(folder.path, "2");
    remove_saved_cache(folder.path, "never");
    remove_saved_cache(folder.path, "../1");
    remove_saved_cache({}, "1");
    CHECK(folder.names() == std::set<std::string>{"1.kvcache", "3.kvcache"});
    write(folder.path / "9.kvcache.Ab12.part", "begun long ago");
    fs::last_write_time(folder.path / "9.kvcache.Ab12.part",
                        fs::file_time_type::clock::now() - std::chrono::hours(5));
    write(folder.path / "8.kvcache.Cd34.part", "being written");
    write(folder.path / "letter.part", "not ours");
    sweep_saved_caches(folder.path, [](const std::string& name) { return name == "3"; });
    CHECK(folder.names() == std::set<std::string>{"3.kvcache", "8.kvcache.Cd34.part", "letter.part"});
    sweep_saved_caches(folder.root / "none", [](const std::string&) { return false; });
}

TEST_CASE("a checksum tells every single change apart") {
    std::vector<std::byte> text(133);
    for (std::size_t i = 0; i < text.size(); ++i)
        text[i] = static_cast<std::byte>(i * 37);
    std::set<std::uint64_t> seen{checksum(text), checksum(text, 1)};
    for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
        auto changed = text;
        changed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        seen.insert(checksum(changed));
    }
    for (std::size_t length = 0; length < text.size(); ++length)
        seen.insert(checksum(std::span(text).first(length)));
    std::swap_ranges(text.begin(), text.begin() + 8, text.begin() + 32); // words of one lane
    seen.insert(checksum(text));
    CHECK(seen.size() == 2 + text.size() * 8 + text.size() + 1);
}

namespace {

/// Sessions with one folder and one scripted model after another.
struct Visit {
    explicit Visit(const fs::path& folder, std::uint64_t print = fingerprint) {
        auto tokenizer = spoutnik::testing::plain_tokenizer();
        auto owned = std::make_unique<ScriptedModel>(tokenizer->size(), 4000,
                                                     spoutnik::testing::says(*tokenizer, "Yes, gladly."));
        model = owned.get();
        SessionParts parts;
        parts.prompts = spoutnik::testing::prompt_builder(*tokenizer);
        parts.model = std::move(owned);
        parts.tokenizer = std::move(tokenizer);
        parts.fingerprint = print;
        SessionOptions options;
        options.cache_folder = folder;
        session = make_session(std::move(parts), options, recorder.sink());
    }
    Finished ask(const std::string& conversation, const std::string& question) {
        ChatRequest request = spoutnik::testing::ask({{"user", question}});
        request.conversation = conversation;
        const auto said = spoutnik::testing::outcome_of(recorder.wait(session->submit(request)));
        CHECK(said.failure.empty());
        CHECK(said.answer == "Yes, gladly.");
        return said.finished;
    }
    Recorder recorder;
    ScriptedModel* model = nullptr;
    std::unique_ptr<Session> session;
};

const std::string long_one(300, 'l');
const std::string another(300, 'a');

} // namespace

TEST_CASE("a conversation finds its cache again after another one, and after a restart") {
    const Folder folder;
    {
        Visit visit(folder.path);
        CHECK(visit.ask("1", long_one).reused_tokens == 0);
        CHECK_FALSE(fs::exists(folder.path)); // nothing is written while one conversation goes on
        CHECK(visit.ask("1", long_one + "?").restored_tokens == 0);
        CHECK(visit.ask("2", another).reused_tokens <= 2);
        CHECK(folder.names() == std::set<std::string>{"1.kvcache"});
        const Finished back = visit.ask("1", long_one + "!");
        CHECK(back.restored_tokens >= 299);
        CHECK(back.reused_tokens == 302); // <bos> <user> 300 letters
        CHECK(visit.model->sequence.size() == static_cast<std::size_t>(back.context_used));
    }
    CHECK(folder.names() == std::set<std::string>{"1.kvcache", "2.kvcache"});
    {
        Visit visit(folder.path);
        CHECK(visit.ask("2", another).restored_tokens == 302); // the prompt's last token is read again
    }
    {
        Visit visit(folder.path, fingerprint + 1); // another model
        CHECK(visit.ask("2", another).restored_tokens == 0);
    }
    {
        Visit visit(folder.path); // which has taken the file's place
        CHECK(visit.ask("2", another).restored_tokens == 0);
        CHECK(visit.ask("1", long_one).restored_tokens >= 299);
    }
}

TEST_CASE("a forgotten conversation leaves nothing on disk") {
    const Folder folder;
    {
        Visit visit(folder.path);
        visit.ask("1", long_one);
        visit.ask("2", another); // 1 is on disk, 2 in memory
        visit.session->forget("1");
        visit.session->forget("2");
        visit.ask("3", long_one);
    }
    CHECK(folder.names() == std::set<std::string>{"3.kvcache"});
    {
        Visit visit(folder.path);
        visit.ask("4", another);
        visit.session->forget("4"); // and the session ends at once
        visit.session->forget("3");
    }
    CHECK(folder.names().empty());
}

TEST_CASE("a conversation without a name, or a session without a folder, writes nothing") {
    const Folder folder;
    {
        Visit visit(folder.path);
        visit.ask("", long_one);
        visit.ask("../x", another);
    }
    CHECK_FALSE(fs::exists(folder.path));
    Visit visit({});
    visit.ask("1", long_one);
    visit.ask("2", another);
    CHECK(visit.ask("1", long_one).restored_tokens == 0);
    visit.session->forget("1");
}
