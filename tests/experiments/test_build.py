"""Every field of every config is declared, and checked before anything is made."""

import functools
import importlib
import json
import pkgutil
from pathlib import Path

import jax
import pytest
from ml_collections import ConfigDict

import configs
import experiments
from experiments import __main__ as commands
from experiments.commands.config_file import declared
from seqnets.training.fields import flatten
from seqnets.training.study import Study
from tests.experiments import small

CONFIGS = [module.name for module in pkgutil.iter_modules(configs.__path__)]


def shipped(name):
    return importlib.import_module(f"configs.{name}").get_config()


def changed(config, name, value):
    """Returns the fields of a config as a dict, one of which has another value."""
    changed = section = config.to_dict()
    *groups, last = name.split(".")
    for group in groups:
        section = section[group]
    section[last] = value
    return changed


@pytest.mark.parametrize("name", CONFIGS)
def test_every_field_of_every_config_is_declared_and_holds(name):
    config = shipped(name)
    assert set(dict(flatten(config))) <= set(declared(config))
    task = experiments.build(config)
    # Or `train` would refuse: it keeps the config that the task was built from.
    assert getattr(task, "config", config).to_dict() == config.to_dict()
    # As a run folder has it.
    experiments.build(ConfigDict(json.loads(json.dumps(config.to_dict()))))


@pytest.mark.parametrize("experiment", small.SMALL)
def test_every_field_is_checked_by_build_and_named(experiment, tmp_path):
    config = shipped(small.SMALL[experiment][0])
    for name, value in flatten(config):
        for wrong in (object(), [object()], {1: 2}.keys()):
            with pytest.raises(ValueError, match=name.rpartition(".")[2]):
                experiments.build(changed(config, name, wrong), tmp_path / "run")
        field = declared(config)[name]
        if not (value is None or field.optional or name.startswith("cell.")):
            with pytest.raises(ValueError, match=name):
                experiments.build(changed(config, name, None), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("experiment", small.SMALL)
def test_a_cell_of_ones_own_stands_in_every_experiment(experiment, tmp_path):
    """It has no field `dim`: its width is `out_dim`."""
    config = small.config(experiment, tmp_path)
    if "cell" not in config:
        pytest.skip("it has no cell")
    config.cell = {"name": "tests.own_cells:Leaky", "dim": config.cell.dim}
    if experiment == "tagging":
        config.encoder = "tokens"  # A lattice has a cell of its own kind.
    task = experiments.build(config)
    if isinstance(task, Study):
        return
    key = jax.random.key(0)
    params = jax.eval_shape(task.init, key)
    batch = next(task.batches("train"))
    start = functools.partial(task.initial_state, batch_size=len(batch["rows"]))
    state = jax.eval_shape(start, params)
    loss, _ = jax.eval_shape(task.loss, params, state, batch, key)
    assert loss.shape == ()


@pytest.mark.parametrize(
    "words, message",
    [
        ("char_lm embedding_dim=0", "embedding_dim must be at least 1, not 0"),
        ("char_lm vocabulary_size=-5", "vocabulary_size must be at least 3, not -5"),
        ("char_lm init_scale=-1", "init_scale must be above 0, not -1"),
        (
            "char_lm init_scale=inf",
            "init_scale must be a finite number, above 0, not inf",
        ),
        ("char_lm length=0", "length must be at least 1, not 0"),
        ("char_lm depth=-1", "depth must be at least 1, not -1"),
        ("char_lm dropout=1", "dropout must be at least 0 and below 1, not 1"),
        (
            "char_lm zoneout=nan",
            "zoneout must be a finite number, at least 0 and below 1, not nan",
        ),
        ("char_lm tied=true", "tied embeddings need embedding_dim = 256"),
        ("char_lm recurrent_dropout=.1", "goes with variational=True"),
        ("char_lm eval_batch_size=0", "eval_batch_size must be at least 1, not 0"),
        ("char_lm seed=1180591620717411303424", "seed must be at most"),
        ("char_lm corpus=none", "'corpus' takes str, not None"),
        ("char_lm batch_size=none", "'batch_size' takes int, not None"),
        ("char_lm compute_dtype=float8", "compute_dtype cannot be 'float8'"),
        ("char_lm compute_dtype=float64", "float64 needs JAX_ENABLE_X64=1"),
        ("char_lm cell.reset=after", "cell LSTM has no option 'reset'"),
        ("char_lm cell.peephole=no", "'cell.peephole' takes bool, not 'no': give true"),
        ("char_lm cell.forget_bias=nan", "cell.forget_bias must be a finite number"),
        ("char_lm cell.name=.x:Leaky", "'.x' is not the name of a module"),
        ("char_lm cell.name=none", "unknown cell None"),
        ("sentiment hidden_dims=(0,)", "hidden_dims must be at least 1, not 0"),
        ("sentiment classes=1", "classes must be at least 2, not 1"),
        ("sst_cbow pooling=last", "pooling=last needs the order of words"),
        ("documents fold=10", "fold must be 0 to 9, not 10"),
        ("cloze candidates=1", "candidates must be at least 2, not 1"),
        ("digits hidden_dims=('a',)", "'hidden_dims' takes int, not 'a'"),
        ("digits permutation=-1", "permutation must be at least 0, not -1"),
        ("depth depths=(10,10)", "depths must be one or more, all different"),
        ("depth kinds=()", "kinds must be one or more, all different, not ()"),
        ("function_fit widths=(-1,)", "widths must be at least 0, not -1"),
        ("adding lengths=(100,100)", "lengths must be one or more, all different"),
        ("adding compare=('LSTM','LSTM')", "compare must be all different"),
        ("speech digits=(7,1)", "digits must be two, the lower one first, not (7, 1)"),
        ("speech gap=(0.05,)", "gap must be two, the lower one first"),
        ("speech features.stack=0", "features.stack must be at least 1, not 0"),
        ("speech features.coefficients=99", "no 99 coefficients of 40 bands"),
        ("tagging lexicon=none", "a lattice needs a lexicon"),
        ("gradient_flow symbols=1", "symbols must be at least 2, not 1"),
        ("gradient_flow cell.dim=none", "'cell.dim' takes int, not None"),
    ],
)
def test_what_is_refused_leaves_no_folder(words, message, tmp_path, capsys):
    name, change = words.split()
    path = Path(configs.__file__).parent / f"{name}.py"
    workdir = tmp_path / "run"
    words = ["train", f"--config={path}", f"--workdir={workdir}", f"--config.{change}"]
    assert commands.main(words) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not workdir.exists()


@pytest.mark.parametrize(
    "text, message",
    [
        ("[]", "config.json is damaged: it holds no fields"),
        ("", "config.json is damaged: Expecting value"),
        ('{"experiment": ', "config.json is damaged"),
        ("{}", "config.json: unknown experiment None"),
        ('{"experiment": ["a"]}', "config.json: unknown experiment"),
        ('{"experiment": "depth"}', "config.json: the config has no field 'corpus'"),
    ],
)
def test_a_damaged_config_of_a_run_is_named(text, message, tmp_path, capsys):
    (tmp_path / "config.json").write_text(text)
    assert commands.main(["evaluate", f"--workdir={tmp_path}"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line and str(tmp_path) in line


def test_a_run_that_lacks_a_field_is_named(tmp_path):
    fields = shipped("char_lm").to_dict()
    del fields["dropout"]
    (tmp_path / "config.json").write_text(json.dumps(fields))
    with pytest.raises(ValueError, match="config.json: .* no field 'dropout'"):
        experiments.load(tmp_path)
