"""The library needs its core dependencies alone, and its wheel holds nothing else."""

import subprocess
import sys
import tomllib
from pathlib import Path

PROJECT = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))

# These come with the extra; of its other packages some are needed by core ones.
OF_THE_EXTRA = (
    "kaldi_native_fbank matplotlib pooch requests sacrebleu soundfile tensorboardX"
    " tokenizers triton"
)

SCRIPT = f"""
import importlib, pkgutil, sys
sys.modules |= dict.fromkeys("{OF_THE_EXTRA}".split())
import seqnets
for module in pkgutil.walk_packages(seqnets.__path__, "seqnets."):
    if not module.name.endswith("__main__"):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError:
            print(module.name)
"""


def test_all_but_sounds_subwords_figures_kernels_and_downloads_needs_no_extra():
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    without = set(found.stdout.split())
    without -= {name for name in without if name.startswith("seqnets.plots.")}
    sounds = {"seqnets.data.audio", "seqnets.data.audio_stream"} | {
        f"seqnets.datasets.{name}" for name in ("audio", "digit_strings", "tones")
    }
    sounds |= {"seqnets.tasks.streaming_recogniser"}
    kernels = {f"seqnets.kernels.persistent_{n}" for n in ("cells", "parts", "triton")}
    others = {"seqnets.data.download", "seqnets.data.subwords"}
    assert without == sounds | kernels | others


def test_the_wheel_holds_the_library_alone():
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["seqnets"]
    extra = PROJECT["project"]["optional-dependencies"]["experiments"]
    names = {name.split(">")[0].replace("-", "_") for name in extra}
    assert names >= set(OF_THE_EXTRA.split()) - {"triton"}  # Of an extra of its own.
