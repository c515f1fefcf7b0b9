"""Feed-forward layers, and nets of them: perceptrons, highways and residual stacks.

A layer is a frozen dataclass like a cell: `init(key, in_dim)` draws its parameters and
`apply(params, x)` computes its output for x [..., D], in the dtype of x; parameters
are cast to it. Highway layers are those of Srivastava et al. (2015), residual ones
those of He et al. (2016).
"""

import dataclasses
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.cells.simple import ACTIVATIONS
from seqnets.checks import require_choice, require_positive
from seqnets.linear import affine


class LayerParams(NamedTuple):
    w: Array  # [D, H]
    b: Array  # [H]


class HighwayParams(NamedTuple):
    w: Array  # [H, 2H], block order z F: the gate, then the candidate.
    b: Array  # [2H]


class FeedForward(Protocol):
    """The contract of layers and of nets."""

    @property
    def out_dim(self) -> int:
        """Width of the output."""
        ...

    def init(self, key: Array, in_dim: int) -> Any:
        """Draws float32 parameters for inputs of width `in_dim`."""
        ...

    def apply(self, params: Any, x: Array) -> Array:
        """Computes [..., out_dim] from x [..., in_dim]."""
        ...


def normal(key: Array, shape: tuple[int, int], blocks: int = 1) -> Array:
    """Draws W ~ N(0, 1) (001), float32 [rows, blocks · columns]."""
    rows, columns = shape
    return jax.random.normal(key, (rows, blocks * columns))


INITIAL = {
    "glorot": initializers.glorot,
    "normal": normal,
    "orthogonal": initializers.orthogonal,
}


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer of neurons (001 eq 1-5).

    a = f(W a' + b)

    The biases start at zero; with initial="normal" they are drawn from N(0, 1), as the
    weights are.
    """

    dim: int
    activation: str = "tanh"
    initial: str = "glorot"

    def __post_init__(self):
        _check(self)

    @property
    def out_dim(self) -> int:
        return self.dim

    def init(self, key: Array, in_dim: int) -> LayerParams:
        return LayerParams(*_draw(self.initial, key, (in_dim, self.dim)))

    def apply(self, params: LayerParams, x: Array) -> Array:
        f = ACTIVATIONS[self.activation]
        return f(_affine(params, x)).astype(x.dtype)


@dataclasses.dataclass(frozen=True)
class Highway:
    """A layer whose gate interpolates between its input and a candidate.

    z = σ(W_z a' + b_z),   F(a') = f(W a' + b)
    update="new":  a = z F(a') + (1 - z) a'        (Srivastava et al., 2015; 003)
    update="old":  a = z a' + (1 - z) F(a')        (004)

    b_z starts at `gate_bias`, or at -`gate_bias` where z keeps the old: a negative one
    makes both forms begin as nearly the identity.
    """

    dim: int
    activation: str = "tanh"
    update: str = "new"
    gate_bias: float = -2.0
    initial: str = "glorot"

    def __post_init__(self):
        _check(self)
        require_choice(self, "update", self.update, ("new", "old"))

    @property
    def out_dim(self) -> int:
        return self.dim

    def init(self, key: Array, in_dim: int) -> HighwayParams:
        _require_width(self, in_dim)
        w, b = _draw(self.initial, key, (self.dim, self.dim), blocks=2)
        gate_bias = self.gate_bias if self.update == "new" else -self.gate_bias
        return HighwayParams(w, b.at[: self.dim].set(gate_bias))

    def apply(self, params: HighwayParams, x: Array) -> Array:
        u_z, u_f = jnp.split(_affine(params, x), 2, -1)  # [..., H]
        z, F = jax.nn.sigmoid(u_z), ACTIVATIONS[self.activation](u_f)
        new, old = (F, x) if self.update == "new" else (x, F)
        return (z * new + (1.0 - z) * old).astype(x.dtype)


@dataclasses.dataclass(frozen=True)
class Residual:
    """A layer that adds to its input (He et al., 2016; 003).

    a = F(a') + a',   F(a') = f(W a' + b)
    """

    dim: int
    activation: str = "tanh"
    initial: str = "glorot"

    def __post_init__(self):
        _check(self)

    @property
    def out_dim(self) -> int:
        return self.dim

    def init(self, key: Array, in_dim: int) -> LayerParams:
        _require_width(self, in_dim)
        return LayerParams(*_draw(self.initial, key, (self.dim, self.dim)))

    def apply(self, params: LayerParams, x: Array) -> Array:
        f = ACTIVATIONS[self.activation]
        return (f(_affine(params, x)) + x).astype(x.dtype)


@dataclasses.dataclass(frozen=True)
class Deep:
    """Layers of one kind and one width on top of each other.

    a⁽ˡ⁾ = layer(a⁽ˡ⁻¹⁾)  for l = 1 ... L

    The parameters are the layer's with a leading [L], and a loop runs over them, so
    that a hundred layers compile as fast as one.
    """

    layer: FeedForward
    depth: int

    def __post_init__(self):
        require_positive(self, depth=self.depth)

    @property
    def out_dim(self) -> int:
        return self.layer.out_dim

    def init(self, key: Array, in_dim: int) -> Any:
        _require_width(self, in_dim)
        keys = jax.random.split(key, self.depth)
        return jax.vmap(lambda k: self.layer.init(k, in_dim))(keys)

    def apply(self, params: Any, x: Array) -> Array:
        def step(a, own):
            return self.layer.apply(own, a), None

        return jax.lax.scan(step, x, params)[0]


@dataclasses.dataclass(frozen=True)
class Stack:
    """Layers, or nets, on top of each other, of any kinds and widths.

    a⁽ˡ⁾ = layer⁽ˡ⁾(a⁽ˡ⁻¹⁾)
    """

    layers: tuple[FeedForward, ...]

    def __post_init__(self):
        if not self.layers:
            raise ValueError("Stack: layers must hold at least one layer")

    @property
    def out_dim(self) -> int:
        return self.layers[-1].out_dim

    def init(self, key: Array, in_dim: int) -> tuple[Any, ...]:
        keys = jax.random.split(key, len(self.layers))
        in_dims = in_dim, *(layer.out_dim for layer in self.layers[:-1])
        return tuple(
            layer.init(k, d)
            for layer, k, d in zip(self.layers, keys, in_dims, strict=True)
        )

    def apply(self, params: tuple[Any, ...], x: Array) -> Array:
        for layer, own in zip(self.layers, params, strict=True):
            x = layer.apply(own, x)
        return x


@dataclasses.dataclass(frozen=True)
class MLP:
    """A multilayer perceptron whose last layer is linear (001 eq 1, 2).

    a⁽ˡ⁾ = f(W⁽ˡ⁾ a⁽ˡ⁻¹⁾ + b⁽ˡ⁾),   ŷ = W⁽ᴸ⁾ a⁽ᴸ⁻¹⁾ + b⁽ᴸ⁾

    With one width alone it is an affine map: under softmax, softmax regression. The
    output is float32 or wider, for a loss; hidden layers compute in the dtype of x.

    Attributes:
      dims: the widths of the layers, the output's last.
    """

    dims: tuple[int, ...]
    activation: str = "tanh"
    initial: str = "glorot"

    def __post_init__(self):
        if not self.dims:
            raise ValueError("MLP: dims must hold at least the width of the output")
        for dim in self.dims:
            Layer(dim, self.activation, self.initial)  # Checks.

    @property
    def out_dim(self) -> int:
        return self.dims[-1]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, the linear one last."""
        *hidden, last = self.dims
        below = (Layer(dim, self.activation, self.initial) for dim in hidden)
        return *below, Layer(last, "identity", self.initial)

    def init(self, key: Array, in_dim: int) -> tuple[LayerParams, ...]:
        return Stack(self.layers).init(key, in_dim)

    def apply(self, params: tuple[LayerParams, ...], x: Array) -> Array:
        *hidden, last = params
        for layer, own in zip(self.layers, hidden, strict=False):
            x = layer.apply(own, x)
        return _affine(last, x)


def _check(layer: Any) -> None:
    require_positive(layer, dim=layer.dim)
    require_choice(layer, "activation", layer.activation, ACTIVATIONS)
    require_choice(layer, "initial", layer.initial, INITIAL)


def _require_width(layer: FeedForward, in_dim: int) -> None:
    if in_dim != layer.out_dim:
        raise ValueError(
            f"{type(layer).__name__}: it keeps the width of its input, which must be"
            f" {layer.out_dim}, not {in_dim}"
        )


def _draw(
    initial: str, key: Array, shape: tuple[int, int], blocks: int = 1
) -> tuple[Array, Array]:
    """Draws weights [rows, blocks · columns] and their biases."""
    key_w, key_b = jax.random.split(key)
    w = INITIAL[initial](key_w, shape, blocks)
    b = jnp.zeros(w.shape[1])
    return w, jax.random.normal(key_b, b.shape) if initial == "normal" else b


def _affine(params: LayerParams | HighwayParams, x: Array) -> Array:
    return affine(x, params.w.astype(x.dtype), params.b)
