"""What a node of a tree computes from its children (A15): recursive networks.

Socher et al. (2011), the tensor form (2013), and the Tree-LSTMs of Tai et al. (2015).
"""

import abc
import dataclasses
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from seqnets import initializers
from seqnets.cells.simple import ACTIVATIONS
from seqnets.checks import require_choice, require_positive
from seqnets.linear import affine, matmul, memory_dtype

Params = Any
State = Any
Projected = Any


class Composition(abc.ABC):
    """The contract of what `tree.unroll` computes at every node.

    A subclass is a frozen dataclass of Python scalars, as a cell is. A state is a
    NamedTuple of arrays [..., H], zero where there is no child.

    Attributes:
      arity: K, where the children of a node are K in an order; None where they are any
        number, in no order.
      reads_inner: whether nodes with children read their inputs, as leaves do.
    """

    arity: int | None = None
    reads_inner: ClassVar[bool] = True

    @property
    @abc.abstractmethod
    def out_dim(self) -> int:
        """H, the width of the output."""

    @abc.abstractmethod
    def init(self, key: Array, in_dim: int) -> Params:
        """Draws parameters for inputs of width D."""

    @abc.abstractmethod
    def project(self, params: Params, xs: Array) -> Projected:
        """Computes what depends on the inputs [..., D] only, of all nodes at once."""

    @abc.abstractmethod
    def leaf(self, params: Params, u: Projected) -> State:
        """Computes the states of nodes without children."""

    @abc.abstractmethod
    def compose(
        self, params: Params, children: State, slot: Array, u: Projected, width: int
    ) -> State:
        """Computes the states of W nodes, each row by itself.

        The gradient calls it once with the rows of all fronts together: R is then as
        many times larger. What a row becomes must depend on that row and `params`
        alone; a composition that mixes rows is run with `unroll(..., plain=True)`.

        Args:
          params: as drawn, in the compute dtype.
          children: the states of E children, leaves [R, E, H]; where there is an arity
            E = K W, and the children of node w are those of K w ... K w + K - 1.
          slot: which of the W nodes is the parent of each, [R, E]; W: none.
          u: of the nodes, leaves [R, W, ...].
          width: W.
        """

    def output(self, state: State) -> Array:
        """Returns what a node puts out, [..., H]."""
        return state.h


class RecursiveParams(NamedTuple):
    w: Array  # [K H, H]
    b: Array  # [H]
    tensor: Array | None = None  # [K H, H, K H], V.


class RecursiveState(NamedTuple):
    h: Array  # [..., H]


@dataclasses.dataclass(frozen=True)
class RecursiveNet(Composition):
    """h = f(W [h_1; ...; h_K] + b); at a leaf, h is its input.

    On a chain, whose nodes have the one before as their first child and an input as
    their second, it is the simple recurrent network. The tensor form (Socher et al.,
    2013) adds a product of every two elements of the children, c = [h_1; ...; h_K]:

        h_k = f(cᵀ V_k c + (W c)_k + b_k)

    Attributes:
      dim: H, also the width of inputs, which only leaves have.
      arity: K.
      activation: f.
      tensor: whether it has the tensor form.
    """

    dim: int
    arity: int = 2
    activation: str = "tanh"
    tensor: bool = False
    reads_inner: ClassVar[bool] = False

    def __post_init__(self):
        require_positive(self, dim=self.dim, arity=self.arity)
        require_choice(self, "activation", self.activation, ACTIVATIONS)

    @property
    def out_dim(self) -> int:
        return self.dim

    def init(self, key: Array, in_dim: int) -> RecursiveParams:
        """Draws the mean of the children with some noise, as Socher et al. do.

        Raises:
          ValueError: for inputs of another width than H.
        """
        if in_dim != self.dim:
            raise ValueError(
                "RecursiveNet: a leaf's state is its input, so that inputs must have"
                f" the width dim = {self.dim}, not {in_dim}"
            )
        H, K = self.dim, self.arity
        key_w, key_v = jax.random.split(key)
        noise = 1.0 / (H * (1.0 + K * H) ** 0.5)
        w = jnp.tile(jnp.eye(H), (K, 1)) / K
        w += (
            jax.random.uniform(key_w, w.shape, minval=-1, maxval=1)
            / (K * H) ** 0.5
            * 0.1
        )
        shape = (K * H, H, K * H)
        v = jax.random.uniform(key_v, shape, minval=-noise, maxval=noise)
        return RecursiveParams(w, jnp.zeros(H), v if self.tensor else None)

    def project(self, params: RecursiveParams, xs: Array) -> Array:
        return xs

    def leaf(self, params: RecursiveParams, u: Array) -> RecursiveState:
        return RecursiveState(u)

    def compose(self, params, children, slot, u, width) -> RecursiveState:
        c = side_by_side(children.h, width)
        z = affine(c, params.w, params.b)
        if self.tensor:
            z += jnp.einsum(
                *("...i,ikj,...j->...k", c, params.tensor, c),
                preferred_element_type=z.dtype,
            )
        return RecursiveState(ACTIVATIONS[self.activation](z).astype(c.dtype))


class TreeLSTMParams(NamedTuple):
    w_x: Array  # [D, GH], gate order i f g o, an f for each of them.
    w_h: Array  # [H, GH] of the children's sum and, for f, of each; [K H, (3 + K) H].
    b: Array  # [GH]


class TreeLSTMState(NamedTuple):
    h: Array  # [..., H]
    c: Array  # [..., H], float32 or wider.


@dataclasses.dataclass(frozen=True)
class ChildSumTreeLSTM(Composition):
    """The Tree-LSTM over any number of children (Tai et al., 2015, eq. 2-8).

    i, g, o = split(W x + U Σ_k h_k + b),   f_k = W_f x + U_f h_k + b_f
    c = Σ_k σ(f_k) c_k + σ(i) tanh(g),   h = σ(o) tanh(c)

    On a chain it is the LSTM.

    Attributes:
      dim: H.
      forget_bias: b_f at first.
    """

    dim: int
    forget_bias: float = 1.0

    def __post_init__(self):
        require_positive(self, dim=self.dim)

    @property
    def out_dim(self) -> int:
        return self.dim

    def init(self, key: Array, in_dim: int) -> TreeLSTMParams:
        key_x, key_h = jax.random.split(key)
        H = self.dim
        return TreeLSTMParams(
            initializers.glorot(key_x, (in_dim, H), blocks=4),
            initializers.orthogonal(key_h, (H, H), blocks=4),
            jnp.repeat(jnp.array([0.0, self.forget_bias, 0.0, 0.0]), H),
        )

    def project(self, params: TreeLSTMParams, xs: Array) -> Array:
        return affine(xs, params.w_x, params.b)

    def leaf(self, params: TreeLSTMParams, u: Array) -> TreeLSTMState:
        i, _, g, o = jnp.split(u, 4, -1)
        return _memory(i, g, o, 0.0, params.w_h.dtype)

    def compose(self, params, children, slot, u, width) -> TreeLSTMState:
        H = self.dim
        i, f, g, o = jnp.split(u, 4, -1)
        w_f = params.w_h[:, H : 2 * H]
        w_rest = jnp.concatenate([params.w_h[:, :H], params.w_h[:, 2 * H :]], 1)
        member = slot[..., None, :] == jnp.arange(width)[:, None]  # [R, W, E]
        member = member.astype(memory_dtype(u.dtype))
        z = matmul(member @ children.h, w_rest)
        z_i, z_g, z_o = jnp.split(z, 3, -1)
        own = jnp.einsum("rwe,rwh->reh", member, jnp.broadcast_to(f, z_i.shape))
        forget = jax.nn.sigmoid(own + matmul(children.h, w_f))
        kept = member @ (forget * children.c)
        return _memory(i + z_i, g + z_g, o + z_o, kept, params.w_h.dtype)


@dataclasses.dataclass(frozen=True)
class TreeLSTM(Composition):
    """The Tree-LSTM over K children in their order (Tai et al., 2015, eq. 9-14).

    i, f_1 ... f_K, g, o = split(W x + U [h_1; ...; h_K] + b)
    c = Σ_k σ(f_k) c_k + σ(i) tanh(g),   h = σ(o) tanh(c)

    where W x is the same for every f.

    Attributes:
      dim: H.
      arity: K.
      forget_bias: the bias of each f at first.
    """

    dim: int
    arity: int = 2
    forget_bias: float = 1.0

    def __post_init__(self):
        require_positive(self, dim=self.dim, arity=self.arity)

    @property
    def out_dim(self) -> int:
        return self.dim

    def init(self, key: Array, in_dim: int) -> TreeLSTMParams:
        H, K = self.dim, self.arity
        key_x, key_h = jax.random.split(key)
        return TreeLSTMParams(
            initializers.glorot(key_x, (in_dim, H), blocks=4),
            initializers.glorot(key_h, (K * H, H), blocks=3 + K),
            jnp.repeat(jnp.array([0.0, self.forget_bias, 0.0, 0.0]), H),
        )

    def project(self, params: TreeLSTMParams, xs: Array) -> Array:
        return affine(xs, params.w_x, params.b)

    def leaf(self, params: TreeLSTMParams, u: Array) -> TreeLSTMState:
        i, _, g, o = jnp.split(u, 4, -1)
        return _memory(i, g, o, 0.0, params.w_h.dtype)

    def compose(self, params, children, slot, u, width) -> TreeLSTMState:
        K = self.arity
        i, f, g, o = jnp.split(u, 4, -1)
        z = matmul(side_by_side(children.h, width), params.w_h)
        z_i, *z_f, z_g, z_o = jnp.split(z, 3 + K, -1)
        c = side_by_side(children.c, width)
        forget = jax.nn.sigmoid(jnp.concatenate([f + own for own in z_f], -1))
        kept = sum(jnp.split(forget * c, K, -1))
        return _memory(i + z_i, g + z_g, o + z_o, kept, params.w_h.dtype)


def side_by_side(states: Array, width: int) -> Array:
    """Returns [..., W, K H] of states [..., K W, H]: the children of each node."""
    return states.reshape(*states.shape[:-2], width, -1)


def _memory(i: Array, g: Array, o: Array, kept: Any, dtype: Any) -> TreeLSTMState:
    c = kept + jax.nn.sigmoid(i) * jnp.tanh(g)
    h = jax.nn.sigmoid(o) * jnp.tanh(c)
    return TreeLSTMState(h.astype(dtype), c.astype(memory_dtype(dtype)))


COMPOSITIONS = {
    kind.__name__: kind for kind in (RecursiveNet, TreeLSTM, ChildSumTreeLSTM)
}
