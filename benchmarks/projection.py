"""What 8 and 256 chips would do, computed: nothing here is measured but its inputs.

    python -m benchmarks.projection

prints the tables of docs/many_devices.md. Of a training step of `ptb_medium`

    t = t_s + F b / R + 3 P / S + t_c     b rows and P bytes of parameters a chip

t_s is the time of 4 T L dependent products and gates, which rows do not divide; F the
arithmetic of a row; R and S the rate and the memory bandwidth of a chip. A sum over all
n chips goes around rings: 2 (n - 1) / n of its bytes leave each chip. Between nodes of
c chips a chip carries 1 / c of it, after a sum within the node. Nothing overlaps.
"""

from typing import NamedTuple

from benchmarks.tables import markdown

LENGTH, DIM, LAYERS = 35, 650, 2
WORD = 4  # Bytes of a float32.


class Chip(NamedTuple):
    """What its maker says of a chip.

    Attributes:
      rate: of dense products, a second, in the precision that JAX takes for float32.
      memory: bytes a second.
      link: bytes a second that it sends to the chips of its node.
      network: bytes a second that it sends to another node.
      node: chips of a node.
      sequential: seconds of t_s.
    """

    name: str
    rate: float
    memory: float
    link: float
    network: float
    node: int
    sequential: float


class Job(NamedTuple):
    """A training of `ptb_medium` with another vocabulary and batch."""

    chips: int
    rows: int  # Of a chip.
    vocabulary: int = 10_000
    group: int = 1  # Chips that share the tables; all of one node.


def recurrent() -> int:
    """Returns the parameters of the layers."""
    return LAYERS * (2 * DIM + 1) * 4 * DIM


def tables(vocabulary: int) -> int:
    """Returns the parameters of embedding and softmax, untied."""
    return vocabulary * (2 * DIM + 1)


def arithmetic(job: Job) -> float:
    """Returns F: multiplications and additions of one row, forward and backward.

    Six a weight and word; an embedding is looked up.
    """
    return 6.0 * LENGTH * (recurrent() + job.vocabulary * DIM)


def held(job: Job) -> float:
    """Returns P."""
    return WORD * (recurrent() + tables(job.vocabulary) / job.group)


def summed(chip: Chip, size: float, chips: int, node: int) -> float:
    """Returns the seconds of adding up `size` bytes of each of some chips.

    Args:
      chip: of which kind.
      size: bytes.
      chips: that take part.
      node: those of them that stand in one node.
    """
    nodes = -(-chips // node)
    within = min(chips, node)
    inside = 2 * (within - 1) / within * size / chip.link
    return inside + 2 * (nodes - 1) / nodes * size / within / chip.network


def communication(chip: Chip, job: Job) -> float:
    """Returns t_c.

    Layers are added up over all chips, tables over the groups. Within a group of m,
    outputs and gradients of embeddings are gathered, and embeddings and gradients of
    outputs added up: 6 (m - 1) b T H numbers leave a chip.
    """
    node = min(chip.node, job.chips)
    layers = summed(chip, WORD * recurrent(), job.chips, node)
    share = WORD * tables(job.vocabulary) / job.group
    wide = summed(chip, share, job.chips // job.group, max(1, node // job.group))
    met = 6 * WORD * job.rows * (job.group - 1) * LENGTH * DIM
    return layers + wide + met / chip.link


def step(chip: Chip, job: Job) -> float:
    """Returns t in seconds."""
    compute = chip.sequential + arithmetic(job) * job.rows / chip.rate
    return compute + 3 * held(job) / chip.memory + communication(chip, job)


def efficiency(chip: Chip, job: Job, alone: int) -> float:
    """Returns the share of n times one chip's words a second that n chips reach.

    Args:
      chip: of which kind.
      job: of n chips.
      alone: rows of the one chip, whose tables are whole.
    """
    one = step(chip, Job(1, alone, job.vocabulary))
    return one / alone * job.rows / step(chip, job)


# NVIDIA's data sheets of H200 SXM and DGX H200: TF32 without sparsity, 4.8 TB/s, NVLink
# of 900 GB/s in both directions together, one ConnectX-7 of 400 Gb/s a GPU. Google
# Cloud's page on TPU v5e: bfloat16, 819 GB/s, links of 400 GB/s in both directions
# together, 256 chips in one torus. t_s is what `ptb_medium` took on the H200, 700 words
# at 220,000 a second, less the rest of t; for the TPU, on which nothing was measured,
# the same number.
MEASURED = 700 / 220_000
H200 = Chip("H200", 494e12, 4.8e12, 450e9, 50e9, 8, 0.0)
H200 = H200._replace(sequential=MEASURED - step(H200, Job(1, 20)))
V5E = Chip("TPU v5e", 197e12, 819e9, 200e9, 200e9, 256, H200.sequential)
CHIPS = H200, V5E


def weak(chip: Chip, vocabulary: int) -> list[list[str]]:
    """Returns lines of a table: 20 rows a chip, tables whole and cut."""
    lines = []
    for chips, group in ((1, 1), (8, 1), (8, 8), (256, 1), (256, 8)):
        job = Job(chips, 20, vocabulary, group)
        lines.append(
            [chip.name, f"{vocabulary:,}", str(chips), str(group)]
            + [f"{held(job) / 1e6:.0f}", f"{1e3 * communication(chip, job):.2f}"]
            + [f"{1e3 * step(chip, job):.2f}", f"{efficiency(chip, job, 20):.0%}"]
        )
    return lines


def strong(chip: Chip, rows: int) -> list[list[str]]:
    """Returns lines of a table: the same rows on ever more chips."""
    lines = []
    for chips in (1, 8, 32, 256):
        job = Job(chips, rows // chips)
        gain = step(chip, Job(1, rows)) / step(chip, job)
        lines.append(
            [chip.name, f"{rows:,}", str(chips), str(job.rows)]
            + [f"{1e3 * step(chip, job):.2f}", f"{gain:.1f}", f"{gain / chips:.1%}"]
        )
    return lines


def main() -> None:
    for chip in CHIPS:
        print(f"{chip.name}: t_s {1e3 * chip.sequential:.2f} ms\n")
    header = ["", "V", "chips", "group", "MB", "t_c ms", "step ms", "efficiency"]
    body = [line for c in CHIPS for v in (10_000, 200_000) for line in weak(c, v)]
    print(markdown(header, body), end="\n\n")
    header = ["", "rows", "chips", "rows a chip", "step ms", "times", "efficiency"]
    body = [line for c in CHIPS for rows in (256, 8192) for line in strong(c, rows)]
    print(markdown(header, body))


if __name__ == "__main__":
    main()
