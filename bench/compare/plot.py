# SPDX-License-Identifier: MIT
"""The comparison of one model as an SVG picture: bars in groups by depth, prefill left, decode right. Follows the
reader's light or dark setting, and can be read without colours: every bar carries its value, groups keep one order."""
from html import escape

from . import summary

WIDTH, HEIGHT = 960, 400
TOP, BOTTOM = 92, 330
PANELS = ((56, 468), (520, 932))
# Blue, orange, green that stay apart for colour-blind readers, on light and on dark.
LIGHT, DARK = ("#0067a5", "#c75b00", "#00795c", "#7d4fb3"), ("#62b4f0", "#ff9d4d", "#3ccaa3", "#c19bf0")

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-size: 17px; font-weight: 600; }
.value { font-size: 11px; text-anchor: middle; }
.middle { text-anchor: middle; }
.end { text-anchor: end; }
.quiet { fill: #57606a; }
.grid { stroke: #d0d7de; }
.whisker { stroke: #24292f; }
.limit { stroke: #24292f; stroke-width: 2; stroke-dasharray: 4 3; }
.ground { fill: #ffffff; }
%s
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .quiet { fill: #9198a1; }
  .grid { stroke: #3d444d; }
  .limit, .whisker { stroke: #e6edf3; }
  .ground { fill: #0d1117; }
  %s
}
"""


def nice_step(most):
    """A round step that cuts 0 ... most into at most five parts."""
    step = 1.0
    while step * 5 < most:
        step *= 10
    for smaller in (step / 10, step / 5, step / 4, step / 2):
        if smaller * 5 >= most:
            return smaller
    return step


def text(x, y, content, kind=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(content)}</text>'


def short(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def panel(runs, measure, title, left, right):
    engines, depths = summary.engines_of(runs), summary.depths_of(runs)
    found = {(depth, engine): summary.figures(runs, engine, depth, measure) for depth in depths for engine in engines}
    depths = [depth for depth in depths if any(found[depth, engine] for engine in engines)]
    limits = {}
    if measure == "decode_tps":
        for depth in depths:
            limits[depth] = summary.spread(summary.limit_tps(run, depth) for run in runs)
    most = max([figure.high for figure in found.values() if figure]
               + [limit.middle for limit in limits.values() if limit], default=1.0)
    step = nice_step(most)
    top_value = step * -(-most // step)
    height = BOTTOM - TOP

    def y(value):
        return BOTTOM - value / top_value * height

    parts = [text(left, TOP - 18, title)]
    tick = 0.0
    while tick <= top_value + step / 2:
        parts.append(f'<line class="grid" x1="{left}" x2="{right}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>')
        parts.append(text(left - 6, y(tick) + 4, f"{tick:g}", "quiet end"))
        tick += step
    group = (right - left) / max(1, len(depths))
    bar = min(46.0, group * 0.82 / len(engines))
    for index, depth in enumerate(depths):
        start = left + group * index + (group - bar * len(engines)) / 2
        for place, engine in enumerate(engines):
            figure = found[depth, engine]
            if figure is None:
                continue
            x = start + bar * place
            parts.append(f'<rect class="engine{place}" x="{x + 1:.1f}" y="{y(figure.middle):.1f}" width="{bar - 2:.1f}" '
                         f'height="{BOTTOM - y(figure.middle):.1f}"><title>{escape(engine)}, depth {depth}: '
                         f'{figure.middle:.2f} tokens/s</title></rect>')
            if figure.count > 1:
                parts.append(f'<line class="whisker" x1="{x + bar / 2:.1f}" x2="{x + bar / 2:.1f}" '
                             f'y1="{y(figure.low):.1f}" y2="{y(figure.high):.1f}"/>')
            parts.append(text(x + bar / 2, y(figure.high) - 5, short(figure.middle), "value"))
        if limits.get(depth):
            level = y(limits[depth].middle)
            parts.append(f'<line class="limit" x1="{start - 6:.1f}" x2="{start + bar * len(engines) + 6:.1f}" '
                         f'y1="{level:.1f}" y2="{level:.1f}"><title>what the memory allows: '
                         f'{limits[depth].middle:.1f} tokens/s</title></line>')
        parts.append(text(left + group * (index + 0.5), BOTTOM + 20, f"depth {depth:,}", "middle"))
    return parts


def picture(runs):
    """SVG of the runs of one model."""
    engines = summary.engines_of(runs)
    colours = ["\n".join(f".engine{i} {{ fill: {palette[i % len(palette)]}; }}" for i in range(len(engines)))
               for palette in (LIGHT, DARK)]
    words = ", ".join(engines)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
             f'aria-label="{escape(words)}: tokens per second on {escape(runs[0]["model"])}">',
             "<style>" + STYLE % tuple(colours) + "</style>",
             f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>',
             text(20, 32, runs[0]["model"], "title")]
    x = 20.0
    for place, engine in enumerate(engines):
        parts.append(f'<rect class="engine{place}" x="{x:.0f}" y="44" width="12" height="12"/>')
        parts.append(text(x + 18, 55, engine))
        x += 40 + 7.5 * len(engine)
    parts.append(f'<line class="limit" x1="{x:.0f}" x2="{x + 24:.0f}" y1="50" y2="50"/>')
    parts.append(text(x + 30, 55, "what the memory allows"))
    prompt, generate = runs[0]["prompt"], runs[0]["generate"]
    parts += panel(runs, "prefill_tps", f"prefill of {prompt} tokens, tokens/s", *PANELS[0])
    parts += panel(runs, "decode_tps", f"decode of {generate} tokens, tokens/s", *PANELS[1])
    rounds = 1 + max(run["round"] for run in runs)
    parts.append(text(20, HEIGHT - 16, f"{runs[0]['processor']}, {runs[0]['threads']} threads, medians of "
                      f"{rounds} rounds; lines on the bars: least to most", "quiet"))
    return "\n".join(parts) + "\n</svg>\n"
