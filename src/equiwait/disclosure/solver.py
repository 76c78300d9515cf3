"""The solver: linear programmes for HiGHS, which is told only what changes from one question to the next."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from highspy import Highs, HighsModelStatus, HighsStatus
from numpy.typing import NDArray
from scipy.sparse import csr_array

__all__ = ["Answer", "Inequalities", "Solver", "needed"]

Floats = NDArray[np.float64]

_DUAL, _PRIMAL = 1, 4  # simplex_strategy of HiGHS
_BY_ROWS = 2  # MatrixFormat.kRowwise
_LEAST_COST = 1  # ObjSense.kMinimize
_STOPPED = (HighsModelStatus.kTimeLimit, HighsModelStatus.kIterationLimit, HighsModelStatus.kSolutionLimit)


class Inequalities(NamedTuple):
    """``least <= matrix @ x <= most`` with bounds of each column."""

    matrix: csr_array
    least: Floats
    most: Floats
    low: Floats
    high: Floats


def needed(asked: Inequalities) -> Inequalities:
    """Return the same without the inequalities that no values between the bounds can break.

    Examples
    --------
    >>> ends = np.zeros(2), np.array([4.0, 5.0]), np.zeros(2), np.full(2, 3.0)
    >>> needed(Inequalities(csr_array([[1.0, 1.0], [1.0, 0.0]]), *ends)).matrix.toarray().tolist()
    [[1.0, 1.0]]
    """
    matrix, least, most, low, high = asked
    middle, reach = matrix @ ((low + high) / 2), abs(matrix) @ ((high - low) / 2)
    rows = np.flatnonzero(~((middle - reach >= least) & (middle + reach <= most)))
    return Inequalities(csr_array(matrix[rows]), least[rows], most[rows], low, high)


class Answer(NamedTuple):
    """A solution, None if there is none; its cost; whether it is surely of least cost; and the branches that it took."""

    point: Floats | None
    cost: float
    sure: bool
    branches: int = 0


_NOTHING = Answer(None, np.inf, False)


class _Silent(Highs):
    """HiGHS without the callbacks of its Python side, which print its name and keep every programme in memory."""

    def __init__(self) -> None:
        super(Highs, self).__init__()
        self.setOptionValue("output_flag", False)


class Solver:
    """One programme, asked for its cheapest solution at one cost after another.

    Each question is answered from where the last one ended, which takes a few steps where the first took hundreds. HiGHS says
    nothing and works on one core, so that equal questions in equal order have equal answers. A solver belongs to the
    thread that made it.

    Parameters
    ----------
    asked : Inequalities
    branches : int
        How many branches may be followed to find whole numbers; 0 where fractions will do.
    simplified : bool
        Whether HiGHS may simplify the programme first: quicker for one question, and forgotten before the next.

    Examples
    --------
    >>> one = Inequalities(csr_array([[1.0, 1.0]]), np.zeros(1), np.full(1, 5.0), np.zeros(2), np.full(2, 3.0))
    >>> solver = Solver(one)
    >>> solver.cheapest(np.array([-1.0, -2.0])).point.tolist(), solver.cheapest(np.array([0.0, 1.0])).cost
    ([2.0, 3.0], 0.0)
    """

    def __init__(self, asked: Inequalities, *, branches: int = 0, simplified: bool = False) -> None:
        rows, columns = asked.matrix.shape
        self._columns = np.arange(columns, dtype=np.int32)
        self.branches = branches
        self._asked = False
        self._highs = _Silent()
        options = {"threads": 1, "presolve": "on" if branches or simplified else "off"}
        options |= {"mip_max_nodes": branches} if branches else {}
        for name, value in options.items():
            self._highs.setOptionValue(name, value)
        self._highs.passModel(
            columns, rows, asked.matrix.nnz, _BY_ROWS, _LEAST_COST, 0.0, np.zeros(columns), asked.low, asked.high,
            asked.least, asked.most, asked.matrix.indptr.astype(np.int32),
            asked.matrix.indices.astype(np.int32), asked.matrix.data,
            np.full(columns, branches > 0, np.int32),
        )  # fmt: skip

    def cheapest(self, cost: Floats, *, near: bool = False) -> Answer:
        """Return a solution of least cost.

        Parameters
        ----------
        cost : ndarray of float
        near : bool
            Whether it is likely to be near the last one: one column is pushed, not many.
        """
        solve = self._highs
        solve.changeColsCost(len(cost), self._columns, cost)
        solve.setOptionValue("simplex_strategy", _PRIMAL if near and self._asked else _DUAL)
        self._run()
        self._asked = True
        status, info = solve.getModelStatus(), solve.getInfo()
        sure = status == HighsModelStatus.kOptimal
        if not sure and not (self.branches and status in _STOPPED and np.isfinite(info.objective_function_value)):
            return _NOTHING._replace(branches=max(info.mip_node_count, 0))
        point = np.array(solve.getSolution().col_value)
        return Answer(point, info.objective_function_value, sure, max(info.mip_node_count, 0))

    def _run(self) -> None:
        """Solve; on as many cores as somebody else has told HiGHS in this thread, if that was not one."""
        if self._highs.run() == HighsStatus.kError:
            self._highs.setOptionValue("threads", 0)
            self._highs.run()
