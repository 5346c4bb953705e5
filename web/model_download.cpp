// SPDX-License-Identifier: MIT
#include "web/model_download.h"

#include "web/part_file.h"
#include "web/sha256.h"
#include "web/transfer.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <deque>
#include <string_view>
#include <utility>

namespace spoutnik::web {

namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view gguf_magic = "GGUF";
constexpr std::uint64_t disk_reserve_bytes = std::uint64_t{64} << 20; ///< left free for everything else
constexpr std::size_t longest_name = 240;                             ///< so that ".part.info" still fits

std::string in_units(std::uint64_t bytes) {
    const char* unit = "kB";
    double value = static_cast<double>(bytes) / 1e3;
    if (bytes >= 1'000'000'000) {
        unit = "GB";
        value = static_cast<double>(bytes) / 1e9;
    } else if (bytes >= 1'000'000) {
        unit = "MB";
        value = static_cast<double>(bytes) / 1e6;
    }
    char text[40];
    std::snprintf(text, sizeof text, "%.1f %s", value, unit);
    return text;
}

bool is_hex(char digit) {
    return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f');
}

std::string in_lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

/// A name that is one file in the folder, and a model's.
void check_name(const std::string& name) {
    const bool has_control = std::any_of(
        name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    if (name.empty() || name.front() == '.' || has_control || name.find_first_of("/\\") != std::string::npos)
        throw Error("the address gives no usable file name");
    if (name.size() > longest_name) throw Error("the file name is too long");
    if (!in_lower_case(name).ends_with(".gguf")) throw Error("the file " + name + " is not named .gguf");
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// "bytes FIRST-LAST/TOTAL" or "bytes */TOTAL" (RFC 9110, section 14.4).
struct ContentRange {
    std::optional<std::uint64_t> first;
    std::optional<std::uint64_t> total;

    explicit ContentRange(std::string_view header) {
        if (!header.starts_with("bytes ")) return;
        header.remove_prefix(6);
        const std::size_t slash = header.find('/');
        if (slash == std::string_view::npos) return;
        total = parse_number(header.substr(slash + 1));
        first = parse_number(header.substr(0, std::min(header.find('-'), slash)));
    }
};

/// The header that says whether a file is still the same: an ETag unless it is a weak one, else the date.
std::string validator_of(const ResponseHead& head) {
    const std::string_view tag = head.header("etag");
    if (tag.starts_with('"')) return std::string(tag);
    return std::string(head.header("last-modified"));
}

/// Thrown when what is in the part file cannot be continued.
struct StartOver {};

/// Bytes per second over the last seconds, reported now and then.
class Meter {
  public:
    explicit Meter(const DownloadReport& report) : report_(report) {}

    void update(std::uint64_t done, std::uint64_t total, bool last) {
        const auto now = Clock::now();
        if (!samples_.empty() && !last && now - samples_.back().first < std::chrono::milliseconds(250))
            return;
        samples_.emplace_back(now, done);
        while (samples_.size() > 2 && now - samples_.front().first > std::chrono::seconds(5))
            samples_.pop_front();
        if (!report_) return;
        DownloadProgress progress;
        progress.done_bytes = done;
        progress.total_bytes = total;
        const double seconds = std::chrono::duration<double>(now - samples_.front().first).count();
        if (seconds > 0)
            progress.bytes_per_second = static_cast<double>(done - samples_.front().second) / seconds;
        if (progress.bytes_per_second > 0)
            progress.seconds_left = static_cast<double>(total - done) / progress.bytes_per_second;
        report_(progress);
    }

  private:
    const DownloadReport& report_;
    std::deque<std::pair<Clock::time_point, std::uint64_t>> samples_;
};

class ModelSink final : public Sink {
  public:
    ModelSink(const DownloadRequest& request, PartFile& part, Sha256* digest, const DownloadReport& report)
        : request_(request), part_(part), digest_(digest), meter_(report) {}

    void head(const ResponseHead& head) override {
        const std::string host = Url::parse(head.url).host();
        const std::string_view encoding = head.header("content-encoding");
        if (!encoding.empty() && encoding != "identity")
            throw Error(host + " sends the file compressed, unasked");
        const ContentRange range(head.header("content-range"));
        if (head.status == 206) {
            const bool same_file = head.header("etag").empty() ||
                                   !part_.origin().validator.starts_with('"') ||
                                   head.header("etag") == part_.origin().validator;
            if (range.first != part_.size() || !range.total || *range.total < part_.size() || !same_file)
                throw StartOver{};
            total_ = *range.total;
        } else if (head.status == 416 && part_.size() > 0) {
            // Nothing is left to send: all had come, only the end of the last attempt was missing.
            if (range.total != part_.size()) throw StartOver{};
            total_ = part_.size();
            ignores_body_ = true;
        } else if (head.status == 200) {
            const auto length = parse_number(head.header("content-length"));
            if (!length) throw Error(host + " does not say how large the file is");
            part_.restart(
                {request_.url, validator_of(head)}); // another file by now, or a server without ranges
            if (digest_ != nullptr) *digest_ = Sha256();
            total_ = *length;
        } else if (head.status == 404 || head.status == 410) {
            throw Error("there is no file at " + request_.url);
        } else if (head.status == 401 || head.status == 403) {
            throw Error(host + " does not give the file without signing in");
        } else {
            throw Interrupted(host + " answers with status " + std::to_string(head.status));
        }
        check_space();
    }
    void body(std::string_view bytes) override {
        if (ignores_body_) return;
        if (bytes.size() > total_ - part_.size()) throw Error("more has come than the server said there is");
        part_.append(bytes);
        if (digest_ != nullptr) digest_->update(bytes);
        if (!magic_checked_ && part_.size() >= gguf_magic.size()) {
            check_magic();
            magic_checked_ = true;
        }
        meter_.update(part_.size(), total_, part_.size() == total_);
    }
    std::uint64_t total() const { return total_; }
    /// Refuses, and removes, what is not a model file.
    void check_magic() const {
        if (part_.read(0, gguf_magic.size()) == gguf_magic) return;
        part_.discard();
        throw Error("what " + request_.url + " holds is not a GGUF file");
    }

  private:
    void check_space() const {
        const std::uint64_t needed = total_ - std::min(total_, part_.size());
        const std::uint64_t free = part_.free_bytes();
        if (free < disk_reserve_bytes || needed > free - disk_reserve_bytes)
            throw Error("the disk has " + in_units(free) + " free, and " + in_units(needed) +
                        " are still to come");
    }

    const DownloadRequest& request_;
    PartFile& part_;
    Sha256* digest_;
    Meter meter_;
    std::uint64_t total_ = 0;
    bool magic_checked_ = false;
    bool ignores_body_ = false;
};

void digest_existing(const PartFile& part, Sha256& digest, const std::stop_token& stop) {
    constexpr std::size_t step = std::size_t{1} << 20;
    for (std::uint64_t at = 0; at < part.size();) {
        if (stop.stop_requested()) throw Cancelled();
        const std::string bytes = part.read(at, step);
        if (bytes.empty()) throw Error("the unfinished file became shorter while it was read");
        digest.update(bytes);
        at += bytes.size();
    }
}

/// One attempt. Throws StartOver when it has to be made again without what has come before.
void fetch_into(PartFile& part, const DownloadRequest& request, const Url& url, const DownloadReport& report,
                const std::stop_token& stop) {
    const PartOrigin& origin = part.origin();
    if (origin.url != request.url || origin.validator.empty()) part.restart({});
    TransferOptions options;
    options.https_only = true;
    options.decompress = false;
    options.connect_timeout = std::chrono::seconds(15);
    options.stall_timeout = std::chrono::seconds(60);
    if (!request.trusted_address.empty()) options.trusted = Url::parse(request.trusted_address);
    if (part.size() > 0)
        options.harmless_headers = {"Range: bytes=" + std::to_string(part.size()) + "-",
                                    "If-Range: " + origin.validator};
    Sha256 digest;
    const bool checks_digest = !request.sha256.empty();
    if (checks_digest) digest_existing(part, digest, stop);
    ModelSink sink(request, part, checks_digest ? &digest : nullptr, report);
    try {
        transfer(url, options, sink, stop);
    } catch (const Interrupted& error) {
        if (part.size() == 0) throw;
        throw Interrupted(std::string(error.what()) + "; " + in_units(part.size()) +
                          " are kept for the next attempt");
    }
    if (part.size() != sink.total()) throw Interrupted("the download ended early; what has come is kept");
    sink.check_magic();
    if (checks_digest && digest.hex() != in_lower_case(request.sha256)) {
        part.discard();
        throw Error("the file at " + request.url + " is not the expected one: its SHA-256 differs");
    }
}

void fetch_with_retry(PartFile& part, const DownloadRequest& request, const Url& url,
                      const DownloadReport& report, const std::stop_token& stop) {
    try {
        fetch_into(part, request, url, report, stop);
        return;
    } catch (const StartOver&) {
        part.restart({});
    }
    try {
        fetch_into(part, request, url, report, stop);
    } catch (const StartOver&) {
        throw Error(url.host() + " does not send the part of the file that was asked for");
    }
}

} // namespace

fs::path download_model(const DownloadRequest& request, const DownloadReport& report,
                        const std::stop_token& stop) {
    const Url url = Url::parse(request.url);
    const std::string name = request.file_name.empty() ? url.last_segment() : request.file_name;
    check_name(name);
    const std::string expected = in_lower_case(request.sha256);
    if (!expected.empty() &&
        (expected.size() != 64 || !std::all_of(expected.begin(), expected.end(), is_hex)))
        throw Error("the given SHA-256 is not 64 hexadecimal digits");
    std::error_code failure;
    fs::create_directories(request.folder, failure);
    if (!fs::is_directory(request.folder))
        throw Error("the folder " + request.folder.string() + " cannot be made: " + failure.message());
    fs::path target = request.folder / name;
    if (fs::exists(fs::symlink_status(target)))
        throw Error("the file " + target.string() + " already exists");

    PartFile part(target);
    try {
        fetch_with_retry(part, request, url, report, stop);
    } catch (...) {
        if (part.size() == 0) part.discard();
        throw;
    }
    part.finish();
    return target;
}

} // namespace spoutnik::web
