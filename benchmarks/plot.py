"""The results as a picture: two groups of bars, in SVG written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_LABELS, _BARS, _VALUES, _LINE = 150, 470, 60, 22
_WIDTH = _LABELS + _BARS + _VALUES
_NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'
_CSS = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.note { fill: #59636e }
.bar { fill: #9fb3c8 }
.ours { fill: #0b6e4f }
.floor { stroke: #59636e; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .note { fill: #9198a1 } .bar { fill: #4b5a6a } .ours { fill: #3fb68b }
  .floor { stroke: #9198a1 }
}
""".strip()


def svg(groups: Sequence[tuple[str, Mapping[str, float]]], ours: str, notes: Sequence[str]) -> str:
    """Draw groups of horizontal bars, each sorted from the shortest bar to the longest.

    :param groups: a title, and the values by name; the floor's value is 1.
    :param ours: bars whose name starts with this are marked.
    :param notes: the lines under the picture.
    :return: the picture's text.
    """
    drawn: list[str] = []
    top = 0
    for title, values in groups:
        drawn.append(f'<text class="title" x="0" y="{top + 18}">{escape(title)}</text>')
        top += 30
        scale = _BARS / max(values.values())
        start = top
        for name, value in sorted(values.items(), key=lambda item: item[1]):
            kind = "bar ours" if name.startswith(ours) else "bar"
            length = max(value * scale, 1)
            drawn += [
                f'<text x="{_LABELS - 8}" y="{top + 15}" text-anchor="end">{escape(name)}</text>',
                f'<rect class="{kind}" x="{_LABELS}" y="{top + 3}" width="{length:.1f}" height="16"/>',
                # In a column of their own: the floor's line crosses none of them.
                f'<text x="{_WIDTH}" y="{top + 15}" text-anchor="end">{value:.2f}</text>',
            ]
            top += _LINE
        floor = _LABELS + scale
        drawn.append(
            f'<line class="floor" x1="{floor:.1f}" x2="{floor:.1f}" y1="{start}" y2="{top}"/>'
        )
        top += 16
    for note in notes:
        drawn.append(f'<text class="note" x="0" y="{top + 14}">{escape(note)}</text>')
        top += 18
    height = top + 6
    title = escape("; ".join(title for title, _ in groups))
    return "\n".join(
        [
            f'<svg {_NAMESPACE} viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{title}">',
            f"<style>{_CSS}</style>",
            *drawn,
            "</svg>",
            "",
        ]
    )
