"""What an error message adds to a name that is not known."""

from seqnets.checks import LISTED, did_you_mean


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
