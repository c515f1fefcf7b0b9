"""The flags of commands: their help, and those of an experiment's own."""

import subprocess
import sys

import pytest

from experiments import __main__ as commands
from experiments.commands import flags
from tests.experiments.one_number import Small

pytestmark = pytest.mark.usefixtures("quickly")


def test_the_flags_of_an_ability_are_the_keyword_arguments_of_its_method():
    found = flags.of(Small.sample)
    assert {name: flag.meaning for name, flag in found.items()} == {
        "length": "how many symbols; a meaning on two lines.",
        "temperature": "0 is greedy.",
        "seed": "another one draws another sample.",
    }
    values = flags.define(found)
    values(["sample", "--temperature=0", "--length=2"])
    assert (values.temperature, values.length, values.seed) == (0.0, 2, None)
    assert isinstance(values.temperature, float)

    def ask(params, lines, *, exact: bool = False, words: str | None = None): ...

    values = flags.define(flags.of(ask))
    values(["predict", "--exact", "--words=a"])
    assert (values.exact, values.words) == (True, "a")
    assert flags.of(Small.score) == {}


def test_help_lists_the_flags_of_a_command(capsys):
    assert commands.main([]) == 0
    assert "python -m experiments train" in capsys.readouterr().out
    assert commands.main(["sample", "--help"]) == 0
    assert "sample --workdir=WORKDIR --help" in capsys.readouterr().out


def test_help_lists_the_flags_of_the_experiment_of_a_run(workdir, capsys):
    capsys.readouterr()
    assert commands.main(["sample", workdir, "--help"]) == 0
    assert "--temperature    0 is greedy." in capsys.readouterr().out


def test_help_and_errors_of_the_command_line_do_not_wait_for_jax():
    code = """
import sys
from experiments import __main__ as commands
commands.main(["train", "--help"])
commands.main(["evaluate", "--workdir=/"])
sys.exit("jax" in sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
