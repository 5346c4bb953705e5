// SPDX-License-Identifier: MIT
// Exports that draw the messages' Markdown, and so stand above storage: one HTML file that opens offline, and
// PDF. They show blocks as the window does, by the same reading of Markdown.
#pragma once

#include "storage/archive/writer.h"

#include <memory>

namespace spoutnik::app {

/// One file without scripts and without anything to fetch: light or dark as the reader's system is, a style
/// for print, reasoning folded, formulas as MathML. Several conversations are folded under their titles.
std::unique_ptr<storage::archive::Writer> html_writer(storage::archive::Words words = {});

/// PDF with its fonts embedded, text that can be searched and copied, links, and an outline. A4.
/// Throws std::runtime_error when Cairo cannot draw.
std::unique_ptr<storage::archive::Writer> pdf_writer(storage::archive::Words words = {});

} // namespace spoutnik::app
