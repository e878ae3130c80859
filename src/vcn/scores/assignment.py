"""People and clusters matched one to one, and the scores of that."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcn.scores.definitions import PRF
from vcn.scores.table import (
    Contingency,
    IntArray,
    check_pair,
    contingency,
    factor,
    table_of,
    weights,
)

FloatArray = NDArray[np.float64]
DENSE_CELLS = 1 << 16
"""Tables up to this size are assigned as dense matrices, which is quicker."""


def assign(
    truth: ArrayLike, predicted: ArrayLike, weight: ArrayLike | None = None
) -> dict[Any, Any]:
    """One cluster for a person, one person for a cluster: true label -> predicted label.

    `weight` as in `contingency`.

    The assignment shares the largest number of samples in total; among equal ones, the
    one with the largest CP + CR / sqrt(2): the weight is irrational, so that ties have
    one CP and one CR whatever the order of samples or names. People without a cluster
    are left out.
    """
    true_names, true_code = factor(truth, "truth")
    names, code = factor(predicted, "predicted")
    check_pair(true_code, code)
    table = table_of(true_code, code, weights(weight, len(code)))
    cell_person, cell_cluster = _assign(table)
    return {
        true_names[j].item(): names[k].item()
        for j, k in zip(cell_person.tolist(), cell_cluster.tolist(), strict=True)
    }


def character(truth: ArrayLike, predicted: ArrayLike) -> PRF:
    """Character precision, recall and F (RAD V-A, after Brown et al. 2021).

    Clusters are assigned to people one to one, so that the number of samples shared is
    as large as possible (see `assign`). Precision of a person: the share of the cluster
    that is the person. Recall: the share of the person that is in the cluster. Both are
    0 for a person without a cluster; all people weigh the same. F is of the two means.
    """
    return character_of(contingency(truth, predicted))


def character_of(table: Contingency) -> PRF:
    """`character` of a table."""
    person, cluster = _assign(table)
    n_clusters = len(table.cluster_size)
    # Cells are sorted by person, then cluster: find the cell of each assigned pair.
    cells = table.person * n_clusters + table.cluster
    shared: FloatArray = table.count[np.searchsorted(cells, person * n_clusters + cluster)].astype(
        np.float64
    )
    n_people = len(table.person_size)
    precision = float((shared / table.cluster_size[cluster]).sum()) / n_people
    recall = float((shared / table.person_size[person]).sum()) / n_people
    return PRF(precision, recall, 2 * precision * recall / (precision + recall))


def _assign(table: Contingency) -> tuple[IntArray, IntArray]:
    """Person and cluster of each pair of the one-to-one assignment (see `assign`)."""
    from scipy.optimize import linear_sum_assignment
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    n_people, n_clusters = len(table.person_size), len(table.cluster_size)
    precision = table.count / table.cluster_size[table.cluster]
    recall = table.count / table.person_size[table.person]
    # The tie-break sums to less than 1/2, so that it never outweighs one sample.
    weight = table.count + (precision + recall / math.sqrt(2)) / (4 * min(n_people, n_clusters))
    if n_people * n_clusters <= DENSE_CELLS:
        dense = np.zeros((n_people, n_clusters))
        dense[table.person, table.cluster] = weight
        person, cluster = linear_sum_assignment(dense, maximize=True)
        taken = dense[person, cluster] > 0
        return person[taken].astype(np.int64), cluster[taken].astype(np.int64)
    # The solver's time grows with the square of its rows. Where a group of people and
    # clusters that touch has one person or one cluster, its best cell is the answer.
    size = n_people + n_clusters
    graph = csr_array(
        (np.ones(len(weight)), (table.person, n_people + table.cluster)), shape=(size, size)
    )
    n_parts, part = connected_components(graph, directed=False)
    star = np.bincount(part[:n_people], minlength=n_parts) == 1
    star |= np.bincount(part[n_people:], minlength=n_parts) == 1
    part_of_cell = part[table.person]
    order = np.lexsort((weight, part_of_cell))
    last = np.append(part_of_cell[order][1:] != part_of_cell[order][:-1], True)
    best = order[last & star[part_of_cell[order]]]
    rest = np.flatnonzero(~star[part_of_cell])
    if n_people <= n_clusters:
        person, cluster = _match(table.person[rest], table.cluster[rest], weight[rest])
    else:
        cluster, person = _match(table.cluster[rest], table.person[rest], weight[rest])
    return (
        np.concatenate([table.person[best], person]),
        np.concatenate([table.cluster[best], cluster]),
    )


def _match(row: IntArray, column: IntArray, weight: FloatArray) -> tuple[IntArray, IntArray]:
    """The one-to-one choice of cells with the largest sum of positive weights."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    if len(row) == 0:
        return row, column
    rows, row = np.unique(row, return_inverse=True)
    columns, column = np.unique(column, return_inverse=True)
    # Each row may also take a column of its own, "nobody", at the price of its weight;
    # the 1 added to every edge keeps that an edge and changes no order.
    own = np.arange(len(rows))
    graph = csr_array(
        (
            np.concatenate([1 + weight, np.ones(len(rows))]),
            (np.concatenate([row, own]), np.concatenate([column, len(columns) + own])),
        ),
        shape=(len(rows), len(columns) + len(rows)),
    )
    chosen_row, chosen = min_weight_full_bipartite_matching(graph, maximize=True)
    real = chosen < len(columns)
    return rows[chosen_row[real]], columns[chosen[real]]
