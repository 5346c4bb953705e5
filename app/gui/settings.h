// SPDX-License-Identifier: MIT
// What the person prefers. Values arrive from the database soon after start and go back to it a moment after
// a change, both on the storage thread.
#pragma once

#include <QHash>
#include <QObject>
#include <QSet>
#include <QString>
#include <QTimer>
#include <QtQml/qqmlregistration.h>

#include <map>
#include <string>

namespace spoutnik::app {

class StoreThread;

class Settings : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("Settings belong to App")
    // Appearance
    Q_PROPERTY(QString theme READ theme WRITE setTheme NOTIFY themeChanged)             // system, light, dark
    Q_PROPERTY(bool dark READ dark NOTIFY themeChanged)                                 // what theme comes to
    Q_PROPERTY(QString language READ language WRITE setLanguage NOTIFY languageChanged) // system, en, fr
    Q_PROPERTY(double textScale READ textScale WRITE setTextScale NOTIFY textScaleChanged)
    Q_PROPERTY(bool reducedMotion READ reducedMotion NOTIFY reducedMotionChanged)
    // Answers
    Q_PROPERTY(double temperature READ temperature WRITE setTemperature NOTIFY temperatureChanged)
    Q_PROPERTY(bool think READ think WRITE setThink NOTIFY thinkChanged)
    Q_PROPERTY(bool modelTitles READ modelTitles WRITE setModelTitles NOTIFY modelTitlesChanged)
    // Model: the three that need it to be loaded again
    Q_PROPERTY(
        QString modelFile READ modelFile WRITE setModelFile NOTIFY modelFileChanged) // empty: the starter
    Q_PROPERTY(int threads READ threads WRITE setThreads NOTIFY threadsChanged)      // 0: one a core
    Q_PROPERTY(int context READ context WRITE setContext NOTIFY contextChanged)      // tokens, 0: up to 8192
    // Window
    Q_PROPERTY(int sidebarWidth READ sidebarWidth WRITE setSidebarWidth NOTIFY sidebarWidthChanged)
    Q_PROPERTY(bool sidebarVisible READ sidebarVisible WRITE setSidebarVisible NOTIFY sidebarVisibleChanged)
    Q_PROPERTY(int windowWidth READ windowWidth WRITE setWindowWidth NOTIFY windowWidthChanged)
    Q_PROPERTY(int windowHeight READ windowHeight WRITE setWindowHeight NOTIFY windowHeightChanged)

  public:
    explicit Settings(StoreThread& store, QObject* parent = nullptr);
    ~Settings() override; ///< hands over what has not been written yet

    /// What the database holds; values changed since the start are kept.
    void load(const std::map<std::string, std::string>& stored);

    /// The same after a restore: what the database does not hold is as if it had never been set.
    void replace(const std::map<std::string, std::string>& stored);
    /// Hands over what has not been written yet.
    void write();

    QString theme() const { return string("theme", QStringLiteral("system")); }
    bool dark() const {
        return theme() == QLatin1String("dark") || (theme() != QLatin1String("light") && system_dark_);
    }
    QString language() const { return string("language", QStringLiteral("system")); }
    double textScale() const;
    bool reducedMotion() const { return reduced_motion_; }
    double temperature() const;
    bool think() const { return boolean("think", true); }
    bool modelTitles() const { return boolean("model_titles", true); }
    QString modelFile() const { return string("model_file", {}); }
    int threads() const;
    int context() const;
    int sidebarWidth() const;
    bool sidebarVisible() const { return boolean("sidebar_visible", true); }
    int windowWidth() const { return integer("window_width", 1280); }
    int windowHeight() const { return integer("window_height", 800); }

    void setTheme(const QString& theme);
    void setLanguage(const QString& language);
    void setTextScale(double scale);         ///< 0.8 to 2
    void setTemperature(double temperature); ///< 0 to 2
    void setThink(bool think);
    void setModelTitles(bool by_model);
    void setModelFile(const QString& path);
    void setThreads(int threads);
    void setContext(int tokens);
    void setSidebarWidth(int width);
    void setSidebarVisible(bool visible);
    void setWindowWidth(int width);
    void setWindowHeight(int height);

    /// What the desktop says; SystemAppearance calls these.
    void setSystemDark(bool dark);
    void setReducedMotion(bool reduced);

  signals:
    void themeChanged();
    void languageChanged();
    void textScaleChanged();
    void reducedMotionChanged();
    void temperatureChanged();
    void thinkChanged();
    void modelTitlesChanged();
    void modelFileChanged();
    void threadsChanged();
    void contextChanged();
    void sidebarWidthChanged();
    void sidebarVisibleChanged();
    void windowWidthChanged();
    void windowHeightChanged();

  private:
    QString string(const char* key, const QString& fallback) const;
    bool boolean(const char* key, bool fallback) const;
    int integer(const char* key, int fallback) const;
    double number(const char* key, double fallback) const;
    /// Keeps a value and says whether it is new.
    bool put(const char* key, const QString& value);

    StoreThread& store_;
    QHash<QString, QString> values_;
    QSet<QString> unwritten_;
    QTimer write_soon_;
    bool system_dark_ = false;
    bool reduced_motion_ = false;
};

} // namespace spoutnik::app
