"""Word vectors of the user's own as the first values of a model's tables."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from ml_collections import ConfigDict

from seqnets.data import word_vectors
from seqnets.data.assets import Assets
from seqnets.training import devices
from seqnets.training.task import Params, Task

FOUND = "vectors.json"  # By table, the ids of the symbols that had a vector.


class WordTables(Task):
    """A task some of whose parameters are vectors of words.

    The config's `vectors` names a file of word vectors: those of the symbols that it
    has replace what was drawn, and the others stay as drawn. Where `train_vectors` is
    False, those that were found are never changed.
    """

    config: ConfigDict
    assets: Assets

    def tables(self) -> Mapping[str, Sequence[str]]:
        """Returns the symbols of each table, by the name of the module that has it."""
        return {}

    def pretrained(self, params: Params) -> Params:
        path = self.config.get("vectors")
        if path is None:
            return params
        params, found = fill(params, self.tables(), path)
        self.assets.keep(FOUND, lambda: found)
        return params

    def optimizer(
        self, alone: optax.GradientTransformationExtraArgs
    ) -> optax.GradientTransformationExtraArgs:
        if self.config.get("vectors") is None or self.config.train_vectors:
            return alone
        own = self.config.optimizer
        if own.average is not None and own.weight_decay:
            raise ValueError(
                "train_vectors=False goes with optimizer.average or with"
                " optimizer.weight_decay, not with both"
            )
        return frozen(alone, lambda: self.assets.keep(FOUND, dict))


def check(config: ConfigDict) -> None:
    """Refuses vectors that are not there: before a corpus, maybe a large one, is read.

    Raises:
      ValueError: there is no file of the config's `vectors`.
    """
    path = config.get("vectors")
    if path is not None and not Path(path).is_file():
        raise ValueError(f"config.vectors: no file {path}")


def fill(
    params: Params, tables: Mapping[str, Sequence[str]], path: str
) -> tuple[Params, dict[str, list[int]]]:
    """Puts the vectors of a file into tables.

    Args:
      params: of a module; `params[name]["table"]`, [V, E], is a table.
      tables: the symbols of each, in the order of their ids.
      path: of a file of word vectors; see `word_vectors.read`.

    Returns:
      The parameters, and the ids of the symbols that were found, by table.

    Raises:
      ValueError: as `word_vectors.read`; there is no such table; none of the symbols is
        found; or the vectors are not as wide as a table.
    """
    tables = {n: own for n, own in tables.items() if "table" in params.get(n, ())}
    if not tables:
        raise ValueError("config.vectors: this model has no vectors of words")
    symbols = {symbol for own in tables.values() for symbol in own}
    known = word_vectors.read(path, symbols)
    params, ids = dict(params), {}
    for name, own in tables.items():
        table = np.array(jax.device_get(devices.local(params[name]["table"])))
        if table.shape[1] != known.dim:
            raise ValueError(
                f"{path}: vectors of {known.dim} values do not fit the table"
                f" {name!r} of width {table.shape[1]}: set its width in the config,"
                f" such as config.embedding_dim, to {known.dim}"
            )
        found = {i: known.find(symbol) for i, symbol in enumerate(own)}
        found = {i: vector for i, vector in found.items() if vector is not None}
        for i, vector in found.items():
            table[i] = vector
        params[name] = params[name] | {"table": jnp.asarray(table)}
        ids[name] = list(found)
        logging.getLogger(__name__).warning(
            "%s: vectors of %d of %d symbols of %s", path, len(found), len(own), name
        )
    if not any(ids.values()):
        raise ValueError(f"{path}: none of the {len(symbols):,} symbols has a vector")
    return params, ids


def frozen(
    alone: optax.GradientTransformationExtraArgs, rows: Any
) -> optax.GradientTransformationExtraArgs:
    """Leaves rows of tables as they are: neither gradient nor decay changes them.

    Their gradients count in no norm.

    Args:
      alone: updates the parameters.
      rows: returns the rows by table; called when a step is compiled.
    """

    def still(tree: Params) -> Params:
        tree = dict(tree)
        for name, ids in rows().items():
            table = tree[name]["table"]
            tree[name] = tree[name] | {"table": table.at[jnp.asarray(ids)].set(0.0)}
        return tree

    alone = optax.with_extra_args_support(alone)

    def update(grads: Params, state: Any, params: Params, **extra: Any) -> Any:
        updates, state = alone.update(still(grads), state, params, **extra)
        return still(updates), state

    return optax.GradientTransformationExtraArgs(alone.init, update)
