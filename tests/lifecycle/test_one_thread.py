"""Small fits in one thread: held while inside, given back afterwards."""

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from opsbook.lifecycle.one_thread import one_thread


def threads() -> set[int]:
    np.linalg.solve(np.eye(2), np.ones(2))
    return {int(pool["num_threads"]) for pool in threadpool_info()}


def test_pools_are_held_to_one_thread_and_given_back():
    with threadpool_limits(2):
        before = threads()
        with one_thread():
            assert threads() == {1}
        assert threads() == before


def test_a_large_fit_keeps_its_threads():
    with threadpool_limits(2):
        before = threads()
        with one_thread(False):
            assert threads() == before


def test_a_library_that_joins_later_is_held_too():
    with one_thread():
        pass
    from sklearn.cluster import KMeans  # brings its own pool

    with threadpool_limits(2), one_thread():
        KMeans(2, n_init=1).fit(np.arange(8.0)[:, None])
        assert threads() == {1}
