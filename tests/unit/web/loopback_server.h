// SPDX-License-Identifier: MIT
// A web server on the loopback that answers as a test tells it to, well-formed or not.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace spoutnik::testing {

struct ServerRequest {
    std::string target;                         ///< "/path", or a whole address when the server is a proxy
    std::map<std::string, std::string> headers; ///< names in lower case
};

/// The client's end of a request.
class ServerConnection {
  public:
    ServerConnection(int descriptor, const std::atomic<bool>& ending)
        : descriptor_(descriptor), ending_(ending) {}

    /// False once the client has gone or the test ends.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            if (ending_) return false;
            const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// A whole answer; `headers` each with its line end.
    void answer(std::string_view status, std::string_view headers, std::string_view body) {
        send("HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) +
             "\r\nConnection: close\r\n" + std::string(headers) + "\r\n" + std::string(body));
    }
    /// Waits until the client hangs up or the test ends.
    void hold() {
        pollfd waiting{descriptor_, POLLRDHUP, 0};
        while (!ending_ && poll(&waiting, 1, 20) == 0) {
        }
    }

  private:
    int descriptor_;
    const std::atomic<bool>& ending_;
};

class LoopbackServer {
  public:
    using Handler = std::function<void(const ServerRequest&, ServerConnection&)>;

    explicit LoopbackServer(Handler handler) : handler_(std::move(handler)) {
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        if (bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
            listen(listener_, 16) != 0 ||
            getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
            throw std::runtime_error("no loopback server");
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept_all(); });
    }
    ~LoopbackServer() {
        ending_ = true;
        acceptor_.join();
        close(listener_);
        for (auto& worker : workers_)
            worker.join();
    }
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;

    std::string address(const std::string& path = "/") const {
        return "http://127.0.0.1:" + std::to_string(port_) + path;
    }
    int port() const { return port_; }
    std::vector<ServerRequest> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    int connections() const { return connections_; }

  private:
    void accept_all() {
        while (!ending_) {
            pollfd waiting{listener_, POLLIN, 0};
            if (poll(&waiting, 1, 20) != 1) continue;
            const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (client < 0) continue;
            ++connections_;
            workers_.emplace_back([this, client] { serve(client); });
        }
    }
    void serve(int client) {
        // A send to a client that does not read must not outlive the test.
        const timeval patience{0, 200000};
        setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        std::string text;
        char buffer[4096];
        while (text.find("\r\n\r\n") == std::string::npos) {
            pollfd waiting{client, POLLIN, 0};
            if (ending_) break;
            if (poll(&waiting, 1, 20) != 1) continue;
            const ssize_t got = recv(client, buffer, sizeof buffer, 0);
            if (got <= 0) break;
            text.append(buffer, static_cast<std::size_t>(got));
        }
        if (text.find("\r\n\r\n") != std::string::npos) {
            const ServerRequest request = parse(text);
            {
                const std::lock_guard lock(mutex_);
                requests_.push_back(request);
            }
            ServerConnection connection(client, ending_);
            handler_(request, connection);
        }
        shutdown(client, SHUT_RDWR);
        close(client);
    }
    static ServerRequest parse(const std::string& text) {
        ServerRequest request;
        const std::size_t space = text.find(' ');
        request.target = text.substr(space + 1, text.find(' ', space + 1) - space - 1);
        std::size_t line = text.find("\r\n") + 2;
        while (line < text.size() && text.compare(line, 2, "\r\n") != 0) {
            const std::size_t end = text.find("\r\n", line);
            const std::size_t colon = text.find(':', line);
            std::string name = text.substr(line, colon - line);
            for (char& letter : name)
                if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
            request.headers[name] = text.substr(colon + 2, end - colon - 2);
            line = end + 2;
        }
        return request;
    }

    Handler handler_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> ending_{false};
    std::atomic<int> connections_{0};
    mutable std::mutex mutex_;
    std::vector<ServerRequest> requests_;
    std::list<std::thread> workers_;
    std::thread acceptor_;
};

/// Takes the machine's proxy settings away for the length of a test.
class NoProxies {
  public:
    NoProxies() {
        for (const char* name :
             {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"}) {
            if (const char* value = getenv(name)) saved_[name] = value;
            unsetenv(name);
        }
    }
    ~NoProxies() {
        for (const char* name : {"http_proxy", "https_proxy", "no_proxy"})
            unsetenv(name);
        for (const auto& [name, value] : saved_)
            setenv(name.c_str(), value.c_str(), 1);
    }
    NoProxies(const NoProxies&) = delete;
    NoProxies& operator=(const NoProxies&) = delete;

  private:
    std::map<std::string, std::string> saved_;
};

} // namespace spoutnik::testing
