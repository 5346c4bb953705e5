// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace spoutnik::app {

/// The sheet of an exported page; contrast of every text is at least 4.5 to 1 in both schemes.
inline constexpr std::string_view html_style = R"css(
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1d2126; --quiet: #5b6470; --line: #d9dde3;
  --panel: #f3f5f8; --accent: #1f5fbf; }
@media (prefers-color-scheme: dark) { :root { --paper: #16191d; --ink: #e6e9ee; --quiet: #a2abb8;
  --line: #363d47; --panel: #20252b; --accent: #8ab4f8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 46rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, "Noto Sans", "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
h1, h2, h3, h4, h5, h6 { line-height: 1.3; margin: 1.4em 0 0.5em; }
h1 { font-size: 1.6rem; margin-top: 0; }
h2 { font-size: 1rem; margin: 0; }
h3 { font-size: 1.3rem; } h4 { font-size: 1.15rem; } h5, h6 { font-size: 1rem; }
p, ul, pre, table, blockquote { margin: 0.6em 0; }
a { color: var(--accent); }
article { margin: 1.75rem 0; }
article.user { background: var(--panel); border-radius: 0.75rem; padding: 0.9rem 1.1rem; }
article > header { display: flex; gap: 0.75em; align-items: baseline; flex-wrap: wrap; }
time, .note, .about, figcaption { color: var(--quiet); font-size: 0.85rem; }
.plain { white-space: pre-wrap; }
details { margin: 0.6em 0; }
summary { cursor: pointer; color: var(--quiet); }
details.reasoning > div { border-inline-start: 3px solid var(--line); padding-inline-start: 1rem;
  color: var(--quiet); }
details.conversation { border-top: 1px solid var(--line); padding: 0.75rem 0; margin: 0; }
details.conversation > summary > h1 { display: inline; font-size: 1.2rem; color: var(--ink); }
code { font-family: ui-monospace, "Noto Sans Mono", "DejaVu Sans Mono", monospace; font-size: 0.9em; }
:not(pre) > code { background: var(--panel); border-radius: 0.3em; padding: 0.1em 0.3em; white-space: pre-wrap; }
figure { margin: 0.8em 0; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.8rem 1rem;
  overflow-x: auto; overflow-wrap: normal; margin: 0.2em 0; tab-size: 4; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: 0.35em 0.7em; text-align: start; vertical-align: top; }
th { background: var(--panel); }
.center { text-align: center; } .right { text-align: right; } .left { text-align: left; }
blockquote { border-inline-start: 3px solid var(--line); margin-inline: 0; padding-inline-start: 1rem;
  color: var(--quiet); }
ul.list { list-style: none; padding: 0; }
ul.list > li { display: flex; gap: 0.6em; margin: 0.2em 0; }
ul.loose > li { margin: 0.6em 0; }
.marker { flex: none; min-width: 1.1em; text-align: end; color: var(--quiet); }
.in1 { margin-inline-start: 1.7em; } .in2 { margin-inline-start: 3.4em; } .in3 { margin-inline-start: 5.1em; }
.in4 { margin-inline-start: 6.8em; } .in5 { margin-inline-start: 8.5em; } .in6 { margin-inline-start: 10.2em; }
hr { border: 0; border-top: 1px solid var(--line); margin: 1.5em 0; }
math { font-size: 1.1em; } math[display="block"] { margin: 0.8em 0; overflow-x: auto; }
@page { margin: 2cm; }
@media print { :root { color-scheme: light; --paper: #fff; --ink: #000; --quiet: #444; --line: #bbb;
  --panel: #f4f4f4; --accent: #000; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; } h1, h2, h3, h4, header { break-after: avoid; }
  pre, table, figure { break-inside: avoid-page; } a::after { content: " (" attr(href) ")"; } }
)css";

} // namespace spoutnik::app
