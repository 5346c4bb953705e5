// SPDX-License-Identifier: MIT
#include "app/gui/settings.h"

#include "app/gui/store_thread.h"

#include <algorithm>

namespace spoutnik::app {

namespace {
constexpr int write_delay_ms = 300;
const QString prefix = QStringLiteral("app/"); // of the keys in the database
} // namespace

Settings::Settings(StoreThread& store, QObject* parent) : QObject(parent), store_(store) {
    write_soon_.setSingleShot(true);
    write_soon_.setInterval(write_delay_ms);
    connect(&write_soon_, &QTimer::timeout, this, &Settings::write);
}

Settings::~Settings() {
    write();
}

void Settings::load(const std::map<std::string, std::string>& stored) {
    for (const auto& [key, value] : stored) {
        const QString name = QString::fromStdString(key);
        if (name.startsWith(prefix) && !unwritten_.contains(name.mid(prefix.size())))
            values_.insert(name.mid(prefix.size()), QString::fromStdString(value));
    }
    emit themeChanged();
    emit languageChanged();
    emit textScaleChanged();
    emit temperatureChanged();
    emit thinkChanged();
    emit modelTitlesChanged();
    emit modelFileChanged();
    emit threadsChanged();
    emit contextChanged();
    emit sidebarWidthChanged();
    emit sidebarVisibleChanged();
    emit windowWidthChanged();
    emit windowHeightChanged();
}

void Settings::replace(const std::map<std::string, std::string>& stored) {
    for (const auto& name : values_.keys())
        if (!unwritten_.contains(name)) values_.remove(name);
    load(stored);
}

QString Settings::string(const char* key, const QString& fallback) const {
    return values_.value(QLatin1String(key), fallback);
}

bool Settings::boolean(const char* key, bool fallback) const {
    return integer(key, fallback ? 1 : 0) != 0;
}

int Settings::integer(const char* key, int fallback) const {
    bool is_number = false;
    const int value = values_.value(QLatin1String(key)).toInt(&is_number);
    return is_number ? value : fallback;
}

double Settings::number(const char* key, double fallback) const {
    bool is_number = false;
    const double value = values_.value(QLatin1String(key)).toDouble(&is_number);
    return is_number ? value : fallback;
}

bool Settings::put(const char* key, const QString& value) {
    const QString name = QLatin1String(key);
    if (values_.contains(name) && values_.value(name) == value) return false;
    values_.insert(name, value);
    unwritten_.insert(name);
    write_soon_.start();
    return true;
}

void Settings::write() {
    write_soon_.stop();
    if (unwritten_.isEmpty()) return;
    std::map<std::string, std::string> changed;
    for (const auto& name : std::as_const(unwritten_))
        changed.emplace((prefix + name).toStdString(), values_.value(name).toStdString());
    unwritten_.clear();
    store_.run([changed = std::move(changed)](Store& store) {
        for (const auto& [key, value] : changed)
            store.settings.set(key, value);
    });
}

double Settings::textScale() const {
    return std::clamp(number("text_scale", 1.0), 0.8, 2.0);
}
double Settings::temperature() const {
    return std::clamp(number("temperature", 0.6), 0.0, 2.0);
}
int Settings::threads() const {
    return std::clamp(integer("threads", 0), 0, 1024);
}
int Settings::context() const {
    return std::max(integer("context", 0), 0);
}
int Settings::sidebarWidth() const {
    return std::clamp(integer("sidebar_width", 280), 220, 420);
}

void Settings::setTheme(const QString& theme) {
    if (put("theme", theme)) emit themeChanged();
}
void Settings::setLanguage(const QString& language) {
    if (put("language", language)) emit languageChanged();
}
void Settings::setTextScale(double scale) {
    if (put("text_scale", QString::number(std::clamp(scale, 0.8, 2.0)))) emit textScaleChanged();
}
void Settings::setTemperature(double temperature) {
    if (put("temperature", QString::number(std::clamp(temperature, 0.0, 2.0)))) emit temperatureChanged();
}
void Settings::setThink(bool think) {
    if (put("think", QString::number(think ? 1 : 0))) emit thinkChanged();
}

void Settings::setModelTitles(bool by_model) {
    if (put("model_titles", QString::number(by_model ? 1 : 0))) emit modelTitlesChanged();
}
void Settings::setModelFile(const QString& path) {
    if (put("model_file", path)) emit modelFileChanged();
}
void Settings::setThreads(int threads) {
    if (put("threads", QString::number(threads))) emit threadsChanged();
}
void Settings::setContext(int tokens) {
    if (put("context", QString::number(tokens))) emit contextChanged();
}
void Settings::setSidebarWidth(int width) {
    if (put("sidebar_width", QString::number(width))) emit sidebarWidthChanged();
}
void Settings::setSidebarVisible(bool visible) {
    if (put("sidebar_visible", QString::number(visible ? 1 : 0))) emit sidebarVisibleChanged();
}
void Settings::setWindowWidth(int width) {
    if (put("window_width", QString::number(width))) emit windowWidthChanged();
}
void Settings::setWindowHeight(int height) {
    if (put("window_height", QString::number(height))) emit windowHeightChanged();
}

void Settings::setSystemDark(bool dark) {
    if (system_dark_ == dark) return;
    system_dark_ = dark;
    emit themeChanged();
}

void Settings::setReducedMotion(bool reduced) {
    if (reduced_motion_ == reduced) return;
    reduced_motion_ = reduced;
    emit reducedMotionChanged();
}

} // namespace spoutnik::app
