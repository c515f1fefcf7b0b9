"""The fields that all configs share, with their types."""

from collections.abc import Mapping
from typing import Any

from ml_collections import ConfigDict, config_dict

from seqnets.checks import did_you_mean
from seqnets.training import fields as declared
from seqnets.training.fields import FIELDS, Field, options_of, wrong

# What a computation without training has, too.
UNTRAINED = ("experiment", "seed", "corpus", "data_dir", "compute_dtype")


def shared(
    experiment: str,
    *,
    cell: Mapping[str, Any] | None = None,
    optimizer: Mapping[str, Any] | None = None,
    trained: bool = True,
    **fields: Any,
) -> ConfigDict:
    """Returns a config of the fields that all configs share, with their types.

    Args:
      experiment: the module of experiments/.
      cell: `name`, `dim` and options of a cell; every option of every cell becomes a
        field, None where the cell's own default counts. None: no cell.
      optimizer: other options than the defaults.
      trained: False leaves out what is of a training.
      **fields: other values than the defaults.

    Raises:
      ValueError: for a field that is not shared, or a value of another type.
    """
    chosen = {"experiment": experiment} | fields
    names = [n for n in FIELDS if "." not in n] if trained else UNTRAINED
    config = _section({name: FIELDS[name] for name in names}, chosen, "")
    if cell is not None:
        options = {n: Field(t) for n, t in cell_types(cell).items()}
        config.cell = _section(options, cell, "cell.")
    if trained:
        options = {n: FIELDS[f"optimizer.{n}"] for n in options_of("optimizer")}
        config.optimizer = _section(options, optimizer or {}, "optimizer.")
    return config


def check(config: Mapping[str, Any], own: Mapping[str, Field] | None = None) -> None:
    """Refuses a config of which a field, or an option of its cell, cannot be.

    Args:
      config: of an experiment.
      own: the experiment's own fields; see `fields.check`.

    Raises:
      ValueError: as `fields.check` and `cells.build`, and for a precision that JAX
        would lower in silence.
    """
    declared.check(config, own)
    if config.get("compute_dtype") == "float64" and not jax_has_float64():
        raise ValueError(
            "compute_dtype float64 needs JAX_ENABLE_X64=1 in the environment: without"
            " it JAX computes in float32"
        )
    cell = config.get("cell")
    if cell is None:
        return
    for name, kind in cell_types(cell).items():
        option = Field(kind, optional=True)
        declared.check_field(f"cell.{name}", cell.get(name), option)
    if cell.get("name") is not None:
        from seqnets import cells

        cells.build(cell)


def jax_has_float64() -> bool:
    """Tells whether JAX computes in float64 where it is asked to."""
    import jax  # Imported when a config is checked, as for `cell_types`.

    return jax.config.jax_enable_x64


def cell_types(cell: Mapping[str, Any]) -> dict[str, type]:
    """Returns the type of every option of every cell, and of the one that is named."""
    from seqnets import cells  # JAX is imported when a config is made.

    return {"name": str, "dim": int} | cells.option_types(cell.get("name"))


def _section(
    fields: Mapping[str, Field], chosen: Mapping[str, Any], group: str
) -> ConfigDict:
    for name in chosen:
        if name not in fields:
            hint = did_you_mean(name, list(fields))
            raise ValueError(f"unknown config field {group + name!r}{hint}")
    config = ConfigDict()
    for name, field in fields.items():
        config[name] = typed(group + name, field.type, chosen.get(name, field.default))
    return config


def typed(name: str, kind: type, value: Any = None) -> config_dict.FieldReference:
    """Returns a field of a type, which may be None; text of a flag is read as such.

    Raises:
      ValueError: for a value of another type.
    """
    reference = config_dict.placeholder(kind)
    try:
        reference.set(value)
    except TypeError:
        raise wrong(name, kind, value) from None
    return reference
