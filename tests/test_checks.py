"""What an error message says of what was given, and adds to an unknown name."""

import pytest

from seqnets.checks import LISTED, did_you_mean, require_choice, require_rate


def test_a_near_name_is_proposed_and_few_names_are_listed():
    assert did_you_mean("LSMT", ["SRN", "LSTM"]) == "; did you mean 'LSTM'?"
    assert did_you_mean("?", ["SRN", "LSTM"]) == "; one of SRN, LSTM"
    assert did_you_mean("?", map(str, range(LISTED + 1))) == ""


def test_only_a_name_that_is_alike_is_proposed():
    assert did_you_mean("gru", ["GRU", "SRN"]) == "; did you mean 'GRU'?"
    assert did_you_mean("dim", ["steps", "cell.dim"]) == "; did you mean 'cell.dim'?"
    assert did_you_mean("batch", ["steps", "batch_size"]).endswith("'batch_size'?")
    for name, choices in (("spin", ["train", "points"]), ("GRU", ["SRN", "SRU"])):
        assert did_you_mean(name, choices).startswith("; one of ")


@pytest.mark.parametrize(
    ("owner", "where"), [("build", "build"), (Ellipsis, "ellipsis")]
)
def test_a_function_is_named_by_itself_and_an_object_by_its_class(owner, where):
    with pytest.raises(ValueError, match=f"^{where}: way must be one of up, down, not"):
        require_choice(owner, "way", "left", ("up", "down"))
    with pytest.raises(ValueError, match=rf"^{where}: rate must be in \[0, 1\), not 1"):
        require_rate(owner, rate=1.0)
