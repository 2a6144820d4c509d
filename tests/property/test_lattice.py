"""Paths through tiny lattices against the sum over every one of them, written out."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrail.trace.lattice import Lattice, find_best_path, find_best_through, sum_paths


@st.composite
def lattices(draw):
    """Up to seven nodes, up to two anchors; moments of an anchor never lie after its end."""
    count, anchors = draw(st.integers(1, 7)), draw(st.integers(0, 2))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    settled = np.sort(rng.integers(0, anchors + 1, count))
    anchor = np.array([rng.integers(low, anchors) if low < anchors and rng.random() < 0.4 else -1 for low in settled])
    edge = np.where(rng.random((count, count)) < 0.2, -np.inf, rng.normal(0, 2, (count, count)))
    return Lattice(
        node=rng.normal(0, 2, count),
        edge=edge,
        start=rng.normal(-1, 1, count),
        end=rng.normal(-1, 1, count),
        empty=float(rng.normal()),
        anchor=anchor.astype(np.int64),
        settled=settled.astype(np.int64),
        denied=rng.normal(-2, 1, anchors),
    )


def weigh(lattice, path):
    """Log weight of one path, following the definition word by word; None when the path cannot be."""
    weight = 0.0 if path else lattice.empty
    believed, reached = set(), 0
    for position, node in enumerate(path):
        weight += lattice.node[node]
        weight += lattice.start[node] if position == 0 else lattice.edge[path[position - 1], node]
        mine = int(lattice.anchor[node])
        if mine >= 0 and mine < reached:
            return None
        reached = mine + 1 if mine >= 0 else max(reached, int(lattice.settled[node]))
        believed |= {mine} - {-1}
    weight += lattice.end[path[-1]] if path else 0.0
    return weight + sum(lattice.denied[k] for k in range(len(lattice.denied)) if k not in believed)


def every_path(lattice):
    """Every path with its weight."""
    nodes = range(len(lattice.node))
    paths = itertools.chain.from_iterable(itertools.combinations(nodes, size) for size in range(len(nodes) + 1))
    weighed = ((path, weigh(lattice, path)) for path in paths)
    return {path: weight for path, weight in weighed if weight is not None and math.isfinite(weight)}


@settings(deadline=None, max_examples=150)
@given(lattices())
def test_marginals_equal_the_sum_over_every_path(lattice):
    """Forward-backward gives each node the share of all path weights that lead through it."""
    paths = every_path(lattice)
    total = sum(math.exp(weight) for weight in paths.values())
    expected = [
        sum(math.exp(w) for path, w in paths.items() if node in path) / total for node in range(len(lattice.node))
    ]
    found = sum_paths(lattice)
    assert found.log_total == pytest.approx(math.log(total))
    assert found.probability == pytest.approx(expected, abs=1e-9)
    assert found.empty == pytest.approx(math.exp(paths[()]) / total)


@settings(deadline=None, max_examples=150)
@given(lattices())
def test_the_best_path_is_the_weightiest_of_all(lattice):
    """Viterbi finds the maximum that enumeration finds."""
    paths = every_path(lattice)
    path, weight = find_best_path(lattice)
    assert weight == pytest.approx(max(paths.values()))
    assert paths[path] == pytest.approx(weight)


@settings(deadline=None, max_examples=100)
@given(lattices())
def test_the_best_path_through_each_node_is_the_weightiest_through_it(lattice):
    """Every path listed as the best through a node exists with that weight, and the list falls."""
    paths = every_path(lattice)
    listed = find_best_through(lattice, len(lattice.node))
    weights = [weight for _, weight in listed]
    assert weights == sorted(weights, reverse=True)
    tops = [max((w for p, w in paths.items() if node in p), default=-math.inf) for node in range(len(lattice.node))]
    assert weights == pytest.approx(sorted((top for top in tops if math.isfinite(top)), reverse=True))
    assert [paths[path] for path, _ in listed] == pytest.approx(weights)


@settings(deadline=None, max_examples=100)
@given(lattices(), st.floats(0.1, 8))
def test_evidence_for_a_node_never_lowers_its_probability(lattice, more):
    """Confirming the best candidate can only raise it."""
    before = sum_paths(lattice).probability
    best = int(before.argmax())
    raised = lattice.node.copy()
    raised[best] += more
    assert sum_paths(replace(lattice, node=raised)).probability[best] >= before[best] - 1e-12
