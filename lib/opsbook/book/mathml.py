"""Formulas as MathML: browsers draw it themselves, so the book needs neither script nor network."""

from typing import Any

from docutils import nodes  # type: ignore[import-untyped]

__all__ = ["add_mathml", "as_mathml"]


def as_mathml(latex: str, *, block: bool) -> str:
    """A formula in LaTeX as a ``<math>`` element.

    Args:
        latex: The formula, without dollar signs.
        block: Whether it stands in a line of its own.
    """
    from latex2mathml.converter import convert

    made: str = convert(" ".join(latex.split()), display="block" if block else "inline")
    return made


def add_mathml(app: Any) -> None:
    """Make it the way in which Sphinx writes formulas."""
    app.add_html_math_renderer(
        "mathml", inline_renderers=(_inline, None), block_renderers=(_block, None)
    )


def _inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(as_mathml(node.astext(), block=False))
    raise nodes.SkipNode


def _block(writer: Any, node: nodes.math_block) -> None:
    writer.body.append(
        f'<div class="formula" tabindex="0">{as_mathml(node.astext(), block=True)}</div>'
    )
    raise nodes.SkipNode
