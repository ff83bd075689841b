"""The marimo notebook that `ironlaw notebook` writes: a lab, and cells that go on from its live result.

One template for all labs: which controls and readings there are the notebook asks of the lab when it runs.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ironlaw.intents import find_lab

_TEXT = '''\
import marimo

__generated_with = @version@
app = marimo.App(width="medium", app_title=@title@)


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    The lab below is that of the studio, with the same ledger. The cells after it go on from where its instrument stands:
    they run again each time that it comes to rest.
    """)
    return


@app.cell
def _():
    import marimo as mo

    from ironlaw.estimate import estimate_training
    from ironlaw.notebook import open_lab

    return estimate_training, mo, open_lab


@app.cell(expand_output=True)
def _(mo, open_lab):
    lab = mo.ui.anywidget(open_lab(@call@))
    lab
    return (lab,)


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Where your instrument stands

    `lab.settings`, `lab.result` and `lab.progress` are plain Python values.
    """)
    return


@app.cell
def _(lab, mo):
    mo.stop(lab.result is None, mo.md("_Lock a prediction in the lab: the cells from here on need its instrument._"))
    result = lab.result
    mo.ui.table(
        [{"reading": card["label"], "value": card["text"], "note": card["note"]} for card in result["cards"]],
        selection=None,
    )
    return (result,)


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## A sweep

    The same model at every place of one control, all others as you have them.
    """)
    return


@app.cell
def _(lab, mo, result):
    # Another control, another reading? lab.controls and lab.outputs hold their names.
    control = next(iter(lab.controls))
    output = result["cards"][0]["id"]
    rows = lab.sweep(control)
    allowed = [row["at"] for row in rows if row["feasible"] and not row["broken"]]
    mo.md(f"**{lab.controls[control]}**: all limits hold at {len(allowed)} of {len(rows)} places. {', '.join(allowed)}")
    return control, output, rows


@app.cell
def _(control, lab, output):
    lab.chart(control, output)
    return


@app.cell
def _(mo, rows):
    mo.ui.table(rows, selection=None)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## A question of your own

    The engine behind the lab answers it outside the lab too: `ironlaw.estimate` takes registry names, and says with each
    number how sure it is.
    """)
    return


@app.cell
def _(mo):
    gpus = mo.ui.slider(steps=[32 * 2**power for power in range(8)], value=512, label="GPUs", show_value=True)
    gpus
    return (gpus,)


@app.cell
def _(estimate_training, gpus, mo):
    plan = estimate_training(
        model="llama-3-70b", device="h100-sxm", count=gpus.value, tp=8, pp=4, global_batch=1024, seq=8192
    )
    mo.ui.table(
        [{"figure": one.label, "value": one.text, "80 % interval": one.interval} for one in plan.figures],
        selection=None,
    ) if plan.feasible else mo.md("This plan cannot run: " + " ".join(plan.reasons))
    return


if __name__ == "__main__":
    app.run()
'''


def notebook(lab: str, *, ledger: Path | None = None, learner: str | None = None) -> str:
    """The text of the notebook. What is None stays out of it: `open_lab` knows the usual place. Raises Refusal as `find_lab`."""
    found = find_lab(lab)
    given = {"ledger": str(ledger) if ledger else None, "learner": learner}
    call = [_quoted(found.id), *(f"{name}={_quoted(value)}" for name, value in given.items() if value is not None)]
    text = _TEXT.replace("@title@", _quoted(found.title)).replace("@version@", _quoted(_marimo()))
    return text.replace("@call@", ", ".join(call))  # last: a learner may be called "@title@"


def _marimo() -> str:
    """Which marimo the notebook is for: the one that is here."""
    try:
        return version("marimo")
    except PackageNotFoundError:
        return "unknown"


def _quoted(text: str) -> str:
    """A Python string in double quotes, as the formatters write it."""
    return '"' + text.encode("unicode_escape").decode("ascii").replace('"', '\\"') + '"'
