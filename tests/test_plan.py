"""What the table chooses, and what it is told."""

import pytest

from seqnets import plan as plans
from seqnets.plan import Plan

LSTM_256 = {"backend": "cpu", "fast": True, "length": 100, "rows": 64, "width": 1024}


def choose(plan=None, **sizes):
    return plans.choose(plan or Plan(), **(LSTM_256 | sizes))


def test_a_chunk_fits_into_the_cache_of_a_cpu():
    chunk = choose().chunk
    assert 4 * 64 * 1024 * chunk <= plans.CHUNK_BYTES < 4 * 64 * 1024 * (2 * chunk)
    assert 100 % chunk == 0


def test_few_rows_are_worth_no_chunks():
    assert choose(length=35, rows=20, width=6000).chunk == 35
    assert choose(rows=1, width=512).chunk == 100


@pytest.mark.parametrize("backend", ["gpu", "tpu"])
def test_accelerators_project_everything_at_once(backend):
    assert choose(backend=backend).chunk == 100


def test_what_would_not_fit_into_memory_is_computed_again():
    plan = choose(length=10_000, rows=256)
    assert plan.recompute
    assert plan.chunk == 100
    assert not choose().recompute


def test_how_much_is_kept_depends_on_the_memory_of_the_machine():
    kept = plans.KEPT_FAST * 4 * 64 * 1024 * 100
    assert not choose(memory=kept / plans.KEPT_SHARE).recompute
    assert choose(memory=kept / plans.KEPT_SHARE - 1).recompute
    assert choose(Plan("automatic"), memory=kept / plans.KEPT_SHARE).recompute
    assert choose(Plan(recompute=False), memory=1).recompute is False
    large = {"length": 10_000, "rows": 256}
    assert choose(**large) == choose(**large, memory=plans.UNKNOWN_BYTES)


def test_a_plan_overrules_the_table():
    plan = choose(Plan("automatic", 7, True))
    assert plan == Plan("automatic", 7, True, "scan", 1)
    assert choose(Plan(chunk=1000)).chunk == 100


def test_cells_without_a_custom_gradient_are_differentiated_by_jax():
    assert choose(fast=False).gradient == "automatic"
    assert choose().gradient == "custom_vjp"


def test_time_is_a_scan_unless_asked_otherwise():
    for backend in ("cpu", "gpu", "tpu"):
        assert choose(backend=backend).time == "scan"
    plan = choose(Plan(time="parallel"), persistent=True)
    assert (plan.time, plan.gradient) == ("parallel", "automatic")


def test_parts_run_where_they_pay_and_nothing_is_computed_again():
    plan = choose(parts=2)
    assert (plan.parts, plan.chunk) == (2, 10)
    assert choose(backend="gpu", parts=2).parts == 1
    assert choose(Plan(recompute=True), parts=2).parts == 1
    assert choose(Plan(chunk=50), parts=2).parts == 1
    assert choose(fast=False, parts=2).parts == 1
    assert choose(Plan(parts=1), parts=2).parts == 1
    assert choose(Plan(parts=3)).parts == 3
    assert choose(Plan(parts=2), fast=False).parts == 1
    # A chunk is compiled step by step: that of few rows, or of many steps, too.
    few = choose(Plan(parts=2), rows=8, length=1000, width=32)
    again = choose(Plan(parts=2, recompute=True), length=10_000)
    assert (few.parts, again.parts) == (2, 2)
    assert few.chunk <= plans.PARTS_CHUNK and again.chunk <= plans.PARTS_CHUNK


def test_no_steps_are_a_plan_too():
    assert choose(length=0).chunk == 1
    assert choose(length=0, rows=0, width=0).chunk == 1


@pytest.mark.parametrize(
    "plan",
    [
        Plan("custom"),
        *(Plan(chunk=chunk) for chunk in (0, 2.0, True)),
        Plan(parts=0),
        Plan("automatic", parts=2),
        Plan(time="later"),
        Plan("persistent", time="parallel"),
        Plan("persistent", recompute=True),
        Plan("cudnn", chunk=1),
    ],
    ids=str,
)
def test_a_plan_that_cannot_be_is_refused(plan):
    with pytest.raises(
        ValueError,
        match="gradient must|chunk must|parts must|time must|goes with|of its own"
        "|all steps at once",
    ):
        plans.check(plan)


@pytest.mark.parametrize("gradient", ["cudnn", "persistent"])
def test_what_runs_all_steps_at_once_may_be_told_to_keep_them(gradient):
    plans.check(Plan(gradient, recompute=False))


def test_a_chunk_divides_the_length_if_it_can():
    assert plans.even(100, 8) == 5
    assert plans.even(784, 16) == 16
    assert plans.even(97, 8) == 8
