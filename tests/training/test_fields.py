"""Shared fields of configs are checked for type and range, by name."""

import math

import pytest

from seqnets.training import fields, optimizer


@pytest.mark.parametrize(
    "name, value, message",
    [
        ("batch_size", 0, "batch_size is at least 1, not 0"),
        ("batch_size", None, "'batch_size' takes int, not None"),
        ("seed", -1, "seed is at least 0, not -1"),
        ("seed", True, "'seed' takes int, not True"),
        ("epochs", math.nan, "epochs is above 0, not nan"),
        ("epochs", math.inf, "epochs is above 0, not inf"),
        ("score_limit", -1, "score_limit is at least 0, not -1"),
        ("compute_dtype", "float3", "compute_dtype cannot be 'float3'; did you mean"),
        ("optimizer.average", 1.0, "optimizer.average is between 0 and 1, not 1.0"),
        ("optimizer.momentum", 1.0, "at least 0 and below 1, not 1.0"),
        ("cell.dim", 0, "cell.dim is at least 1, not 0"),
    ],
)
def test_values_out_of_range_are_refused_by_name(name, value, message):
    *groups, field = name.split(".")
    config = {field: value}
    for group in groups:
        config = {group: config}
    with pytest.raises(ValueError, match=message):
        fields.check(config)


def test_every_default_is_in_range_and_every_method_can_be_named():
    for name, field in fields.FIELDS.items():
        fields.check_field(name, field.default)
    assert set(fields.METHODS) == set(optimizer.METHODS)
    for schedule in fields.SCHEDULES:
        optimizer.schedule({"schedule": schedule}, 10, 100)
