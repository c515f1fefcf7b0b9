"""Generated opinions whose verdict hangs on what a "not" stands before (003).

Every sentence has a mirror image of the same words and the opposite verdict:

    i do not really hate this film , i love it        very good
    i do not really love this film , i hate it        very bad

so no function of the bag of words can tell more than one of the two. N-grams can, as
the words beside a word tell it, at the price of scores for each of them.
"""

import itertools

import numpy as np

from seqnets.data.documents import FOLDS, Document
from seqnets.data.labelled import Example, Splits

SUBJECTS = ["film", "story", "plot", "book", "song", "play", "acting", "ending"]
FILLERS = ["", "really", "at all", "in any way", "by any fair measure"]
# Words by verdict; those of one row are each other's opposites.
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


def pairs() -> list[tuple[Example, Example]]:
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


def splits(seed: int = 0, sizes: tuple[int, int, int] = (2000, 250, 500)) -> Splits:
    """Draws pairs for each part, none of which is in two.

    Args:
      seed: of the order.
      sizes: pairs in train, valid and test; twice as many sentences.
    """
    all_ = pairs()
    order = np.random.default_rng(seed).permutation(len(all_))
    parts, begin = {}, 0
    for part, size in zip(("train", "valid", "test"), sizes, strict=True):
        chosen = order[begin : begin + size]
        parts[part] = [example for i in chosen for example in all_[i]]
        begin += size
    return parts


def _mirrored(
    text: str, bad: tuple[str, str], good: tuple[str, str]
) -> tuple[Example, Example]:
    """Fills a text both ways; what comes last is the verdict."""
    return tuple(
        Example(verdict, tuple(text.format(denied, said).split()))
        for (_, denied), (verdict, said) in ((bad, good), (good, bad))
    )


def documents(seed: int = 0, size: int = 1200) -> list[Document]:
    """Draws reviews in which the writer's verdict is one sentence among others.

    The others tell the plot, or what somebody else thinks; the mirror image of each
    review, in which everybody thinks the opposite, is there as well.
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
        for mirrored, label in ((0, "bad"), (1, "good")):
            own = [label == "good" if line.startswith("i ") else None for line in lines]
            verdicts = [
                (word ^ mirrored) if mine is None else mine
                for word, mine in zip(said, own, strict=True)
            ]
            text = [
                tuple(line.format(good if verdict else bad).split())
                for line, verdict in zip(lines, verdicts, strict=True)
            ]
            found.append(Document(label, i % FOLDS, tuple(text)))
    return found
