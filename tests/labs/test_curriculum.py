"""The list of labs: 34, in order, and each built one is what the list says."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ironlaw import labs


def test_there_are_thirty_four_labs_in_order() -> None:
    ids = [entry.id for entry in labs.curriculum()]
    assert ids == [f"v1_{n:02d}" for n in range(17)] + [f"v2_{n:02d}" for n in range(1, 18)]
    assert set(labs.volumes()) == {1, 2}
    for entry in labs.curriculum():
        assert entry.id == f"v{entry.volume}_{entry.number:02d}"
        assert entry.title
        assert entry.invariant
    assert len({entry.title for entry in labs.curriculum()}) == 34


def test_a_built_lab_is_what_the_list_says() -> None:
    assert "v2_02" in labs.built()
    for entry in labs.curriculum():
        assert entry.built == (entry.id in labs.built())
        if entry.built:
            lab = labs.load(entry.id)
            assert (lab.id, lab.title, len(lab.acts), lab.minutes) == (entry.id, entry.title, entry.acts, entry.minutes)
            assert labs.load(entry.id) is lab
        else:
            assert (entry.acts, entry.minutes) == (0, None)
            with pytest.raises(labs.NotBuilt, match=entry.id):
                labs.load(entry.id)


@pytest.mark.parametrize("lab_id", ["v2_18", "v1_17", "v2_00", "v3_01", "2_02", "", "v2_02_interconnect_wall", "../x"])
def test_an_unknown_lab_is_named(lab_id: str) -> None:
    with pytest.raises(labs.UnknownLab, match="ids run from v1_00 to v1_16 and from v2_01 to v2_17"):
        labs.load(lab_id)


@pytest.mark.parametrize("written", ["v2_02", "v2-02", "V2-02", "  v2_02 "])
def test_an_id_may_be_written_as_on_the_command_line(written: str) -> None:
    assert labs.normal_id(written) == "v2_02"


def test_the_list_loads_no_lab() -> None:
    """The portal and `ironlaw labs` are fast because of this."""
    code = "import sys; from ironlaw import labs; labs.curriculum(); print([m for m in sys.modules if 'v2_02' in m or 'physics' in m])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
