"""Experiments score the same on four devices as on one."""

import json
import subprocess
import sys

import jax
import numpy as np

from tests import virtual
from tests.experiments.evaluated import evaluated


def test_an_evaluation_does_not_depend_on_the_number_of_devices(tmp_path):
    command = [sys.executable, "-m", "tests.experiments.evaluated", tmp_path / "four"]
    with subprocess.Popen(
        list(map(str, command)),
        env=virtual.environment(4),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            one = evaluated(tmp_path / "one")
        finally:
            jax.config.update("jax_disable_most_optimizations", False)
        output, _ = process.communicate()
    assert process.returncode == 0
    four = json.loads(output.splitlines()[-1])
    assert set(four) == set(one)
    for name, metrics in one.items():
        assert set(four[name]) == set(metrics)
        for metric, value in metrics.items():
            message = f"{name}: {metric}"
            np.testing.assert_allclose(
                four[name][metric], value, rtol=1e-4, atol=1e-6, err_msg=message
            )
