// SPDX-License-Identifier: MIT
#include "tests/qml/lessons/real_engine.h"

#include "app/starter/starter_model.h"

#include <QFile>
#include <QProcess>
#include <QtEndian>
#include <sqlite3.h>

#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>

namespace spoutnik::test {

// --- the valve ---------------------------------------------------------------------------------------------

struct Valve::State {
    mutable std::mutex mutex;
    std::condition_variable opened;
    int texts_left = -1; ///< until the thread waits; below 0: never
    bool counts_answer_only = false;
    bool is_holding = false;
    std::vector<std::string> pieces;
    int orphans = 0;
    std::vector<engine::ChatRequest> asked;

    void release() {
        const std::lock_guard lock(mutex);
        texts_left = -1;
        is_holding = false;
        opened.notify_all();
    }
    /// On the engine's thread, after the window was told.
    void heard(const std::vector<engine::Event>& batch) {
        std::unique_lock lock(mutex);
        for (const auto& event : batch) {
            if (std::holds_alternative<engine::AnswerWasReasoning>(event.body)) ++orphans;
            const auto* reasoning = std::get_if<engine::ReasoningText>(&event.body);
            const auto* answer = std::get_if<engine::AnswerText>(&event.body);
            if (!reasoning && !answer) continue;
            pieces.push_back(reasoning ? reasoning->text : answer->text);
            if (counts_answer_only && !answer) continue;
            if (texts_left > 0 && --texts_left == 0) is_holding = true;
        }
        opened.wait(lock, [this] { return !is_holding; });
    }
};

namespace {

/// The engine's session, with a hand on the valve: what cancels or closes it opens the valve first.
class HeldSession : public engine::Session {
  public:
    HeldSession(std::unique_ptr<engine::Session> session, std::shared_ptr<Valve::State> state)
        : state_(std::move(state)), session_(std::move(session)) {}
    ~HeldSession() override { state_->release(); }

    engine::RequestId submit(engine::ChatRequest request) override {
        {
            const std::lock_guard lock(state_->mutex);
            state_->asked.push_back(request);
        }
        return session_->submit(std::move(request));
    }
    void cancel(engine::RequestId request) override {
        session_->cancel(request);
        state_->release();
    }
    void forget(const std::string& conversation) override { session_->forget(conversation); }
    const engine::ModelDescription& description() const override { return session_->description(); }
    const engine::Tokenizer& tokenizer() const override { return session_->tokenizer(); }
    std::int64_t context_capacity() const override { return session_->context_capacity(); }
    std::size_t cache_bytes() const override { return session_->cache_bytes(); }
    bool can_think() const override { return session_->can_think(); }
    engine::SessionPlacement placement() const override { return session_->placement(); }

  private:
    std::shared_ptr<Valve::State> state_;
    std::unique_ptr<engine::Session> session_;
};

} // namespace

Valve::Valve() : state_(std::make_shared<State>()) {
}
Valve::~Valve() {
    release();
}

void Valve::hold_after(int texts) {
    const std::lock_guard lock(state_->mutex);
    state_->texts_left = texts;
    state_->counts_answer_only = false;
}

void Valve::hold_in_answer(int texts) {
    const std::lock_guard lock(state_->mutex);
    state_->texts_left = texts;
    state_->counts_answer_only = true;
}

void Valve::release() {
    state_->release();
}

bool Valve::is_holding() const {
    const std::lock_guard lock(state_->mutex);
    return state_->is_holding;
}

std::vector<std::string> Valve::pieces() const {
    const std::lock_guard lock(state_->mutex);
    return state_->pieces;
}

int Valve::orphans() const {
    const std::lock_guard lock(state_->mutex);
    return state_->orphans;
}

std::vector<engine::ChatRequest> Valve::asked() const {
    const std::lock_guard lock(state_->mutex);
    return state_->asked;
}

app::SessionFactory Valve::sessions() {
    return [state = state_, open = app::engine_sessions()](
               const std::filesystem::path& model, const engine::SessionOptions& options,
               engine::Session::EventSink sink,
               const engine::LoadProgress& progress) -> std::unique_ptr<engine::Session> {
        auto each_token = options;
        each_token.event_interval = std::chrono::milliseconds(0);
        each_token.speculation = engine::Speculation::off; // never another answer, but several tokens at once
        auto held = [state, sink = std::move(sink)](std::vector<engine::Event> batch) {
            sink(batch);
            state->heard(batch);
        };
        return std::make_unique<HeldSession>(open(model, each_token, std::move(held), progress), state);
    };
}

// --- the window --------------------------------------------------------------------------------------------

const storage::Message& RealWindow::type_and_send(const QString& text) {
    auto& app = **this;
    auto* composer = item(app, "composerInput");
    composer->forceActiveFocus();
    composer->setProperty("text", QString());
    const int before = app.chat()->messages()->count();
    type(app, text);
    press(app, Qt::Key_Return);
    wait_for("the answer",
             [&] { return app.chat()->messages()->count() >= before + 2 && !app.chat()->answering(); });
    return last();
}

void RealWindow::send_and_hold(const QString& text, int pieces) {
    valve->hold_after(pieces);
    (*this)->chat()->send(text);
    wait_until_held();
}

void RealWindow::send_and_hold_in_answer(const QString& text, int pieces) {
    valve->hold_in_answer(pieces);
    (*this)->chat()->send(text);
    wait_until_held();
}

void RealWindow::wait_until_held() {
    wait_for("the engine at its place", [&] { return valve->is_holding(); });
    // What was handed over is shown once the window's thread has had its turn.
    const auto shown = [&] {
        auto* messages = (*this)->chat()->messages();
        if (messages->count() == 0) return false;
        const auto& answer = last();
        return !(answer.reasoning + answer.content).empty();
    };
    wait_for("what the engine has said", shown);
}

// --- what is kept ------------------------------------------------------------------------------------------

std::vector<storage::Message> stored(const Fixture& fixture, storage::ConversationId conversation) {
    storage::OpenOptions options;
    options.folder = fixture.folder.path().toStdString();
    options.read_only = true;
    storage::Database database(std::move(options));
    return storage::Conversations(database).branch(conversation);
}

std::string integrity(const Fixture& fixture) {
    sqlite3* database = nullptr;
    const QByteArray path = fixture.folder.filePath(QStringLiteral("spoutnik.db")).toUtf8();
    if (sqlite3_open_v2(path.constData(), &database, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK)
        qFatal("no database");
    std::string said;
    const auto add = [](void* out, int, char** columns, char**) {
        *static_cast<std::string*>(out) += columns[0];
        return 0;
    };
    if (sqlite3_exec(database, "PRAGMA integrity_check", add, &said, nullptr) != SQLITE_OK)
        said = sqlite3_errmsg(database);
    sqlite3_close(database);
    return said;
}

void with_database(const Fixture& fixture, const std::function<void(storage::Conversations&)>& work) {
    storage::OpenOptions options;
    options.folder = fixture.folder.path().toStdString();
    storage::Database database(std::move(options));
    storage::Conversations conversations(database);
    work(conversations);
}

bool is_on_disk(const Fixture& fixture, const std::string& bytes, QString* where) {
    const std::filesystem::path folder = fixture.folder.path().toStdString();
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string content{std::istreambuf_iterator<char>(in), {}};
        if (content.find(bytes) == std::string::npos) continue;
        if (where) *where = QString::fromStdString(entry.path().string());
        return true;
    }
    return false;
}

QByteArray run_cli(const QStringList& arguments) {
    QProcess cli;
    cli.start(QStringLiteral(SPOUTNIK_CLI), arguments);
    if (!cli.waitForFinished(patience_ms) || cli.exitStatus() != QProcess::NormalExit || cli.exitCode() != 0)
        qFatal("spoutnik-cli %s: %s", qPrintable(arguments.join(QLatin1Char(' '))),
               cli.readAllStandardError().constData());
    return cli.readAllStandardOutput();
}

// --- an awkward model --------------------------------------------------------------------------------------

namespace {

QByteArray starter_bytes() {
    QFile starter(QString::fromStdString(app::find_starter_model().string()));
    if (!starter.open(QIODevice::ReadOnly)) qFatal("no starter");
    return starter.readAll();
}

void write(const QString& path, const QByteArray& bytes) {
    QFile out(path);
    if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size()) qFatal("no room");
}

/// A string as GGUF has it: its length in eight bytes, then its bytes.
QByteArray gguf_string(const QByteArray& text) {
    const quint64 length = qToLittleEndian(static_cast<quint64>(text.size()));
    return QByteArray(reinterpret_cast<const char*>(&length), sizeof length) + text;
}

void exchange(QByteArray& file, const QByteArray& before, const QByteArray& after) {
    const auto at = file.indexOf(before);
    if (at < 0 || file.indexOf(before, at + 1) >= 0)
        qFatal("the starter's file is not as this test knows it");
    file.replace(at, before.size(), after);
}

} // namespace

void write_awkward_starter(const QString& path) {
    QByteArray file = starter_bytes();
    const auto size = file.size();
    // In the letters that byte-level vocabularies write bytes with: a space, and E2 82 AC, the euro sign.
    exchange(file, gguf_string("\u0120an"), gguf_string("\u0120an\u00E2\u0124"));
    exchange(file, gguf_string("\u0120addition"), gguf_string("\u00AC\u0120addition"));

    // The template keeps the file's length, so that every tensor stays where it is: its comment gives way.
    QFile source(QStringLiteral(SPOUTNIK_SOURCE_DIR "/resources/starter/chat_template.jinja"));
    if (!source.open(QIODevice::ReadOnly)) qFatal("no template");
    QByteArray chat_template = source.readAll();
    if (!file.contains(gguf_string(chat_template))) chat_template = chat_template.trimmed();
    QByteArray other = chat_template;
    exchange(other, "{{- '<｜Assistant｜><think>\\n' -}}", "{{- '<｜Assistant｜><think>\\nThis' -}}");
    const auto excess = file.size() - size + other.size() - chat_template.size();
    other.remove(other.indexOf("starter model"), excess);
    exchange(file, gguf_string(chat_template), gguf_string(other));
    if (file.size() != size) qFatal("the file has another length");
    write(path, file);
}

void write_thirsty_starter(const QString& path) {
    QByteArray file = starter_bytes();
    const QByteArray key = "deepseek2.context_length";
    const auto with_value = [&](quint32 value) {
        const quint32 number[2] = {qToLittleEndian<quint32>(4),
                                   qToLittleEndian(value)}; // 4: an unsigned integer
        return key + QByteArray(reinterpret_cast<const char*>(number), sizeof number);
    };
    exchange(file, with_value(2048), with_value(2'000'000'000));
    write(path, file);
}

} // namespace spoutnik::test
