// SPDX-License-Identifier: MIT
#include "tests/integration/program.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace spoutnik::testing {
namespace fs = std::filesystem;
namespace {

/// Replaces this process. Called between fork and exec: the test program has one thread.
[[noreturn]] void become(const std::string& program, const std::vector<std::string>& arguments,
                         const std::vector<std::string>& environment) {
    for (const std::string& variable : environment) {
        const std::size_t equals = variable.find('=');
        if (equals == std::string::npos)
            ::unsetenv(variable.c_str());
        else
            ::setenv(variable.substr(0, equals).c_str(), variable.c_str() + equals + 1, 1);
    }
    std::vector<char*> argv{const_cast<char*>(program.c_str())}; // NOLINT
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str())); // NOLINT
    argv.push_back(nullptr);
    ::execv(program.c_str(), argv.data());
    std::perror(program.c_str());
    ::_exit(127);
}

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

int status_of(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

fs::path built_cli() {
    return fs::path(SPOUTNIK_BINARY_DIR) / "bin" / "spoutnik-cli";
}

Run run_cli(const std::vector<std::string>& arguments, const std::string& input,
            const std::vector<std::string>& environment) {
    return run_program(built_cli(), arguments, input, environment);
}

Run run_program(const fs::path& program, const std::vector<std::string>& arguments, const std::string& input,
                const std::vector<std::string>& environment) {
    const TemporaryFolder folder;
    const std::string in = write_file(folder / "in", input);
    const std::string out = (folder / "out").string();
    const std::string err = (folder / "err").string();
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("fork");
    if (child == 0) {
        const int read_end = ::open(in.c_str(), O_RDONLY);
        const int out_end = ::open(out.c_str(), O_WRONLY | O_CREAT, 0600);
        const int err_end = ::open(err.c_str(), O_WRONLY | O_CREAT, 0600);
        if (::dup2(read_end, 0) != 0 || ::dup2(out_end, 1) != 1 || ::dup2(err_end, 2) != 2) ::_exit(126);
        become(program.string(), arguments, environment);
    }
    Run run;
    run.status = status_of(child);
    run.out = content_of(out);
    run.err = content_of(err);
    return run;
}

Run run_cli_on_terminal(const std::vector<std::string>& arguments, const std::vector<Exchange>& exchanges) {
    int terminal = -1;
    std::fflush(nullptr);
    const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child < 0) throw std::runtime_error("forkpty");
    if (child == 0) {
        // Else a Ctrl+C throws away what the program has written and nobody has read yet.
        termios settings{};
        ::tcgetattr(0, &settings);
        settings.c_lflag |= NOFLSH;
        ::tcsetattr(0, TCSANOW, &settings);
        become(built_cli().string(), arguments, {});
    }
    Run run;
    std::size_t seen = 0;
    auto next = exchanges.begin();
    std::array<char, 4096> buffer{};
    while (true) {
        if (next != exchanges.end()) {
            const std::size_t at = run.out.find(next->expected, seen);
            if (at != std::string::npos) {
                seen = at + next->expected.size();
                if (::write(terminal, next->typed.data(), next->typed.size()) < 0) break;
                ++next;
                continue;
            }
        }
        pollfd waiting{terminal, POLLIN, 0};
        constexpr int patience_ms = 60000; // then the test fails instead of hanging
        if (::poll(&waiting, 1, patience_ms) == 0) {
            ::kill(child, SIGKILL);
            break;
        }
        const ssize_t count = ::read(terminal, buffer.data(), buffer.size());
        if (count <= 0) break; // the program has gone
        run.out.append(buffer.data(), static_cast<std::size_t>(count));
    }
    run.status = status_of(child);
    ::close(terminal);
    return run;
}

TemporaryFolder::TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "spoutnik-cli-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::string write_file(const fs::path& path, const std::string& content) {
    std::ofstream file(path, std::ios::binary);
    file << content;
    if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
    return path.string();
}

fs::path shared_data(const std::string& name) {
    fs::path folder = fs::path(SPOUTNIK_SHARED_DIR) / "data" / name;
    if (fs::exists(folder)) return folder;
    std::printf("skipped: no shared data '%s'\n", name.c_str());
    return {};
}

} // namespace spoutnik::testing
