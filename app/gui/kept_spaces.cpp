// SPDX-License-Identifier: MIT
#include "app/gui/kept_spaces.h"

namespace spoutnik::app {

namespace {

/// Whether a sign that begins there ends what stands before it, as in "quoi ?": "?x" and ":-)" do not.
bool is_closing(QStringView text) {
    constexpr QStringView signs = u"?!:;»";
    qsizetype at = 0;
    while (at < text.size() && signs.contains(text[at]))
        ++at;
    return at > 0 && (at == text.size() || text[at].isSpace() || text[at] == u'<' || text[at] == u')' ||
                      text[at] == u',' || text[at] == u'.');
}

} // namespace

QString with_kept_spaces(const QString& html) {
    constexpr QChar kept = u'\u00A0';
    QString out = html;
    bool is_verbatim = false;
    for (qsizetype at = 0; at < out.size(); ++at) {
        const QStringView rest = QStringView(out).mid(at);
        if (out[at] == u'<') {
            if (rest.startsWith(u"<code") || rest.startsWith(u"<span class=\"math\"")) is_verbatim = true;
            if (rest.startsWith(u"</code") || rest.startsWith(u"</span")) is_verbatim = false;
            const qsizetype end = out.indexOf(u'>', at);
            if (end < 0) break;
            at = end;
        } else if (!is_verbatim && out[at] == u' ') {
            const bool opens = at > 0 && out[at - 1] == u'«';
            if (opens || is_closing(rest.mid(1))) out[at] = kept;
        }
    }
    return out;
}

} // namespace spoutnik::app
