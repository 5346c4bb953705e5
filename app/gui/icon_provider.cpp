// SPDX-License-Identifier: MIT
#include "app/gui/icon_provider.h"

#include <QFile>
#include <QPainter>
#include <QSvgRenderer>

namespace spoutnik::app {

QImage IconProvider::requestImage(const QString& id, QSize* size, const QSize& requested) {
    const QString name = id.section(QLatin1Char('/'), 0, 0);
    const QByteArray colour = '#' + id.section(QLatin1Char('/'), 1, 1).toLatin1();

    QFile file(QStringLiteral(":/spoutnik/icons/%1.svg").arg(name));
    if (!file.open(QIODevice::ReadOnly)) return {};
    // Every icon is drawn in one colour, written as #000000 in its file.
    QSvgRenderer svg(file.readAll().replace("#000000", colour));
    const QSize pixels = requested.isValid() && !requested.isEmpty() ? requested : svg.defaultSize();
    QImage image(pixels, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    svg.render(&painter);
    if (size) *size = pixels;
    return image;
}

} // namespace spoutnik::app
