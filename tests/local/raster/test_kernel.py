import numpy as np
import pytest

from gee_scl.local.errors import EvaluationError, LimitError
from gee_scl.local.raster import kernel
from gee_scl.local.raster.kernel import Weights


def shaped(name, radius, units="pixels", *, normalize=False, magnitude=1.0):
    return kernel.shaped(f"Kernel.{name}", radius, units, normalize, magnitude)


@pytest.mark.parametrize(
    ("name", "pixels_per_row"),
    [
        # As printed in Earth Engine's reference for radius 3.
        ("square", [7, 7, 7, 7, 7, 7, 7]),
        ("circle", [1, 5, 5, 7, 5, 5, 1]),
        ("diamond", [1, 3, 5, 7, 5, 3, 1]),
        ("octagon", [3, 5, 7, 7, 7, 5, 3]),
        ("plus", [1, 1, 1, 7, 1, 1, 1]),
        ("cross", [2, 2, 2, 1, 2, 2, 2]),
    ],
)
def test_shapes_have_the_pixels_of_the_reference(name, pixels_per_row):
    weights = shaped(name, 3).weights_at(1)
    assert weights.sum(axis=1).tolist() == pixels_per_row
    assert np.array_equal(weights, weights.T)
    assert shaped(name, 3).center_at(1) == (3, 3)


@pytest.mark.parametrize(
    ("name", "corner", "edge"), [("euclidean", 18**0.5, 3), ("manhattan", 6, 3), ("chebyshev", 3, 3)]
)
def test_distance_kernels_measure_from_the_centre(name, corner, edge):
    weights = shaped(name, 3).weights_at(1)
    assert (weights[3, 3], weights[0, 0], weights[3, 6]) == (0, pytest.approx(corner), edge)


def test_normalised_weights_sum_to_the_magnitude():
    weights = shaped("circle", 3, normalize=True, magnitude=5).weights_at(1)
    assert weights.sum() == pytest.approx(5)
    assert weights[3, 3] == pytest.approx(5 / 29)


def test_a_gaussian_prints_as_on_the_server():
    described = kernel.gaussian(3, 1, "pixels", True, 1).describe()
    assert (described["type"], described["radius"], described["center"]) == ("Kernel.gaussian", 3, [3, 3])
    # Recorded from Earth Engine, to the last bit.
    assert described["weights"].split("\n  ")[0] == (
        "[1.9651916124031917E-5, 2.3940934949727E-4, 0.001072958264978661, 0.0017690091140438226, "
        "0.001072958264978661, 2.3940934949727E-4, 1.9651916124031917E-5]"
    )


def test_metres_become_pixels_at_a_scale():
    circle = shaped("circle", 60, "meters")
    assert circle.weights_at(20).shape == (7, 7)
    assert circle.weights_at(60).shape == (3, 3)
    assert circle.weights_at(100).tolist() == [[1]]
    assert np.array_equal(circle.weights_at(20), shaped("circle", 3).weights_at(1))
    assert circle.describe() == {"type": "Kernel.circle", "radius": 60, "units": "meters"}
    wide, fine = kernel.gaussian(60, 20, "meters", True, 1), kernel.gaussian(3, 1, "pixels", True, 1)
    assert wide.weights_at(20) == pytest.approx(fine.weights_at(1))


def test_a_scale_that_is_off_by_rounding_does_not_lose_a_row():
    assert shaped("square", 0.3, "meters").weights_at(0.1).shape == (7, 7)


def test_a_radius_between_pixels_reaches_the_pixels_it_holds():
    assert shaped("circle", 1.5).weights_at(1).tolist() == [[1, 1, 1]] * 3


def test_a_rectangle_has_its_own_width_and_height():
    weights = kernel.rectangle(2, 1, "pixels", True, 1).weights_at(1)
    assert weights.shape == (3, 5)
    assert weights == pytest.approx(np.full((3, 5), 1 / 15))


def test_rotation_is_clockwise_and_moves_the_centre():
    rotated = Weights(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), (2, 0)).rotated(1)
    assert rotated.values.tolist() == [[4, 1], [5, 2], [6, 3]]
    assert rotated.center == (1, 2)
    assert rotated.values[rotated.center[1], rotated.center[0]] == 3
    # Recorded from Earth Engine: a Sobel kernel turned by half.
    assert kernel.edge("Kernel.sobel", 1, False).at(1).rotated(-2).values.tolist() == [
        [1, 0, -1],
        [2, 0, -2],
        [1, 0, -1],
    ]


def test_sums_are_aligned_at_the_centres():
    left, right = Weights(np.ones((1, 3)), (0, 0)), Weights(np.full((3, 1), 10.0), (0, 2))
    total = left.plus(right)
    assert total.values.tolist() == [[10, 0, 0], [10, 0, 0], [11, 1, 1]]
    assert total.center == (0, 2)
    # Recorded from Earth Engine: a Chebyshev kernel of radius 3 with a square of 100 around its centre.
    sum_row = shaped("chebyshev", 3).at(1).plus(shaped("square", 1, magnitude=100).at(1)).values[3]
    assert sum_row.tolist() == [3, 2, 101, 100, 101, 2, 3]


def test_inverting_leaves_zeros():
    inverted = kernel.edge("Kernel.laplacian4", 1, False).at(1).inverted().values
    assert inverted.tolist() == [[0, 1, 0], [1, -0.25, 1], [0, 1, 0]]


def test_an_edge_detector_that_sums_to_zero_is_not_normalised():
    assert kernel.edge("Kernel.sobel", 2, True).weights_at(1).tolist() == [[-2, 0, 2], [-4, 0, 4], [-2, 0, 2]]


def test_kernels_that_reach_too_far_are_refused():
    with pytest.raises(LimitError, match="512"):
        shaped("circle", 513)
    with pytest.raises(LimitError, match="512"):
        shaped("circle", 20_000, "meters").weights_at(20)


@pytest.mark.parametrize(
    "make",
    [
        lambda: shaped("circle", -1),
        lambda: shaped("circle", 1, "feet"),
        lambda: shaped("circle", float("nan")),
        lambda: kernel.gaussian(3, 0, "pixels", True, 1),
        lambda: kernel.fixed([[1, 2], [3]], None, False),
        lambda: kernel.fixed([], None, False),
        lambda: kernel.fixed([[1, 2]], (2, 0), False),
    ],
)
def test_impossible_kernels_are_refused(make):
    with pytest.raises(EvaluationError):
        make()
