// SPDX-License-Identifier: MIT
#include "tests/unit/web/loopback_server.h"
#include "web/model_download.h"
#include "web/sha256.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>

#include <sys/resource.h>

using namespace spoutnik::web;
using spoutnik::testing::LoopbackServer;
using spoutnik::testing::NoProxies;
using spoutnik::testing::ServerConnection;
using spoutnik::testing::ServerRequest;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

struct Folder {
    fs::path path;
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "spoutnik-download-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path = pattern;
    }
    ~Folder() { fs::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(path), fs::directory_iterator()));
    }
};

std::string content_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string digest(const std::string& text) {
    Sha256 sha;
    sha.update(text);
    return sha.hex();
}

std::string model_bytes(std::size_t size, unsigned seed = 1) {
    std::string bytes = "GGUF";
    while (bytes.size() < size)
        bytes += static_cast<char>(seed = seed * 1103515245 + 12345);
    return bytes;
}

/// A server of one file that knows ranges and can hang up on purpose.
struct FileServer {
    std::mutex mutex;
    std::string file = model_bytes(300000);
    std::string tag = "\"v1\"";
    std::size_t hang_up_after = std::string::npos; ///< bytes of each answer's body
    bool knows_ranges = true;
    LoopbackServer server{
        [this](const ServerRequest& request, ServerConnection& client) { serve(request, client); }};

    void serve(const ServerRequest& request, ServerConnection& client) {
        const std::lock_guard lock(mutex);
        std::size_t from = 0;
        const auto range = request.headers.find("range");
        const auto condition = request.headers.find("if-range");
        if (knows_ranges && range != request.headers.end() && condition != request.headers.end() &&
            condition->second == tag)
            from = std::stoull(range->second.substr(6));
        const std::string total = std::to_string(file.size());
        const std::string named = tag.empty() ? "" : "ETag: " + tag + "\r\n";
        if (from > 0 && from >= file.size()) {
            client.answer("416 Range Not Satisfiable", "Content-Range: bytes */" + total + "\r\n" + named,
                          "nothing left");
            return;
        }
        std::string head = from > 0 ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " +
                                          std::to_string(from) + "-" + std::to_string(file.size() - 1) + "/" +
                                          total + "\r\n"
                                    : "HTTP/1.1 200 OK\r\n";
        head +=
            named + "Content-Length: " + std::to_string(file.size() - from) + "\r\nConnection: close\r\n\r\n";
        client.send(head);
        client.send(file.substr(from, hang_up_after));
    }
    DownloadRequest request(const Folder& folder) const {
        DownloadRequest out;
        out.url = server.address("/models/tiny.gguf?download=true");
        out.folder = folder.path;
        out.trusted_address = server.address();
        return out;
    }
};

} // namespace

TEST_CASE("a model arrives whole, with progress, under its own name") {
    const NoProxies clean;
    const Folder folder;
    FileServer files;
    DownloadRequest request = files.request(folder);
    request.folder = folder.path / "new" / "deeper";
    request.sha256 = digest(files.file);
    for (char& letter : request.sha256)
        letter = static_cast<char>(std::toupper(letter));
    std::vector<DownloadProgress> reports;
    const fs::path path =
        download_model(request, [&](const DownloadProgress& progress) { reports.push_back(progress); });
    CHECK(path == request.folder / "tiny.gguf");
    CHECK(content_of(path) == files.file);
    REQUIRE_FALSE(reports.empty());
    CHECK(reports.back().done_bytes == files.file.size());
    CHECK(reports.back().total_bytes == files.file.size());
    CHECK(reports.back().seconds_left.value_or(0) == 0);
    CHECK(std::distance(fs::directory_iterator(request.folder), fs::directory_iterator()) == 1);
    CHECK_THROWS_WITH(download_model(request), Catch::Contains("already exists"));
    CHECK(files.server.requests().size() == 1);
}

TEST_CASE("a broken download goes on where it stopped") {
    const NoProxies clean;
    const Folder folder;
    FileServer files;
    files.hang_up_after = 100000;
    DownloadRequest request = files.request(folder);
    request.sha256 = digest(files.file);
    CHECK_THROWS_WITH(download_model(request), Catch::Contains("broke off") && Catch::Contains("kept"));
    CHECK(fs::file_size(folder.path / "tiny.gguf.part") == 100000);
    CHECK_THROWS_AS(download_model(request), Interrupted);
    CHECK(fs::file_size(folder.path / "tiny.gguf.part") == 200000);
    CHECK(content_of(download_model(request)) == files.file);
    CHECK(folder.files() == 1);
    const auto requests = files.server.requests();
    REQUIRE(requests.size() == 3);
    CHECK_FALSE(requests[0].headers.contains("range"));
    CHECK(requests[1].headers.at("range") == "bytes=100000-");
    CHECK(requests[2].headers.at("range") == "bytes=200000-");
    CHECK(requests[2].headers.at("if-range") == "\"v1\"");
    CHECK_FALSE(requests[0].headers.contains("accept-encoding"));
}

TEST_CASE("a file that has changed is fetched from its beginning") {
    const NoProxies clean;
    const Folder folder;
    FileServer files;
    files.hang_up_after = 100000;
    const DownloadRequest request = files.request(folder);
    CHECK_THROWS_AS(download_model(request), Interrupted);
    files.hang_up_after = std::string::npos;
    files.file = model_bytes(250000, 2);
    files.tag = "\"v2\"";
    CHECK(content_of(download_model(request)) == files.file);
}

TEST_CASE("a server that forgets the condition but tells the new tag is seen through") {
    const NoProxies clean;
    const Folder folder;
    const std::string old_file = model_bytes(1000, 1);
    const std::string new_file = model_bytes(1000, 2);
    int number = 0;
    LoopbackServer server([&](const ServerRequest& request, ServerConnection& client) {
        if (number++ == 0)
            client.send("HTTP/1.1 200 OK\r\nETag: \"old\"\r\nContent-Length: 1000\r\n\r\n" +
                        old_file.substr(0, 400));
        else if (request.headers.contains("range"))
            client.send("HTTP/1.1 206 Partial\r\nETag: \"new\"\r\nContent-Range: bytes 400-999/1000\r\n"
                        "Content-Length: 600\r\n\r\n" +
                        new_file.substr(400));
        else
            client.answer("200 OK", "ETag: \"new\"\r\n", new_file);
    });
    DownloadRequest request{server.address("/m.gguf"), folder.path, "", "", server.address()};
    CHECK_THROWS_AS(download_model(request), Interrupted);
    CHECK(content_of(download_model(request)) == new_file);
    CHECK(number == 3);
}

TEST_CASE("ranges that do not fit are not believed") {
    const NoProxies clean;
    const Folder folder;
    const std::string file = model_bytes(1000);
    std::string range;
    int number = 0;
    LoopbackServer server([&](const ServerRequest& request, ServerConnection& client) {
        if (number++ == 0)
            client.send("HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 1000\r\n\r\n" +
                        file.substr(0, 400));
        else if (request.headers.contains("range"))
            client.answer("206 Partial", "Content-Range: " + range + "\r\n", file.substr(400));
        else
            client.answer("200 OK", "ETag: \"e\"\r\n", file);
    });
    for (const std::string one :
         {"bytes 0-999/1000", "bytes 401-999/1000", "bytes 400-999/*", "bytes 400-999/100", "nonsense",
          "bytes -/", "bytes 400-999/99999999999999999999999"}) {
        INFO(one);
        range = one;
        number = 0;
        DownloadRequest request{server.address("/m.gguf"), folder.path, "", "", server.address()};
        CHECK_THROWS_AS(download_model(request), Interrupted);
        const fs::path path = download_model(request);
        CHECK(content_of(path) == file);
        fs::remove(path);
    }
}

TEST_CASE("when only the last step was missing nothing is fetched again") {
    const NoProxies clean;
    const Folder folder;
    FileServer files;
    std::ofstream(folder.path / "tiny.gguf.part", std::ios::binary) << files.file;
    DownloadRequest request = files.request(folder);
    std::ofstream(folder.path / "tiny.gguf.part.info") << request.url << "\n\"v1\"\n";
    request.sha256 = digest(files.file);
    CHECK(content_of(download_model(request)) == files.file);
}

TEST_CASE("bytes of another address or of no known version are not continued") {
    const NoProxies clean;
    const Folder folder;
    FileServer files;
    const DownloadRequest request = files.request(folder);
    for (const std::string info : {"", "\n", "http://other/tiny.gguf\n\"v1\"\n", "torn"}) {
        std::ofstream(folder.path / "tiny.gguf.part", std::ios::binary) << model_bytes(5000, 9);
        std::ofstream(folder.path / "tiny.gguf.part.info") << info;
        const fs::path path = download_model(request);
        CHECK(content_of(path) == files.file);
        fs::remove(path);
    }
    // Without a tag there is nothing to continue by.
    files.tag.clear();
    files.hang_up_after = 1000;
    CHECK_THROWS_AS(download_model(request), Interrupted);
    files.hang_up_after = std::string::npos;
    CHECK(content_of(download_model(request)) == files.file);
    for (const auto& one : files.server.requests())
        CHECK_FALSE(one.headers.contains("range"));
}

TEST_CASE("what is not the wanted model is removed") {
    const NoProxies clean;
    const Folder folder;
    FileServer files;
    files.file = "<html>Please sign in</html>";
    CHECK_THROWS_WITH(download_model(files.request(folder)), Catch::Contains("not a GGUF file"));
    CHECK(folder.files() == 0);
    files.file = "GG";
    CHECK_THROWS_WITH(download_model(files.request(folder)), Catch::Contains("not a GGUF file"));
    CHECK(folder.files() == 0);
    files.file = "";
    CHECK_THROWS_AS(download_model(files.request(folder)), Error);
    CHECK(folder.files() == 0);
    files.file = model_bytes(1000);
    DownloadRequest request = files.request(folder);
    request.sha256 = digest("something else");
    CHECK_THROWS_WITH(download_model(request), Catch::Contains("SHA-256 differs"));
    CHECK(folder.files() == 0);
}

TEST_CASE("answers without a model") {
    const NoProxies clean;
    const Folder folder;
    std::string status;
    std::string headers;
    LoopbackServer server([&](const ServerRequest&, ServerConnection& client) {
        if (status == "endless") {
            client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            while (client.send("4\r\nGGUF\r\n")) {
            }
        } else if (status == "huge") {
            client.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000000\r\n\r\nGGUF");
            client.hold();
        } else {
            client.answer(status, headers, "GGUF....");
        }
    });
    const DownloadRequest request{server.address("/m.gguf"), folder.path, "", "", server.address()};
    const auto fails_with = [&](const std::string& answer, const std::string& words) {
        status = answer;
        INFO(answer);
        CHECK_THROWS_WITH(download_model(request), Catch::Contains(words));
        CHECK(folder.files() == 0);
    };
    fails_with("404 Not Found", "no file at");
    fails_with("403 Forbidden", "signing in");
    fails_with("503 Busy", "503");
    fails_with("416 Range", "416");
    fails_with("206 Partial", "part of the file");
    fails_with("endless", "how large");
    fails_with("huge", "free");
    headers = "Content-Encoding: gzip\r\n";
    fails_with("200 OK", "compressed");
}

TEST_CASE("addresses and names that are refused before anything is sent") {
    const NoProxies clean;
    const Folder folder;
    FileServer files;
    DownloadRequest request = files.request(folder);
    for (const std::string name :
         {"model.bin", ".hidden.gguf", "../up.gguf", "a/b.gguf", "a\\b.gguf", "new\nline.gguf"}) {
        request.file_name = name;
        INFO(name);
        CHECK_THROWS_AS(download_model(request), Error);
    }
    request.file_name = std::string(250, 'x') + ".gguf";
    CHECK_THROWS_WITH(download_model(request), Catch::Contains("too long"));
    request.file_name.clear();
    for (const std::string path : {"/", "/x/..%2f..%2fetc.gguf", "/%2egguf"}) {
        request.url = files.server.address(path);
        CHECK_THROWS_AS(download_model(request), Error);
    }
    request = files.request(folder);
    request.sha256 = "abc";
    CHECK_THROWS_WITH(download_model(request), Catch::Contains("64"));
    request = files.request(folder);
    request.trusted_address.clear();
    CHECK_THROWS_WITH(download_model(request), Catch::Contains("not https"));
    request.url = "https://127.0.0.1:" + std::to_string(files.server.port()) + "/m.gguf";
    CHECK_THROWS_WITH(download_model(request), Catch::Contains("private network"));
    request = files.request(folder);
    request.folder = "/proc/nowhere";
    CHECK_THROWS_WITH(download_model(request), Catch::Contains("folder"));
    CHECK(files.server.connections() == 0);
    CHECK(folder.files() == 0);
}

TEST_CASE("a file that appears meanwhile is not replaced") {
    const NoProxies clean;
    const Folder folder;
    FileServer files;
    CHECK_THROWS_WITH(
        download_model(files.request(folder),
                       [&](const DownloadProgress&) { std::ofstream(folder.path / "tiny.gguf") << "mine"; }),
        Catch::Contains("already exists"));
    CHECK(content_of(folder.path / "tiny.gguf") == "mine");
}

TEST_CASE("cancelling keeps what has come, and a second download of the same file waits for none") {
    const NoProxies clean;
    const Folder folder;
    const std::string file = model_bytes(200000);
    LoopbackServer server([&](const ServerRequest& request, ServerConnection& client) {
        const auto range = request.headers.find("range");
        if (range != request.headers.end()) {
            const std::size_t from = std::stoull(range->second.substr(6));
            client.answer("206 Partial",
                          "Content-Range: bytes " + std::to_string(from) +
                              "-199999/200000\r\nETag: \"e\"\r\n",
                          file.substr(from));
            return;
        }
        client.send("HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 200000\r\n\r\n" +
                    file.substr(0, 50000));
        client.hold();
    });
    const DownloadRequest request{server.address("/m.gguf"), folder.path, "", "", server.address()};
    std::stop_source stop;
    std::string second;
    std::jthread canceller([&] {
        while (!fs::exists(folder.path / "m.gguf.part") || fs::file_size(folder.path / "m.gguf.part") < 50000)
            std::this_thread::sleep_for(5ms);
        try {
            download_model(request);
        } catch (const Error& error) {
            second = error.what();
        }
        stop.request_stop();
    });
    CHECK_THROWS_AS(download_model(request, {}, stop.get_token()), Cancelled);
    canceller.join();
    CHECK_THAT(second, Catch::Contains("already being downloaded"));
    CHECK(fs::file_size(folder.path / "m.gguf.part") == 50000);
    CHECK(content_of(download_model(request)) == file);
}

TEST_CASE("a write that fails is told, and what was written is kept") {
    const NoProxies clean;
    const Folder folder;
    FileServer files;
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    auto* const old_handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit small = before;
    small.rlim_cur = 65536;
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    std::string message;
    try {
        download_model(files.request(folder));
    } catch (const Error& error) {
        message = error.what();
    }
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, old_handler);
    CHECK_THAT(message, Catch::Contains("cannot be written"));
    CHECK(fs::file_size(folder.path / "tiny.gguf.part") == 65536);
    CHECK(content_of(download_model(files.request(folder))) == files.file);
}
