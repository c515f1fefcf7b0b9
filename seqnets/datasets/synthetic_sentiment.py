"""Generated sentences whose sentiment depends on which word a "not" precedes (003).

Every sentence has a mirror image of the same words and the opposite label:

    i do not really hate this film , i love it        very good
    i do not really love this film , i hate it        very bad

so no function of the bag of words can be right about more than one of the two. N-grams
can, by the words beside a word, at the price of scores for each combination.
"""

import itertools

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets.dataset import Dataset, cut
from seqnets.datasets.documents import FOLDS, Document, folded
from seqnets.datasets.labelled import Labelled, label_info

SUBJECTS = ["film", "story", "plot", "book", "song", "play", "acting", "ending"]
FILLERS = ["", "really", "at all", "in any way", "by any fair measure"]
# Words by label; those of one row are each other's opposites.
VERBS = [
    ("very bad", "hate", "very good", "love"),
    ("very bad", "despise", "very good", "adore"),
    ("bad", "dislike", "good", "like"),
    ("bad", "regret", "good", "enjoy"),
]
ADJECTIVES = [
    ("very bad", "terrible", "very good", "wonderful"),
    ("very bad", "awful", "very good", "brilliant"),
    ("bad", "dull", "good", "lively"),
    ("bad", "weak", "good", "strong"),
]
OPENINGS = ["", "honestly ,", "to my surprise ,"]


def read_labelled(place: Place, *, lowercase: bool = True) -> Dataset:
    """Returns the sentences, in five classes; they have no upper case."""
    del place, lowercase
    return Dataset(draw_splits, label_info)


def read_documents(place: Place, *, fold: int = 0, lowercase: bool = True) -> Dataset:
    """Returns the reviews, in two classes; they have no upper case.

    Args:
      fold: the one to test; see `documents.folded`.

    Raises:
      ValueError: there is no such fold.
    """
    del place, lowercase
    return folded(draw_documents, fold)


def pairs() -> list[tuple[Labelled, Labelled]]:
    """Returns every sentence with its mirror image; "neither ... nor" is neutral."""
    found = []
    for subject, opening in itertools.product(SUBJECTS, OPENINGS):
        for first, second in itertools.product(FILLERS, FILLERS):
            for low, bad, high, good in VERBS:
                text = f"i do not {first} {{}} this {subject} , i {second} {{}} it"
                text = f"{opening} {text}"
                found.append(_mirrored(text, (low, bad), (high, good)))
            for low, bad, high, good in ADJECTIVES:
                text = f"{opening} the {subject} was not {first} {{}} but {second} {{}}"
                found.append(_mirrored(text, (low, bad), (high, good)))
        for filler in FILLERS:
            for _, bad, _, good in ADJECTIVES:
                text = f"{opening} the {subject} was {filler} neither {{}} nor {{}}"
                found.append(_mirrored(text, ("neutral", bad), ("neutral", good)))
    return found


def draw_splits(
    seed: int = 0, sizes: tuple[int, int, int] = (2000, 250, 500)
) -> dict[str, list[Labelled]]:
    """Draws pairs for each split; no pair is in two splits.

    Args:
      seed: of the order.
      sizes: pairs in train, valid and test; twice as many sentences.
    """
    all_ = pairs()
    order = np.random.default_rng(seed).permutation(len(all_))[: sum(sizes)]
    chosen = cut(order, sizes[0], sizes[0] + sizes[1])
    return {s: [text for i in own for text in all_[i]] for s, own in chosen.items()}


def draw_documents(seed: int = 0, size: int = 1200) -> list[Document]:
    """Draws reviews in which the writer's own opinion is one sentence among others.

    The others tell the plot, or what somebody else thinks; the mirror image of each
    review, in which everybody thinks the opposite, follows it.
    """
    rng = np.random.default_rng(seed)
    others = ["my brother", "the critic", "everyone else", "the audience"]
    plot = [
        f"{who} {does} {what}"
        for who in ("a sailor", "the hero", "her sister", "an old king")
        for does in ("looks for", "remembers", "sells", "hides")
        for what in ("a letter", "the map", "a lost dog", "the last ship")
    ]
    found = []
    for i in range(size // 2):
        lines = [plot[j] for j in rng.integers(len(plot), size=rng.integers(2, 6))]
        lines += [f"{who} did {{}} it" for who in rng.permutation(others)[:2]]
        lines.append("i {} it")
        rng.shuffle(lines)
        _, bad, _, good = VERBS[rng.integers(len(VERBS))]
        said = rng.integers(2, size=len(lines))
        said[lines.index("i {} it")] = 0  # The writer's own opinion is the label.
        for mirrored, label in enumerate(("bad", "good")):
            text = tuple(
                tuple(line.format((bad, good)[word ^ mirrored]).split())
                for line, word in zip(lines, said, strict=True)
            )
            found.append(Document(label, i % FOLDS, text))
    return found


def _mirrored(
    text: str, bad: tuple[str, str], good: tuple[str, str]
) -> tuple[Labelled, Labelled]:
    """Fills a text both ways; the word that comes last decides the label."""
    return tuple(
        Labelled(label, tuple(text.format(denied, said).split()))
        for (_, denied), (label, said) in ((bad, good), (good, bad))
    )
