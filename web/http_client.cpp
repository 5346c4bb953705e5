// SPDX-License-Identifier: MIT
#include "web/http_client.h"

#include "web/transfer.h"

#include <algorithm>
#include <string_view>

namespace spoutnik::web {

namespace {

std::string lower_trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t\"");
    if (begin == std::string_view::npos) return {};
    text = text.substr(begin, text.find_last_not_of(" \t\"") - begin + 1);
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

class PageSink final : public Sink {
  public:
    explicit PageSink(const FetchRequest& request) : request_(request) {}

    void head(const ResponseHead& head) override {
        page_.status = head.status;
        page_.url = head.url;
        const std::string_view type = head.header("content-type");
        page_.media_type = lower_trimmed(type.substr(0, type.find(';')));
        const std::string parameters = lower_trimmed(type);
        const std::size_t charset = parameters.find("charset=");
        if (charset != std::string::npos) {
            const std::string value = parameters.substr(charset + 8);
            page_.charset = lower_trimmed(value.substr(0, value.find(';')));
        }
        const auto& wanted = request_.media_types;
        if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), page_.media_type) == wanted.end())
            throw Error("the address " + request_.url + " holds " +
                        (page_.media_type.empty() ? "something of an unnamed kind" : page_.media_type) +
                        ", which is not read");
    }
    void body(std::string_view bytes) override {
        if (bytes.size() > request_.limits.body_bytes - page_.body.size())
            throw Error("the address " + request_.url + " holds more than " +
                        std::to_string(request_.limits.body_bytes) + " bytes");
        page_.body += bytes;
    }
    FetchedPage take() { return std::move(page_); }

  private:
    const FetchRequest& request_;
    FetchedPage page_;
};

} // namespace

FetchedPage fetch(const FetchRequest& request, const std::stop_token& stop) {
    TransferOptions options;
    options.headers = request.headers;
    if (!request.trusted_address.empty()) options.trusted = Url::parse(request.trusted_address);
    options.most_redirects = request.limits.redirects;
    options.connect_timeout = request.limits.connect;
    options.total_timeout = request.limits.total;
    PageSink sink(request);
    transfer(Url::parse(request.url), options, sink, stop);
    return sink.take();
}

} // namespace spoutnik::web
