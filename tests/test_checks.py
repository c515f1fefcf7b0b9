"""What an error message adds to a name that is not known."""

from seqnets.checks import LISTED, did_you_mean


def test_a_near_name_is_proposed_and_few_names_are_listed():
    assert did_you_mean("LSMT", ["SRN", "LSTM"]) == "; did you mean 'LSTM'?"
    assert did_you_mean("?", ["SRN", "LSTM"]) == "; one of SRN, LSTM"
    assert did_you_mean("?", map(str, range(LISTED + 1))) == ""
