"""The fields that all configs share have types and ranges."""

import pytest

from seqnets import cells
from seqnets.training.config import check, shared


def test_a_config_has_the_shared_fields_with_their_types():
    config = shared(
        "sentiment", epochs=4, cell=dict(name="LSTM", dim=8), optimizer=dict(b1=0.5)
    )
    assert (config.experiment, config.epochs, config.steps) == ("sentiment", 4.0, None)
    assert (config.batch_size, config.cell.dim, config.optimizer.b1) == (32, 8, 0.5)
    assert config.get_type("steps") is int and config.get_type("corpus") is str
    assert config.optimizer.get_type("clip_norm") is float
    for name, kind in cells.option_types().items():
        assert config.cell.get_type(name) is kind
    with pytest.raises(TypeError):
        config.batch_size = "many"
    check(config)


def test_a_study_has_no_fields_of_a_training():
    config = shared("gradient_flow", seed=3, trained=False)
    assert config.seed == 3
    assert not {"optimizer", "steps", "batch_size", "cell"} & set(config)


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"stepz": 3}, "unknown config field 'stepz'; did you mean 'steps'"),
        ({"optimizer": {"rate": 1}}, "unknown config field 'optimizer.rate'"),
        ({"cell": {"dimm": 1}}, "field 'cell.dimm'; did you mean 'cell.dim'|'dim'"),
        ({"steps": 1.5}, "'steps' takes int, not 1.5"),
        ({"optimizer": {"name": 3}}, "'optimizer.name' takes str, not 3"),
    ],
)
def test_what_is_no_shared_field_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        shared("adding", **fields)
