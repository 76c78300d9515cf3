"""Copies of the samples, the script for a spreadsheet and the notebooks, in a folder of the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from os import PathLike
from pathlib import Path

from equiwait.errors import InputError, OptionError
from equiwait.files.whole_files import write_file

__all__ = ["EXAMPLES", "SAMPLES", "inside", "write_examples"]

SAMPLES = {
    "sample/adult_ptl.csv": "sample_lists/adult_ptl.csv",
    "sample/directory.csv": "sample_places/directory.csv",
    "sample/index.csv": "sample_places/index.csv",
    "sample/policy.toml": "sample_policies/eastquay_adults.toml",
}
"""What a first try needs: the name of each file in the folder, and where it stands among our data."""

EXAMPLES = {
    **SAMPLES,
    "sample/childrens_surgery.xlsx": "sample_lists/childrens_surgery.xlsx",
    "sample/wlmds_extract.csv": "sample_lists/wlmds_extract.csv",
    "sample/index_children.csv": "sample_places/index_children.csv",
    "sample/invented_demographics.xlsx": "sample_published/invented_demographics.xlsx",
    "README.md": "examples/README.md",
    "report_on_a_spreadsheet.py": "examples/report_on_a_spreadsheet.py",
    "Report on a spreadsheet.bat": "examples/Report on a spreadsheet.bat",
    "notebooks/1_first_report.ipynb": "notebooks/1_first_report.ipynb",
    "notebooks/2_mend_or_start.ipynb": "notebooks/2_mend_or_start.ipynb",
    "notebooks/3_write_a_policy.ipynb": "notebooks/3_write_a_policy.ipynb",
    "notebooks/4_what_an_order_does.ipynb": "notebooks/4_what_an_order_does.ipynb",
    "notebooks/5_published_statistics.ipynb": "notebooks/5_published_statistics.ipynb",
    "notebooks/6_a_national_list.ipynb": "notebooks/6_a_national_list.ipynb",
}
"""All that `equiwait examples` writes."""


def inside(name: str) -> Path:
    """Return where a file that came with the package is: beside its code, or in a clone of the project.

    Raises
    ------
    InputError
        If the package was installed without it.
    """
    here = Path(__file__).resolve()
    for folder in (here.parents[1] / "sample_data", here.parents[3] / "data", here.parents[3]):
        if (folder / name).is_file():
            return folder / name
    raise InputError(
        f"The file {Path(name).name!r} did not come with this installation.", todo="Install equiwait again."
    )


def write_examples(
    to: str | PathLike[str], files: dict[str, str] | None = None
) -> tuple[Sequence[Path], Sequence[Path]]:
    """Copy files into a folder, and return those that are there as they came, and those that somebody has changed.

    Parameters
    ----------
    to : path
        A folder; it is made if it is not there.
    files : dict, optional
        Name in the folder → name among our data; by default `EXAMPLES`.

    Returns
    -------
    tuple of lists of pathlib.Path
        The files that are there as they came; and those that were there and differ, which are left as they are.

    Raises
    ------
    OptionError
        If the folder cannot be written to.
    """
    came, changed, failure = [], [], ""
    try:
        for name, source in (files or EXAMPLES).items():
            content, path = inside(source).read_bytes(), Path(to) / name
            if path.exists() and path.read_bytes() != content:
                changed.append(path)
                continue
            write_file(path, partial(Path.write_bytes, data=content))
            came.append(path)
    except OSError as error:
        failure = type(error).__name__
    if failure:
        raise OptionError(
            f"{Path(to).name!r} could not be written ({failure}).",
            todo="Check that you may write there, or name another folder.",
        )
    return came, changed
