// SPDX-License-Identifier: MIT
// Icons in the colours of the theme: image://icons/NAME/RRGGBB draws resources/icons/NAME.svg in that colour.
#pragma once

#include <QQuickImageProvider>

namespace spoutnik::app {

class IconProvider : public QQuickImageProvider {
  public:
    IconProvider() : QQuickImageProvider(QQuickImageProvider::Image) {}
    QImage requestImage(const QString& id, QSize* size, const QSize& requested) override;
};

} // namespace spoutnik::app
