// SPDX-License-Identifier: MIT
#include "web/transfer.h"

#include "web/address_guard.h"
#include "web/error.h"
#include "web/proxy.h"

#include <algorithm>
#include <array>
#include <exception>
#include <memory>

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace spoutnik::web {

namespace {

using Clock = std::chrono::steady_clock;

struct ReleaseEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ReleaseMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct ReleaseList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

void start_libcurl() {
    static const bool started = [] {
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
            throw Error("the network library could not start");
        return true;
    }();
    (void)started;
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(easy, option, value);
    if (code != CURLE_OK)
        throw Error(std::string("the network library refused a setting: ") + curl_easy_strerror(code));
}

/// One request and its answer, up to the next redirect. A handle of its own, so no connection is ever reused.
class Hop {
  public:
    Hop(const Url& url, const TransferOptions& options, bool same_origin, Sink& sink)
        : url_(url), options_(options), sink_(sink), easy_(curl_easy_init()), proxy_(proxy_for(url)),
          is_trusted_(options.trusted && url.has_origin_of(*options.trusted)) {
        if (!easy_) throw std::bad_alloc();
        refuse_by_name();
        set_up(same_origin);
    }
    Hop(const Hop&) = delete;
    Hop& operator=(const Hop&) = delete;

    /// Runs it. `deadline` is absent when there is no limit.
    void run(const std::stop_token& stop, std::optional<Clock::time_point> deadline);
    /// Where it leads on, when it is a redirect.
    const std::optional<std::string>& location() const { return location_; }

  private:
    void set_up(bool same_origin);
    void refuse_by_name() const;
    void add_headers(const std::vector<std::string>& headers);
    CURLcode drive(const std::stop_token& stop, std::optional<Clock::time_point> deadline);
    void end_head();
    [[noreturn]] void fail(CURLcode code);
    bool may_connect(const IpAddress& address) const {
        return !proxy_.empty() || is_trusted_ || is_public(address);
    }

    static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
    static int on_request(void* self, char* remote_ip, char* local_ip, int remote_port, int local_port);
    static std::size_t on_header(const char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(const char* data, std::size_t size, std::size_t count, void* self);

    const Url& url_;
    const TransferOptions& options_;
    Sink& sink_;
    std::unique_ptr<CURL, ReleaseEasy> easy_;
    std::unique_ptr<curl_slist, ReleaseList> headers_;
    std::array<char, CURL_ERROR_SIZE> message_{};
    std::string proxy_;
    bool is_trusted_;
    ResponseHead head_;
    bool head_done_ = false;
    std::optional<std::string> location_;
    std::string blocked_; ///< the private address that was not connected to
    std::exception_ptr thrown_;
};

void Hop::refuse_by_name() const {
    if (options_.https_only && url_.scheme() != "https" && !is_trusted_)
        throw Error("the address " + url_.text() + " is not https");
    if (is_trusted_) return;
    // The connection is judged by the resolved address; behind a proxy only the name can be.
    const auto literal = IpAddress::parse(url_.host());
    const bool local_name = url_.host() == "localhost" || url_.host().ends_with(".localhost");
    if ((literal && !is_public(*literal)) || local_name)
        throw Error("the address " + url_.text() +
                    " leads into a private network, which is not allowed from the web");
}

void Hop::add_headers(const std::vector<std::string>& headers) {
    for (const std::string& header : headers) {
        if (header.find_first_of("\r\n") != std::string::npos)
            throw Error("a request header holds a line break");
        curl_slist* longer = curl_slist_append(headers_.get(), header.c_str());
        if (longer == nullptr) throw std::bad_alloc();
        (void)headers_.release(); // the longer list owns it
        headers_.reset(longer);
    }
}

void Hop::set_up(bool same_origin) {
    CURL* const easy = easy_.get();
    set(easy, CURLOPT_ERRORBUFFER, message_.data());
    set(easy, CURLOPT_URL, url_.text().c_str());
    set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set(easy, CURLOPT_FOLLOWLOCATION, 0L); // transfer() follows, so that each hop is judged anew
    set(easy, CURLOPT_HTTPGET, 1L);
    set(easy, CURLOPT_USERAGENT, "Spoutnik/0.1");
    set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_QUICK_EXIT, 1L); // a slow name server must not hold up a cancel
    set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(easy, CURLOPT_PROXY, proxy_.c_str());
    set(easy, CURLOPT_NOPROXY, ""); // proxy_for has decided
    set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
    if (options_.decompress) set(easy, CURLOPT_ACCEPT_ENCODING, "");
    if (options_.stall_timeout.count() > 0) {
        set(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
        set(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.stall_timeout.count()));
    }
    set(easy, CURLOPT_OPENSOCKETFUNCTION, &Hop::on_open_socket);
    set(easy, CURLOPT_OPENSOCKETDATA, this);
    set(easy, CURLOPT_PREREQFUNCTION, &Hop::on_request);
    set(easy, CURLOPT_PREREQDATA, this);
    set(easy, CURLOPT_HEADERFUNCTION, &Hop::on_header);
    set(easy, CURLOPT_HEADERDATA, this);
    set(easy, CURLOPT_WRITEFUNCTION, &Hop::on_body);
    set(easy, CURLOPT_WRITEDATA, this);
    if (same_origin) add_headers(options_.headers);
    add_headers(options_.harmless_headers);
    if (headers_) set(easy, CURLOPT_HTTPHEADER, headers_.get());
}

curl_socket_t Hop::on_open_socket(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
    auto& hop = *static_cast<Hop*>(self);
    const auto ip = IpAddress::from(&address->addr);
    if (!ip || !hop.may_connect(*ip)) {
        hop.blocked_ = ip ? ip->text() : "of an unknown kind";
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int Hop::on_request(void* self, char* remote_ip, char* /*local_ip*/, int /*remote_port*/,
                    int /*local_port*/) {
    auto& hop = *static_cast<Hop*>(self);
    const auto ip = IpAddress::parse(remote_ip);
    if (ip && hop.may_connect(*ip)) return CURL_PREREQFUNC_OK;
    hop.blocked_ = remote_ip;
    return CURL_PREREQFUNC_ABORT;
}

std::size_t Hop::on_header(const char* data, std::size_t size, std::size_t count, void* self) {
    auto& hop = *static_cast<Hop*>(self);
    try {
        std::string_view line(data, size * count);
        while (line.ends_with('\n') || line.ends_with('\r'))
            line.remove_suffix(1);
        if (hop.head_done_) return size * count; // trailers after the body
        if (line.starts_with("HTTP/")) {
            hop.head_ = {}; // an interim answer may have come before
            return size * count;
        }
        if (line.empty()) {
            hop.end_head();
            return size * count;
        }
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) return size * count;
        std::string name(line.substr(0, colon));
        std::transform(name.begin(), name.end(), name.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
        const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
        hop.head_.headers[name] =
            begin == std::string_view::npos ? std::string() : std::string(line.substr(begin));
        return size * count;
    } catch (...) {
        hop.thrown_ = std::current_exception();
        return 0;
    }
}

void Hop::end_head() {
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &head_.status);
    if (head_.status < 200) return; // interim: the answer is still to come
    head_done_ = true;
    constexpr std::array<long, 5> redirects{301, 302, 303, 307, 308};
    const auto location = head_.headers.find("location");
    if (location != head_.headers.end() &&
        std::find(redirects.begin(), redirects.end(), head_.status) != redirects.end()) {
        location_ = location->second;
        return;
    }
    head_.url = url_.text();
    sink_.head(head_);
}

std::size_t Hop::on_body(const char* data, std::size_t size, std::size_t count, void* self) {
    auto& hop = *static_cast<Hop*>(self);
    if (hop.location_) return 0; // a redirect's text is of no interest
    try {
        hop.sink_.body({data, size * count});
        return size * count;
    } catch (...) {
        hop.thrown_ = std::current_exception();
        return 0;
    }
}

CURLcode Hop::drive(const std::stop_token& stop, std::optional<Clock::time_point> deadline) {
    const std::unique_ptr<CURLM, ReleaseMulti> multi(curl_multi_init());
    if (!multi || curl_multi_add_handle(multi.get(), easy_.get()) != CURLM_OK) throw std::bad_alloc();
    struct Detach {
        CURLM* multi;
        CURL* easy;
        ~Detach() { curl_multi_remove_handle(multi, easy); }
    } const detach{multi.get(), easy_.get()};
    const std::stop_callback wake(stop, [&] { curl_multi_wakeup(multi.get()); });
    for (;;) {
        int running = 0;
        const CURLMcode code = curl_multi_perform(multi.get(), &running);
        if (code != CURLM_OK) throw Error(std::string("the network failed: ") + curl_multi_strerror(code));
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left))
            if (message->msg == CURLMSG_DONE) return message->data.result;
        if (stop.stop_requested()) throw Cancelled();
        long wait_ms = 1000;
        if (deadline) {
            const auto rest =
                std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - Clock::now()).count();
            if (rest <= 0) return CURLE_OPERATION_TIMEDOUT;
            wait_ms = std::min(wait_ms, static_cast<long>(rest) + 1);
        }
        curl_multi_poll(multi.get(), nullptr, 0, static_cast<int>(wait_ms), nullptr);
    }
}

void Hop::run(const std::stop_token& stop, std::optional<Clock::time_point> deadline) {
    const CURLcode code = drive(stop, deadline);
    if (thrown_) std::rethrow_exception(thrown_);
    if (code != CURLE_OK && !location_) fail(code);
    if (!head_done_) fail(CURLE_GOT_NOTHING);
}

void Hop::fail(CURLcode code) {
    const std::string host = url_.host();
    if (!blocked_.empty())
        throw Error("the address " + url_.text() + " leads to " + blocked_ +
                    " in a private network, which is not allowed from the web");
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        throw Interrupted("the host " + host + " was not found");
    case CURLE_COULDNT_RESOLVE_PROXY:
        throw Interrupted("the proxy " + proxy_ + " was not found");
    case CURLE_COULDNT_CONNECT:
        throw Interrupted("no connection to " + host);
    case CURLE_OPERATION_TIMEDOUT:
        throw Interrupted(host + " did not answer in time");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR:
        throw Error("the connection to " + host +
                    " is not secure: " + (message_[0] != '\0' ? message_.data() : curl_easy_strerror(code)));
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2_STREAM:
        throw Interrupted("the connection to " + host + " broke off");
    default:
        throw Error("fetching from " + host +
                    " failed: " + (message_[0] != '\0' ? message_.data() : curl_easy_strerror(code)));
    }
}

} // namespace

void transfer(const Url& url, const TransferOptions& options, Sink& sink, const std::stop_token& stop) {
    start_libcurl();
    std::optional<Clock::time_point> deadline;
    if (options.total_timeout.count() > 0) deadline = Clock::now() + options.total_timeout;
    Url here = url;
    bool same_origin = true;
    for (int redirects = 0;; ++redirects) {
        if (stop.stop_requested()) throw Cancelled();
        Hop hop(here, options, same_origin, sink);
        hop.run(stop, deadline);
        if (!hop.location()) return;
        if (redirects == options.most_redirects)
            throw Error("the address " + url.text() + " redirects too often");
        Url next = here.resolve(*hop.location());
        same_origin = same_origin && next.has_origin_of(url);
        here = std::move(next);
    }
}

} // namespace spoutnik::web
