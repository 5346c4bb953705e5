// SPDX-License-Identifier: MIT
// The conversation that is shown, and every answer under way: joins the session, the storage and the view.
// Lives on the window's thread.
#pragma once

#include "app/gui/conversation_tree_model.h"
#include "app/gui/message_list_model.h"
#include "app/gui/private_conversation.h"
#include "app/gui/stream_journal.h"
#include "app/replay/prompt_of.h"
#include "engine/session/session.h"
#include "storage/conversations.h"

#include <QElapsedTimer>
#include <QHash>
#include <QObject>
#include <QTimer>
#include <QtQml/qqmlregistration.h>

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

namespace spoutnik::app {

class ModelController;
class Settings;
class StoreThread;

class ChatController : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("Belongs to App")
    Q_PROPERTY(spoutnik::app::MessageListModel* messages READ messages CONSTANT)
    Q_PROPERTY(spoutnik::app::ConversationTreeModel* tree READ tree CONSTANT)
    /// 0: a new one, not stored yet. A double, since the tools of QML know no 64-bit integers.
    Q_PROPERTY(double conversation READ conversationNumber NOTIFY conversationChanged)
    /// Held in memory alone and gone when it is left; its number is -1.
    Q_PROPERTY(bool isPrivate READ isPrivate NOTIFY conversationChanged)
    Q_PROPERTY(QString title READ title NOTIFY titleChanged)
    Q_PROPERTY(QString draft READ draft WRITE setDraft NOTIFY draftChanged)
    Q_PROPERTY(Phase phase READ phase NOTIFY phaseChanged)
    Q_PROPERTY(bool answering READ answering NOTIFY phaseChanged)
    Q_PROPERTY(bool canRestore READ canRestore NOTIFY removedChanged) // a message was removed, undo is open
    Q_PROPERTY(double readProgress READ readProgress NOTIFY phaseChanged)     // of the prompt, 0 to 1
    Q_PROPERTY(double contextUsed READ contextUsed NOTIFY contextUsedChanged) // tokens
    Q_PROPERTY(int leftOut READ leftOut NOTIFY noticeChanged) // oldest messages that did not fit any more
    Q_PROPERTY(
        int tokensLeft READ tokensLeft NOTIFY noticeChanged) // said once when the context is nearly full

  public:
    /// What the shown conversation's answer is doing.
    enum class Phase { Idle, Storing, Waiting, Reading, Reasoning, Answering };
    Q_ENUM(Phase)

    ChatController(StoreThread& store, ModelController& model, Settings& settings, QObject* parent = nullptr);
    ~ChatController() override; ///< marks what streams as interrupted

    /// From now on streamed text is journalled there; call once the database is open.
    void set_journal(std::unique_ptr<StreamJournal> journal);

    Q_INVOKABLE void newConversation();
    /// One that nothing is written of: no row, no journal, no draft, no cache on disk.
    Q_INVOKABLE void newPrivateConversation();
    /// Shows a conversation; with a message, on the branch that holds it, scrolled to it.
    Q_INVOKABLE void open(qint64 conversation, qint64 message = 0);
    Q_INVOKABLE void send(const QString& text);
    Q_INVOKABLE void stop();
    Q_INVOKABLE void edit(qint64 message, const QString& text);
    Q_INVOKABLE void regenerate(qint64 answer);
    /// Goes on with the last answer where it was interrupted or failed.
    Q_INVOKABLE void continueAnswer(qint64 answer);
    /// Takes a message and what is below it away; for good once the time to undo is over.
    Q_INVOKABLE void removeMessage(qint64 message);
    Q_INVOKABLE void restoreMessage();
    Q_INVOKABLE void forgetRemoved();
    Q_INVOKABLE void showSibling(qint64 message, int step);
    Q_INVOKABLE void rename(const QString& title);
    /// The last answer's Markdown, and the ids that keyboard commands act on; empty or 0 where there is none.
    Q_INVOKABLE QString lastAnswerText() const;
    Q_INVOKABLE qint64 lastAnswer() const;
    Q_INVOKABLE qint64 lastPrompt() const;
    /// The last message that has other versions.
    Q_INVOKABLE qint64 lastFork() const;
    /// A message without the marks of Markdown, and what was thought before it.
    Q_INVOKABLE QString plainText(qint64 message) const;
    Q_INVOKABLE QString reasoningText(qint64 message) const;

    /// Where the links of a message lead, in order and each once; those that may be opened.
    Q_INVOKABLE QStringList links(qint64 message) const;

    /// What the person asked on this branch, the latest first.
    Q_INVOKABLE QStringList prompts() const;

    MessageListModel* messages() { return &messages_; }
    ConversationTreeModel* tree() { return &tree_; }
    qint64 conversation() const { return conversation_; }
    double conversationNumber() const { return static_cast<double>(conversation_); }
    bool isPrivate() const { return conversation_ < 0; }
    QString title() const { return title_; }
    QString draft() const { return draft_; }
    void setDraft(const QString& draft);
    Phase phase() const;
    bool answering() const { return phase() != Phase::Idle; }
    bool canRestore() const { return removed_ != 0; }
    double readProgress() const;
    double contextUsed() const { return static_cast<double>(context_used_); }
    int leftOut() const { return left_out_; }
    int tokensLeft() const { return tokens_left_; }

    /// The conversation went away (removed): shows an empty one.
    void forget(qint64 conversation);
    /// Reads the shown conversation again: the database under it is another one.
    void reload();
    /// Ends and stores every answer under way and shows a new conversation: no id is in use any more.
    void let_go();
    /// From any thread, once the database is open.
    void clear_journal();
    void set_title(qint64 conversation, const QString& title);
    void on_events(const std::vector<engine::Event>& events);

  signals:
    void conversationChanged();
    void titleChanged();
    void draftChanged();
    void phaseChanged();
    void contextUsedChanged();
    void noticeChanged();
    void listChanged(); ///< the sidebar should read its list again
    void scrollTo(int row);
    void removedChanged();
    void treeWanted();             ///< the outline of the conversation should be shown
    void answered(qint64 message); ///< an answer came to its end, whatever end

  private:
    struct Generation {
        engine::RequestId request = 0; ///< 0: waits for a model
        storage::Message answer;       ///< as far as it has come
        std::vector<engine::ChatMessage> prompt;
        engine::ChatRequest asked;             ///< what was submitted, without its messages
        std::optional<storage::Replay> replay; ///< what generates the answer again, once it has ended
        QElapsedTimer clock;                   ///< since the first word
        Phase phase = Phase::Waiting;
        double read_progress = 0;
        bool is_unsaved = false;
        bool continues = false; ///< goes on with an answer; the figures of its beginning:
        std::int64_t earlier_reasoning_ms = 0;
        std::int64_t earlier_reasoning_tokens = 0;
        std::int64_t earlier_tokens = 0;

        qint64 elapsed_ms() {
            if (!clock.isValid()) clock.start();
            return clock.elapsed();
        }
    };
    /// What a job of the storage thread brings back to show.
    struct Opened {
        storage::Conversation conversation;
        std::vector<storage::Message> branch;
        QString draft;
        storage::MessageId scroll_to = 0;
    };
    /// A turn that was stored, and what the model reads for it.
    struct Begun {
        Opened opened;
        storage::Message answer;
        std::vector<engine::ChatMessage> prompt;
    };

    template <class Begin>
    void begin(Begin begin, const QString& unsent);
    void load(qint64 conversation, qint64 message);
    void show(Opened opened);
    void leave_private();
    void ask_private(int kept, const QString& prompt);
    void show_private();
    void launch(storage::Message answer, std::vector<engine::ChatMessage> prompt, bool continues = false);
    void submit(Generation& generation);
    void submit_waiting();
    void interrupt_all();
    void apply(Generation& generation, const engine::EventBody& event);
    void finish(Generation& generation, storage::Status status, const QString& error = {});
    void save_partials();
    void ask_for_title(const storage::Message& answer);
    void take_title(const engine::Event& event);
    void save_draft();
    void clear_notices();
    Generation* shown_generation();
    const Generation* shown_generation() const;
    void update_context_used();

    StoreThread& store_;
    ModelController& model_;
    Settings& settings_;
    MessageListModel messages_;
    ConversationTreeModel tree_;
    std::unique_ptr<StreamJournal> journal_;
    std::vector<std::unique_ptr<Generation>> generations_;
    QTimer partial_timer_;
    QTimer draft_timer_;
    storage::MessageId removed_ = 0; ///< what restoreMessage() brings back
    std::optional<storage::MessageId> removed_leaf_;
    /// A title the model is asked for, after the first answer of a conversation.
    struct Titling {
        engine::RequestId request = 0;
        qint64 conversation = 0;
        std::string text;
    };
    std::optional<Titling> titling_;
    std::mutex private_mutex_; ///< the engine's thread asks what not to journal
    std::set<engine::RequestId> private_requests_;
    PrivateConversation private_; ///< the one that is shown, if any
    qint64 conversation_ = 0;
    QString title_;
    QString draft_;
    QString new_draft_; ///< of the conversation not stored yet
    bool is_storing_ = false;
    std::uint64_t shown_ = 0; ///< counts what was shown: a late result of an earlier click is dropped
    std::int64_t context_used_ = 0;
    int left_out_ = 0;
    int tokens_left_ = 0;
};

/// A title for a conversation from its first words: one line, cut between words.
QString automatic_title(const QString& prompt);

/// A title out of what the model said when asked for one: its first line without quotes, marks and labels;
/// empty when there is none to be had.
QString title_of_answer(const QString& answer);

/// A stopped answer as the engine goes on with it: its reasoning, then its words, without spaces at the end.
std::string unfinished_reply(const storage::Message& answer, bool can_think);

} // namespace spoutnik::app
