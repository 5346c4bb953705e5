// SPDX-License-Identifier: MIT
#include "app/gui/chat_controller.h"

#include "app/gui/message_links.h"
#include "app/gui/model_controller.h"
#include "app/gui/settings.h"
#include "app/gui/store_thread.h"
#include "app/replay/replay.h"

#include <QDateTime>
#include <QRegularExpression>

#include <algorithm>
#include <utility>

namespace spoutnik::app {

namespace {

constexpr int partial_interval_ms = 1000;
constexpr int draft_pause_ms = 500;
constexpr qsizetype title_length = 56; // characters

std::string draft_key(qint64 conversation) {
    return "draft/" + std::to_string(conversation);
}

/// Before schema 2 drafts were settings.
std::string draft_of(Store& store, qint64 conversation) {
    const std::string draft = store.conversations.draft(conversation);
    return draft.empty() ? store.settings.get_or(draft_key(conversation), {}) : draft;
}

std::vector<storage::Message> first_messages(const MessageListModel& messages, int count) {
    std::vector<storage::Message> first;
    first.reserve(static_cast<std::size_t>(std::max(count, 0)));
    for (int row = 0; row < count; ++row)
        first.push_back(messages.at(row));
    return first;
}

storage::Answer answer_of(const storage::Message& message) {
    return {message.content,          message.reasoning,     message.reasoning_ms,
            message.reasoning_tokens, message.prompt_tokens, message.generated_tokens,
            message.tokens_per_second};
}

} // namespace

QString automatic_title(const QString& prompt) {
    QString line = prompt.trimmed().section(QLatin1Char('\n'), 0, 0).simplified();
    if (line.size() <= title_length) return line;
    line.truncate(title_length);
    const auto space = line.lastIndexOf(QLatin1Char(' '));
    if (space > title_length / 2)
        line.truncate(space);
    else if (line.back().isHighSurrogate())
        line.chop(1);
    return line + QChar(0x2026);
}

QString title_of_answer(const QString& answer) {
    QString line = answer.trimmed().section(QLatin1Char('\n'), 0, 0).simplified();
    if (line.contains(QLatin1Char('<')) && line.contains(QStringLiteral("think"))) return {};
    static const QRegularExpression label(QStringLiteral("^(title|titre)\\s*:\\s*"),
                                          QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression edges(QStringLiteral("^[\"'«»“”‘’*#_`\\s]+|[\"'«»“”‘’*#_`.\\s]+$"));
    line.remove(edges).remove(label).remove(edges);
    return line.size() < 2 ? QString() : automatic_title(line);
}

std::string unfinished_reply(const storage::Message& answer, bool can_think) {
    std::string reply;
    if (can_think && !answer.reasoning.empty()) {
        reply = "<think>\n" + answer.reasoning;
        if (!answer.content.empty()) reply += "\n</think>\n\n";
    }
    reply += answer.content;
    // Vocabularies put a space in front of a word: after one that stands alone the model is at a loss.
    reply.erase(reply.find_last_not_of(' ') + 1);
    return reply;
}

ChatController::ChatController(StoreThread& store, ModelController& model, Settings& settings,
                               QObject* parent)
    : QObject(parent), store_(store), model_(model), settings_(settings), messages_(this),
      tree_(store, this) {
    partial_timer_.setInterval(partial_interval_ms);
    connect(&partial_timer_, &QTimer::timeout, this, &ChatController::save_partials);
    draft_timer_.setSingleShot(true);
    draft_timer_.setInterval(draft_pause_ms);
    connect(&draft_timer_, &QTimer::timeout, this, &ChatController::save_draft);
    connect(&model_, &ModelController::events, this, &ChatController::on_events);
    connect(&model_, &ModelController::aboutToUnload, this, &ChatController::interrupt_all);
    connect(&model_, &ModelController::stateChanged, this, &ChatController::submit_waiting);
}

ChatController::~ChatController() {
    disconnect(&model_, nullptr, this, nullptr);
    model_.on_engine_thread = nullptr; // the session is gone by now: see ~Application
    save_draft();
    leave_private();
    for (auto& generation : generations_)
        store_.run([answer = generation->answer](Store& store) {
            store.conversations.finish(answer.id, storage::Status::interrupted, answer_of(answer));
        });
}

void ChatController::set_journal(std::unique_ptr<StreamJournal> journal) {
    journal_ = std::move(journal);
    model_.on_engine_thread = [this](const std::vector<engine::Event>& events) {
        const std::lock_guard lock(private_mutex_);
        for (const auto& event : events) {
            if (private_requests_.contains(event.request)) continue;
            if (const auto* reasoning = std::get_if<engine::ReasoningText>(&event.body))
                journal_->add_reasoning(event.request, reasoning->text);
            else if (const auto* answer = std::get_if<engine::AnswerText>(&event.body))
                journal_->add_answer(event.request, answer->text);
            else if (std::holds_alternative<engine::AnswerWasReasoning>(event.body))
                journal_->add_answer_was_reasoning(event.request);
        }
    };
}

// --- what is shown -----------------------------------------------------------------------------------------

/// Whatever of it is still written is stopped and forgotten.
void ChatController::leave_private() {
    std::erase_if(generations_, [this](const auto& generation) {
        if (generation->answer.conversation >= 0) return false;
        if (generation->request != 0 && model_.session()) model_.session()->cancel(generation->request);
        return true;
    });
    if (generations_.empty()) partial_timer_.stop();
    private_.clear();
}

void ChatController::newPrivateConversation() {
    newConversation();
    conversation_ = -1;
    draft_.clear();
    emit draftChanged();
    emit conversationChanged();
    emit titleChanged();
}

/// A question in a private conversation, after the first `kept` messages of what is shown.
void ChatController::ask_private(int kept, const QString& prompt) {
    if (answering()) return;
    clear_notices();
    const auto now = QDateTime::currentMSecsSinceEpoch();
    auto asked = first_messages(messages_, kept);
    std::optional<storage::MessageId> above;
    if (!asked.empty()) above = asked.back().id;
    if (!prompt.isEmpty()) {
        auto question = private_.add(above, storage::Role::user, prompt.toStdString());
        question.created_ms = now;
        private_.update(question);
        above = question.id;
        asked.push_back(std::move(question));
    }
    auto answer = private_.add(above, storage::Role::assistant, {});
    answer.created_ms = now;
    private_.update(answer);
    messages_.set_branch(private_.branch());
    launch(std::move(answer), prompt_of(asked));
}

void ChatController::show_private() {
    messages_.set_branch(private_.branch());
    if (const auto* generation = shown_generation()) messages_.update(generation->answer);
    update_context_used();
}

void ChatController::newConversation() {
    save_draft();
    leave_private();
    ++shown_;
    conversation_ = 0;
    title_.clear();
    messages_.set_branch({});
    draft_ = new_draft_;
    clear_notices();
    update_context_used();
    emit conversationChanged();
    emit titleChanged();
    emit draftChanged();
    emit phaseChanged();
}

void ChatController::open(qint64 conversation, qint64 message) {
    if (conversation == conversation_ && message == 0) return;
    load(conversation, message);
}

void ChatController::reload() {
    if (conversation_ > 0) load(conversation_, 0);
}

void ChatController::load(qint64 conversation, qint64 message) {
    save_draft();
    store_.run(
        this,
        [conversation, message](Store& store) -> std::optional<Opened> {
            auto found = store.conversations.find(conversation);
            if (!found || found->deleted_ms) return std::nullopt;
            Opened opened{*found, store.conversations.branch(conversation), {}, message};
            const auto is_there = [message](const auto& m) { return m.id == message; };
            if (message != 0 && std::none_of(opened.branch.begin(), opened.branch.end(), is_there)) {
                store.conversations.show_branch_of(message);
                opened.branch = store.conversations.branch(conversation);
            }
            opened.draft = QString::fromStdString(draft_of(store, conversation));
            return opened;
        },
        [this, ticket = ++shown_](std::optional<Opened> opened) {
            if (opened && ticket == shown_) show(std::move(*opened));
        });
}

void ChatController::show(Opened opened) {
    const bool is_other = conversation_ != opened.conversation.id;
    if (is_other) leave_private();
    conversation_ = opened.conversation.id;
    title_ = QString::fromStdString(opened.conversation.title);
    if (is_other) messages_.set_branch({});
    messages_.set_branch(std::move(opened.branch));
    if (const auto* generation = shown_generation())
        messages_.update(generation->answer); // further than what the database has
    if (is_other) {
        draft_ = opened.draft;
        emit draftChanged();
        clear_notices();
        emit conversationChanged();
    }
    emit titleChanged();
    emit phaseChanged();
    update_context_used();
    if (opened.scroll_to != 0) emit scrollTo(messages_.rowOf(opened.scroll_to));
}

void ChatController::forget(qint64 conversation) {
    for (auto& generation : generations_)
        if (generation->answer.conversation == conversation && generation->request != 0 && model_.session())
            model_.session()->cancel(generation->request);
    if (conversation == conversation_) newConversation();
}

void ChatController::let_go() {
    forgetRemoved();
    newConversation();
    if (titling_ && model_.session()) model_.session()->cancel(titling_->request);
    titling_.reset();
    while (!generations_.empty()) {
        auto& generation = *generations_.front();
        if (generation.request != 0 && model_.session()) model_.session()->cancel(generation.request);
        finish(generation, storage::Status::interrupted);
    }
}

void ChatController::clear_journal() {
    if (journal_) journal_->clear();
}

void ChatController::set_title(qint64 conversation, const QString& title) {
    if (conversation != conversation_ || title_ == title) return;
    title_ = title;
    emit titleChanged();
}

void ChatController::rename(const QString& title) {
    const QString clean = title.simplified();
    if (conversation_ <= 0 || clean.isEmpty() || clean == title_) return;
    title_ = clean;
    emit titleChanged();
    store_.run(
        this,
        [id = conversation_, text = clean.toStdString()](Store& store) {
            store.conversations.rename(id, text);
        },
        [this] { emit listChanged(); });
}

void ChatController::setDraft(const QString& draft) {
    if (draft_ == draft) return;
    draft_ = draft;
    if (conversation_ == 0) new_draft_ = draft;
    draft_timer_.start();
    emit draftChanged();
}

void ChatController::save_draft() {
    if (!draft_timer_.isActive()) return;
    draft_timer_.stop();
    if (isPrivate()) return;
    store_.run([conversation = conversation_, text = draft_.toStdString()](Store& store) {
        const auto place = conversation == 0 ? std::nullopt : std::optional(conversation);
        if (place && !store.conversations.find(conversation)) return; // deleted meanwhile
        store.conversations.set_draft(place, text);
        store.settings.remove(draft_key(conversation));
    });
}

void ChatController::showSibling(qint64 message, int step) {
    if (is_storing_ || message == 0) return;
    if (isPrivate()) {
        private_.show_sibling(message, step);
        show_private();
        return;
    }
    store_.run(
        this,
        [conversation = conversation_, message, step](Store& store) {
            const auto siblings = store.conversations.siblings(message);
            const auto here = std::find(siblings.begin(), siblings.end(), message) - siblings.begin();
            const auto last = static_cast<std::ptrdiff_t>(siblings.size()) - 1;
            const auto there = std::clamp<std::ptrdiff_t>(here + step, 0, std::max<std::ptrdiff_t>(last, 0));
            if (last >= 0) store.conversations.show_branch_of(siblings[static_cast<std::size_t>(there)]);
            auto found = store.conversations.find(conversation);
            return Opened{
                found.value_or(storage::Conversation{}), store.conversations.branch(conversation), {}, 0};
        },
        [this, ticket = shown_](Opened opened) {
            if (ticket == shown_ && opened.conversation.id == conversation_) show(std::move(opened));
            emit listChanged();
        });
}

void ChatController::removeMessage(qint64 message) {
    if (message == 0 || answering()) return;
    forgetRemoved();
    if (isPrivate()) {
        private_.remove(message);
        show_private();
        return;
    }
    store_.run(
        this,
        [message, conversation = conversation_](Store& store) {
            const auto leaf = store.conversations.remove_message(message).shown_leaf;
            return std::pair(leaf,
                             Opened{store.conversations.find(conversation).value_or(storage::Conversation{}),
                                    store.conversations.branch(conversation),
                                    {},
                                    0});
        },
        [this, message, ticket = shown_](std::pair<std::optional<storage::MessageId>, Opened> result) {
            removed_ = message;
            removed_leaf_ = result.first;
            emit removedChanged();
            if (ticket == shown_ && result.second.conversation.id == conversation_)
                show(std::move(result.second));
            emit listChanged();
        });
}

void ChatController::restoreMessage() {
    if (removed_ == 0) return;
    const auto message = std::exchange(removed_, 0);
    emit removedChanged();
    store_.run(
        this,
        [message, leaf = removed_leaf_](Store& store) {
            store.conversations.restore_message(message, leaf);
            const auto found = store.conversations.message(message);
            const auto conversation = found ? found->conversation : 0;
            return Opened{store.conversations.find(conversation).value_or(storage::Conversation{}),
                          store.conversations.branch(conversation),
                          QString::fromStdString(draft_of(store, conversation)), message};
        },
        [this](Opened opened) {
            if (opened.conversation.id == conversation_) show(std::move(opened));
            emit listChanged();
        });
}

void ChatController::forgetRemoved() {
    if (removed_ == 0) return;
    store_.run([message = std::exchange(removed_, 0)](Store& store) {
        if (store.conversations.message(message)) store.conversations.purge_message(message);
    });
    emit removedChanged();
}

qint64 ChatController::lastAnswer() const {
    for (int row = messages_.count() - 1; row >= 0; --row)
        if (messages_.at(row).role == storage::Role::assistant) return messages_.at(row).id;
    return 0;
}

qint64 ChatController::lastPrompt() const {
    for (int row = messages_.count() - 1; row >= 0; --row)
        if (messages_.at(row).role == storage::Role::user) return messages_.at(row).id;
    return 0;
}

qint64 ChatController::lastFork() const {
    for (int row = messages_.count() - 1; row >= 0; --row)
        if (messages_.at(row).sibling_count > 1) return messages_.at(row).id;
    return 0;
}

QStringList ChatController::prompts() const {
    QStringList texts;
    for (int row = messages_.count() - 1; row >= 0; --row)
        if (messages_.at(row).role == storage::Role::user)
            texts << QString::fromStdString(messages_.at(row).content);
    return texts;
}

QString ChatController::plainText(qint64 message) const {
    const int row = messages_.rowOf(message);
    if (row < 0) return {};
    if (messages_.at(row).role == storage::Role::user)
        return QString::fromStdString(messages_.at(row).content);
    return plain_text_of(messages_.blocks_at(row).blocks());
}

QString ChatController::reasoningText(qint64 message) const {
    const auto* found = messages_.find(message);
    return found ? QString::fromStdString(found->reasoning).trimmed() : QString();
}

QStringList ChatController::links(qint64 message) const {
    const int row = messages_.rowOf(message);
    return row < 0 ? QStringList() : links_of(messages_.blocks_at(row).blocks());
}

QString ChatController::lastAnswerText() const {
    const auto* answer = messages_.find(lastAnswer());
    return answer ? QString::fromStdString(answer->content) : QString();
}

// --- asking ------------------------------------------------------------------------------------------------

/// Runs begin(Store&), which stores a turn and returns its conversation; then shows the branch and answers
/// it. `unsent` goes back into the composer when nothing could be stored.
template <class Begin>
void ChatController::begin(Begin begin, const QString& unsent) {
    if (is_storing_ || answering()) return;
    is_storing_ = true;
    emit phaseChanged();
    store_.run(
        this,
        [begin = std::move(begin)](Store& store) {
            const storage::ConversationId id = begin(store);
            Begun begun;
            begun.opened.conversation = store.conversations.find(id).value_or(storage::Conversation{});
            auto& branch = begun.opened.branch;
            branch = store.conversations.branch(id);
            begun.answer = std::move(branch.back());
            branch.pop_back();
            begun.prompt = prompt_of(branch); // here: it copies every word of the conversation
            branch.push_back(begun.answer);
            return begun;
        },
        [this, ticket = ++shown_](Begun begun) {
            is_storing_ = false;
            if (ticket == shown_) show(std::move(begun.opened));
            launch(std::move(begun.answer), std::move(begun.prompt));
            emit listChanged();
        },
        [this, unsent] {
            is_storing_ = false;
            if (draft_.isEmpty()) setDraft(unsent);
            emit phaseChanged();
        });
}

void ChatController::send(const QString& text) {
    const QString prompt = text.trimmed();
    if (prompt.isEmpty() || is_storing_ || answering()) return;
    setDraft({});
    if (isPrivate()) {
        ask_private(messages_.count(), prompt);
        return;
    }
    clear_notices();
    begin(
        [conversation = conversation_, prompt = prompt.toStdString(),
         title = automatic_title(prompt).toStdString(), model = model_.name().toStdString()](Store& store) {
            auto id = conversation;
            if (id == 0) {
                id = store.conversations.create({}, model).id;
                store.conversations.set_automatic_title(id, title);
            }
            store.conversations.begin_turn(id, prompt, model);
            return id;
        },
        text);
}

void ChatController::edit(qint64 message, const QString& text) {
    const QString prompt = text.trimmed();
    if (prompt.isEmpty()) return;
    if (isPrivate()) {
        ask_private(messages_.rowOf(message), prompt);
        return;
    }
    begin(
        [message, prompt = prompt.toStdString(), model = model_.name().toStdString(),
         conversation = conversation_](Store& store) {
            store.conversations.begin_edit(message, prompt, model);
            return conversation;
        },
        {});
}

void ChatController::regenerate(qint64 answer) {
    if (!messages_.find(answer)) return;
    if (isPrivate()) {
        ask_private(messages_.rowOf(answer), {});
        return;
    }
    begin(
        [answer, model = model_.name().toStdString(), conversation = conversation_](Store& store) {
            store.conversations.begin_regeneration(answer, model);
            return conversation;
        },
        {});
}

void ChatController::continueAnswer(qint64 answer) {
    const int row = messages_.rowOf(answer);
    if (row <= 0 || row != messages_.count() - 1 || answering()) return;
    auto message = messages_.at(row);
    const bool has_stopped =
        message.status == storage::Status::interrupted || message.status == storage::Status::error;
    if (message.role != storage::Role::assistant || !has_stopped) return;
    if (message.content.empty() && message.reasoning.empty()) { // nothing to go on with
        regenerate(answer);
        return;
    }
    clear_notices();
    auto& end = message.content.empty() ? message.reasoning : message.content;
    end.erase(end.find_last_not_of(' ') + 1);
    const auto before = first_messages(messages_, row);
    auto prompt = prompt_of(before);
    prompt.push_back({"assistant", unfinished_reply(message, model_.canThink())});
    message.status = storage::Status::streaming;
    message.error.clear();
    messages_.update(message);
    launch(std::move(message), std::move(prompt), true);
}

void ChatController::launch(storage::Message answer, std::vector<engine::ChatMessage> prompt,
                            bool continues) {
    auto& generation = *generations_.emplace_back(std::make_unique<Generation>());
    generation.continues = continues;
    generation.earlier_reasoning_ms = answer.reasoning_ms;
    generation.earlier_reasoning_tokens = answer.reasoning_tokens;
    generation.earlier_tokens = answer.generated_tokens;
    generation.answer = std::move(answer);
    generation.prompt = std::move(prompt);
    if (!partial_timer_.isActive()) partial_timer_.start();
    if (model_.state() != ModelController::State::Loading) submit(generation);
    emit phaseChanged();
}

void ChatController::submit(Generation& generation) {
    auto* session = model_.session();
    if (!session) {
        finish(generation, storage::Status::error, QStringLiteral("no model is ready"));
        return;
    }
    if (titling_) { // a title can wait, a question can't
        session->cancel(titling_->request);
        titling_.reset();
    }
    engine::ChatRequest request;
    request.continues_last = generation.continues;
    const bool is_private = generation.answer.conversation < 0;
    if (!is_private) request.conversation = saved_cache_name(generation.answer.conversation);
    request.sampler.temperature = static_cast<float>(settings_.temperature());
    request.thinking = settings_.think() ? engine::Thinking::automatic : engine::Thinking::off;
    generation.phase = Phase::Reading;
    generation.asked = request;
    request.messages = std::move(generation.prompt); // it is asked once
    {
        const std::lock_guard lock(
            private_mutex_); // no word of it reaches the journal before its number is known
        generation.request = session->submit(std::move(request));
        if (is_private) private_requests_.insert(generation.request);
    }
    if (!journal_ || is_private) return;
    journal_->bind(generation.request, generation.answer.id);
    if (generation.continues)
        journal_->begin_with(generation.request, generation.answer.reasoning, generation.answer.content);
}

void ChatController::submit_waiting() {
    if (model_.state() == ModelController::State::Loading) return;
    std::vector<Generation*> waiting; // submit() can end one and so change the list
    for (auto& generation : generations_)
        if (generation->request == 0) waiting.push_back(generation.get());
    for (auto* generation : waiting)
        submit(*generation);
    emit phaseChanged();
    emit contextUsedChanged();
}

void ChatController::stop() {
    auto* generation = shown_generation();
    if (!generation) return;
    if (generation->request != 0 && model_.session())
        model_.session()->cancel(generation->request); // Finished{cancelled} follows
    else
        finish(*generation, storage::Status::interrupted);
}

void ChatController::interrupt_all() {
    titling_.reset();
    std::vector<Generation*> running;
    for (auto& generation : generations_)
        if (generation->request != 0) running.push_back(generation.get());
    for (auto* generation : running)
        finish(*generation, storage::Status::interrupted);
}

// --- answers -----------------------------------------------------------------------------------------------

void ChatController::on_events(const std::vector<engine::Event>& events) {
    std::vector<engine::RequestId> touched;
    for (const auto& event : events) {
        if (titling_ && event.request == titling_->request) {
            take_title(event);
            continue;
        }
        const auto found = std::find_if(generations_.begin(), generations_.end(),
                                        [&](const auto& g) { return g->request == event.request; });
        if (found == generations_.end()) continue;
        touched.push_back(event.request);
        apply(**found, event.body);
    }
    for (auto& generation : generations_)
        if (std::find(touched.begin(), touched.end(), generation->request) != touched.end())
            messages_.update(generation->answer);
    emit phaseChanged();
}

void ChatController::apply(Generation& generation, const engine::EventBody& event) {
    auto& answer = generation.answer;
    const bool is_shown = answer.conversation == conversation_;
    if (const auto* progress = std::get_if<engine::PrefillProgress>(&event)) {
        generation.read_progress =
            progress->total > 0 ? static_cast<double>(progress->done) / static_cast<double>(progress->total)
                                : 0;
    } else if (const auto* trimmed = std::get_if<engine::ContextTrimmed>(&event)) {
        if (is_shown) {
            left_out_ = static_cast<int>(trimmed->messages_left_out);
            emit noticeChanged();
        }
    } else if (const auto* nearly = std::get_if<engine::ContextNearlyFull>(&event)) {
        if (is_shown) {
            tokens_left_ = static_cast<int>(nearly->tokens_left);
            emit noticeChanged();
        }
    } else if (const auto* reasoning = std::get_if<engine::ReasoningText>(&event)) {
        generation.phase = Phase::Reasoning;
        answer.reasoning += reasoning->text;
        answer.reasoning_ms = generation.earlier_reasoning_ms + generation.elapsed_ms();
        answer.reasoning_tokens = generation.earlier_reasoning_tokens + reasoning->tokens;
        generation.is_unsaved = true;
    } else if (const auto* text = std::get_if<engine::AnswerText>(&event)) {
        generation.phase = Phase::Answering;
        answer.content += text->text;
        generation.elapsed_ms(); // should it turn out to be reasoning, its time counts from here
        generation.is_unsaved = true;
    } else if (std::holds_alternative<engine::AnswerWasReasoning>(event)) {
        answer.reasoning += std::exchange(answer.content, {});
        answer.reasoning_ms = generation.elapsed_ms();
        generation.is_unsaved = true;
    } else if (const auto* failed = std::get_if<engine::Failed>(&event)) {
        finish(generation, storage::Status::error, QString::fromStdString(failed->message));
    } else if (const auto* finished = std::get_if<engine::Finished>(&event)) {
        const auto tokens = finished->reasoning_tokens + finished->answer_tokens;
        answer.reasoning_ms =
            generation.earlier_reasoning_ms + static_cast<std::int64_t>(finished->reasoning_seconds * 1000);
        answer.reasoning_tokens = generation.earlier_reasoning_tokens + finished->reasoning_tokens;
        answer.generated_tokens = generation.earlier_tokens + tokens;
        // The prompt of an answer that goes on holds its beginning: that is counted once.
        answer.prompt_tokens = finished->prompt_tokens - generation.earlier_tokens;
        if (finished->decode_seconds > 0)
            answer.tokens_per_second = static_cast<double>(tokens) / finished->decode_seconds;
        // An answer that was gone on with is no longer what one request generates.
        generation.replay = generation.continues ? storage::Replay{} : replay_of(generation.asked, *finished);
        const bool is_cancelled = finished->reason == engine::FinishReason::cancelled;
        finish(generation, is_cancelled ? storage::Status::interrupted : storage::Status::done);
    }
}

/// Ends an answer: in the list, in the database, in the view. `generation` does not live after it.
void ChatController::finish(Generation& generation, storage::Status status, const QString& error) {
    storage::Message answer = std::move(generation.answer);
    auto replay = std::move(generation.replay);
    std::erase_if(generations_, [&](const auto& g) { return g.get() == &generation; });
    answer.status = status;
    answer.error = error.toStdString();
    messages_.update(answer);
    if (generations_.empty()) partial_timer_.stop();
    emit phaseChanged();
    if (answer.conversation == conversation_) update_context_used();
    if (answer.conversation < 0) {
        private_.update(answer);
        emit answered(answer.id);
        return;
    }
    store_.run(
        this,
        [answer, replay = std::move(replay)](Store& store) {
            storage::Answer whole = answer_of(answer);
            if (replay) whole.replay = &*replay;
            store.conversations.finish(answer.id, answer.status, whole, answer.error);
        },
        [this, answer, id = answer.id] {
            if (generations_.empty() && journal_) journal_->clear();
            emit answered(id);
            emit listChanged();
            ask_for_title(answer);
        });
}

/// Once, after the first answer. The starter knows too little for it: there the first words stay the title.
void ChatController::ask_for_title(const storage::Message& answer) {
    const bool is_first = messages_.count() == 2 && messages_.at(1).id == answer.id;
    if (!is_first || titling_ || answer.status != storage::Status::done || answer.content.empty() ||
        answer.sibling_count > 1 || !generations_.empty() || !settings_.modelTitles() || model_.isStarter() ||
        !model_.session())
        return;
    engine::ChatRequest request;
    request.messages = prompt_of({messages_.at(0), messages_.at(1)});
    request.messages.push_back(
        {"user", "Give this conversation a title of two to six words in the language it is held "
                 "in. Say the title and nothing else."});
    request.conversation = saved_cache_name(answer.conversation); // the same beginning: its cache serves
    request.sampler.temperature = 0;
    request.thinking = engine::Thinking::off;
    request.max_tokens = 32;
    titling_ = Titling{model_.session()->submit(std::move(request)), answer.conversation, {}};
}

/// Reasoning, should there be any all the same, is not looked at.
void ChatController::take_title(const engine::Event& event) {
    if (const auto* text = std::get_if<engine::AnswerText>(&event.body)) {
        titling_->text += text->text;
    } else if (std::holds_alternative<engine::AnswerWasReasoning>(event.body)) {
        titling_->text.clear();
    } else if (std::holds_alternative<engine::Failed>(event.body)) {
        titling_.reset();
    } else if (const auto* finished = std::get_if<engine::Finished>(&event.body)) {
        const auto titling = *std::exchange(titling_, std::nullopt);
        if (generations_.empty() && journal_) journal_->clear();
        const QString title = title_of_answer(QString::fromStdString(titling.text));
        if (finished->reason == engine::FinishReason::cancelled || title.isEmpty()) return;
        store_.run(
            this,
            [titling, title = title.toStdString()](Store& store) {
                return store.conversations.find(titling.conversation) &&
                       store.conversations.set_automatic_title(titling.conversation, title);
            },
            [this, conversation = titling.conversation, title](bool is_new) {
                if (is_new) set_title(conversation, title);
                emit listChanged();
            });
    }
}

void ChatController::save_partials() {
    for (auto& generation : generations_) {
        if (generation->phase == Phase::Reasoning) { // the seconds go on between two batches
            generation->answer.reasoning_ms = generation->earlier_reasoning_ms + generation->elapsed_ms();
            messages_.update(generation->answer);
        }
        if (generation->answer.conversation < 0 || !std::exchange(generation->is_unsaved, false)) continue;
        store_.run([answer = generation->answer, continues = generation->continues](Store& store) {
            // One that goes on stays interrupted in the database until its end: it can stop again at any
            // moment.
            if (continues)
                store.conversations.finish(answer.id, storage::Status::interrupted, answer_of(answer));
            else
                store.conversations.save_partial(answer.id, answer_of(answer));
        });
    }
}

ChatController::Generation* ChatController::shown_generation() {
    return const_cast<Generation*>(std::as_const(*this).shown_generation());
}

const ChatController::Generation* ChatController::shown_generation() const {
    for (const auto& generation : generations_)
        if (conversation_ != 0 && generation->answer.conversation == conversation_) return generation.get();
    return nullptr;
}

ChatController::Phase ChatController::phase() const {
    if (is_storing_) return Phase::Storing;
    const auto* generation = shown_generation();
    return generation ? generation->phase : Phase::Idle;
}

double ChatController::readProgress() const {
    const auto* generation = shown_generation();
    return generation ? generation->read_progress : 0;
}

void ChatController::clear_notices() {
    left_out_ = tokens_left_ = 0;
    emit noticeChanged();
}

/// The last answer knows how long its prompt was: with what it added, that is what the next turn starts from.
void ChatController::update_context_used() {
    context_used_ = 0;
    for (int row = messages_.count() - 1; row >= 0 && context_used_ == 0; --row)
        context_used_ = messages_.at(row).prompt_tokens + messages_.at(row).generated_tokens;
    emit contextUsedChanged();
}

} // namespace spoutnik::app
