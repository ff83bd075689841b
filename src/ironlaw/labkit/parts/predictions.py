"""Predictions against what came true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ironlaw.labkit import figures as fig
from ironlaw.labkit.parts._common import NO_EVIDENCE, Reading, joined
from ironlaw.labkit.spec import Figure
from ironlaw.labkit.text import plain


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions of one stated confidence: how many, and the share that came true (None: there are none)."""

    stated: float
    count: int
    held: float | None


def reliability(
    id_: str,
    title: str,
    bins: Sequence[Bin],
    *,
    name: str = "your predictions",
    brier: float | None = None,
    says: str = "",
) -> Figure:
    """Whether predictions come true as often as was said: on the diagonal they do. A bin without any is not drawn.

    `name` says whose they are; `brier` is the mean squared error of the confidences, lower is better.
    """
    known = [(each, each.held) for each in bins if each.held is not None]
    total = sum(each.count for each in bins)
    score = f" with a Brier score of {plain(brier, 'number')}" if brier is not None else ""
    parts = [f"{plain(held, 'share')} of those at {plain(each.stated, 'share')}" for each, held in known]
    x, y = Reading("Stated confidence", "share", domain=(0.0, 1.0)), Reading("Came true", "share", domain=(0.0, 1.0))
    ends = [(0.0, 0.0), (1.0, 1.0)]
    drawn = fig.figure(
        id_,
        title,
        says
        or (
            f"Of {total} predictions{score}, {joined(parts)} came true."
            if known
            else f"There is {NO_EVIDENCE} yet: no prediction."
        ),
        x=x.axis([]),
        y=y.axis([]),
        marks=[
            fig.line(
                "even",
                "as often as stated",
                ends,
                [f"{plain(v, 'share')} as stated" for _, v in ends],
                colour="muted",
                dash=True,
            ),
            fig.line(
                "held",
                name,
                [(each.stated, held) for each, held in known],
                [
                    f"{plain(held, 'share')} of {each.count} at {plain(each.stated, 'share')} came true"
                    for each, held in known
                ],
            ),
            fig.dots(
                "counts",
                "each confidence",
                [(each.stated, held) for each, held in known],
                [
                    f"{plain(held, 'share')} of {each.count} at {plain(each.stated, 'share')} came true"
                    for each, held in known
                ],
            ),
        ],
        table=(
            ("Stated", "Predictions", "Came true"),
            [
                (
                    plain(each.stated, "share"),
                    plain(float(each.count), "count"),
                    NO_EVIDENCE if each.held is None else plain(each.held, "share"),
                )
                for each in bins
            ],
        ),
        height=250,
    )
    return fig.with_legend(drawn, fig.key("as often as stated", "muted", dash=True), fig.key(name, "data"))
