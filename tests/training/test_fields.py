"""Fields of configs are checked for type and range, by name."""

import math

import pytest

from seqnets.training import fields, optimizer
from seqnets.training.fields import COMMON, FIELDS, Field, Rule

# Values of every type that a config can have, and what else is easily typed.
VALUES = (True, 3, 0.5, "3", (3,), None, math.nan, math.inf, -math.inf, 10**400, -1)


@pytest.mark.parametrize(
    "name, value, message",
    [
        ("batch_size", 0, "batch_size must be at least 1, not 0"),
        ("batch_size", None, "'batch_size' takes int, not None"),
        ("eval_batch_size", 0, "eval_batch_size must be at least 1, not 0"),
        ("eval_every", -1, "eval_every must be at least 1, not -1"),
        ("patience", -1, "patience must be at least 1, not -1"),
        ("steps", 2**31, "steps must be at most 2147483647, not 2147483648"),
        ("seed", -1, "seed must be at least 0, not -1"),
        ("seed", 2**70, "seed must be at most 2147483647, not 1180591620717411303424"),
        ("seed", True, "'seed' takes int, not True"),
        ("epochs", math.nan, "epochs must be a finite number, above 0, not nan"),
        ("epochs", math.inf, "epochs must be a finite number, above 0, not inf"),
        ("score_limit", -1, "score_limit must be at least 0, not -1"),
        ("compute_dtype", "float3", "compute_dtype cannot be 'float3'; did you mean"),
        (
            "optimizer.average",
            1.0,
            "average must be between 0 and 1, not 1.0",
        ),
        ("optimizer.momentum", 1.0, "at least 0 and below 1, not 1.0"),
        ("optimizer.learning_rate", -1.0, "learning_rate must be at least 0, not -1.0"),
        (
            "optimizer.learning_rate",
            math.inf,
            "rate must be a finite number, at least 0, not inf",
        ),
        ("optimizer.clip_norm", -1.0, "optimizer.clip_norm must be above 0, not -1.0"),
        ("optimizer.warmup_steps", -1, "warmup_steps must be at least 0, not -1"),
        ("cell.dim", 2**20 + 1, "cell.dim must be at most 1048576, not 1048577"),
        ("cell.dim", 0, "cell.dim must be at least 1, not 0"),
    ],
)
def test_values_out_of_range_are_refused_by_name(name, value, message):
    *groups, field = name.split(".")
    config = {field: value}
    for group in groups:
        config = {group: config}
    with pytest.raises(ValueError, match=message):
        fields.check(config)


@pytest.mark.parametrize("name", FIELDS | COMMON)
def test_a_field_holds_values_of_its_type_and_in_its_range_alone(name):
    field = (FIELDS | COMMON)[name]
    assert holds(field, field.default) or name in COMMON
    for value in VALUES:
        if value is None:
            right = field.optional
        elif isinstance(value, bool) or field.type is bool:
            right = field.type is bool and isinstance(value, bool)
        elif field.type is str:
            right = value == "3" and field.allowed is None
        else:
            right = isinstance(value, int) or (field.type is float and value == 0.5)
            right = right and abs(value) < 2**31
            if right and isinstance(field.allowed, Rule):
                right = field.allowed.holds(value)
        assert holds(field, value) == right, value


def holds(field, value):
    try:
        fields.check_field("name", value, field)
    except ValueError as error:
        assert "name" in str(error) and "\n" not in str(error)
        return False
    return True


@pytest.mark.parametrize(
    "many, good, bad",
    [
        (fields.SOME, [(1,), (1, 2), [2, 1]], [(), (1, 1)]),
        (fields.DIFFERENT, [(), (1, 2)], [(1, 1)]),
        (fields.ANY, [(), (1, 1)], []),
        (fields.INTERVAL, [(1, 1), (1, 2)], [(), (1,), (2, 1), (1, 2, 3)]),
    ],
)
def test_a_tuple_has_elements_of_its_type_and_its_own_rule(many, good, bad):
    field = Field(int, fields.COUNT, many=many)
    assert all(holds(field, value) for value in good)
    others = [1, "12", None, (1.5,), ("1",), (True,), (None,), (0, 1)]
    assert not any(holds(field, value) for value in [*bad, *others])


def test_fields_of_an_experiment_are_all_there_and_no_others_are():
    own = {"limit": Field(int), "features.bands": Field(int)}
    config = {"seed": 0, "limit": 1, "features": {"bands": 2}, "cell": {"any": 3}}
    fields.check(config, own)
    with pytest.raises(ValueError, match="unknown config field 'limitt'; did you mean"):
        fields.check({"limitt": 1, "features": {"bands": 2}}, own)
    with pytest.raises(ValueError, match="'features' is a group of fields, not 3"):
        fields.check({"limit": 1, "features": 3}, own)
    with pytest.raises(ValueError, match="unknown config field 'features.band'"):
        fields.check({"limit": 1, "features": {"band": 2}}, own)
    with pytest.raises(ValueError, match="no field 'features.bands', which is needed"):
        fields.check({"limit": 1}, own)
    fields.check({"colour": "red"})  # Of an experiment that declares nothing.


def test_every_method_and_schedule_can_be_named():
    assert set(fields.METHODS) == set(optimizer.METHODS)
    for schedule in fields.SCHEDULES:
        optimizer.schedule({"schedule": schedule}, 10, 100)
