"""Captions of pictures (E12, B4).

p(y_1 ... y_N | picture) is the product of p(y_i | y_1 ... y_{i-1}, picture). Layers of
convolution turn the picture into the vectors of its regions; a decoder begins with all
of them as one vector (Vinyals et al., 2015), and may attend to each while it writes (Xu
et al., 2015, "soft"). What is exactly right counts, and BLEU, against all captions of a
picture; the baseline is the most frequent caption. The default's pictures are composed
of digits, so that each has one right caption, and every digit must be read. Of other
pictures hardly a caption is what somebody else wrote: the parameters of the least
validation loss are kept.

A user's own pictures are a folder with captions.tsv, lines `picture<TAB>caption`;
`predict` reads paths of image files.
"""

import collections
import math
from collections.abc import Sequence
from pathlib import Path

from ml_collections import ConfigDict

from seqnets import bleu
from seqnets.data import tsv
from seqnets.data.assets import Assets
from seqnets.data.segmentation import UNITS, bare, words
from seqnets.initializers import count_parameters
from seqnets.plots import picture_attention
from seqnets.plots import pictures as plots
from seqnets.tasks import encoder_decoders, picture_nets
from seqnets.tasks.captioner import Captioner
from seqnets.training.config import check
from seqnets.training.fields import NOT_NEGATIVE, Field, common
from seqnets.training.task import Params

SHOWN = 24  # Test pictures with their captions,
DRAWN = 6  # and those whose attention is drawn.
COMPOSED = ("drawn_digits", "mnist")  # Of digits: there is one right caption.

OTHERS = {"direction", "every_step", "buckets"}  # Of an encoder of sequences.
FIELDS = (
    {n: field for n, field in encoder_decoders.FIELDS.items() if n not in OTHERS}
    | picture_nets.FIELDS
    | common("corpus", "lowercase", "vocabulary_size", "min_count")
    | {
        "unit": Field(str, UNITS),
        "bridge": Field(str, ("tanh", "zero")),
        "doubly_stochastic": Field(float, NOT_NEGATIVE),
    }
)


class Captions(Captioner):
    """Writes captions of pictures."""

    goal = ("valid", "loss", "min")

    def check_options(self):
        super().check_options()
        c = self.config
        if c.corpus in COMPOSED:
            self.goal = ("valid", "accuracy", "max")
        if c.doubly_stochastic and c.attention is None:
            raise ValueError(
                "doubly_stochastic is of attention: choose one, or set it to 0"
            )
        if c.attention is None and c.bridge == "zero":
            raise ValueError(
                "without attention, bridge=zero sees nothing of the picture: choose"
                " tanh"
            )

    def references(self, split: str, limit: int | None = None) -> list[list[str]]:
        """Returns the captions of each picture, as they are compared."""
        return [
            list(map(self.target.normalised, own.captions))
            for own in self.captioned[split][:limit]
        ]

    def scores(self, params, split, limit):
        """Returns scores of greedy captions, and of the test split by beam."""
        references = self.references(split, limit)
        found = compare(self.write(params, split, limit, beam=False), references)
        if split == "test" and self.config.beam > 1:
            best = compare(self.write(params, split, limit, beam=True), references)
            found |= {f"{name}/beam": value for name, value in best.items()}
        return found | {"parameters": count_parameters(params)}

    def baselines(self) -> dict[str, float]:
        """Returns the goal's value, on the validation split, of what sees no picture.

        Of the accuracy, the share of pictures with the most frequent caption; of the
        loss, nats a symbol where each is as probable as it is frequent.
        """
        if self.goal[1] == "loss":
            return {"symbols by frequency": self._nats_by_frequency()}
        counts = collections.Counter(
            caption for own in self.references("train") for caption in own
        )
        ((most, _),) = counts.most_common(1)
        return {"most frequent caption": exact([most], self.references("valid"))}

    def _nats_by_frequency(self) -> float:
        counts = collections.Counter(
            int(id) for own in self.dataset.train for id in self.encode(own)["targets"]
        )
        asked = [id for own in self.dataset.valid for id in self.encode(own)["targets"]]
        # What no caption of the training has is rare, not impossible.
        shares = (max(counts[int(id)], 1) / counts.total() for id in asked)
        return -sum(map(math.log, shares)) / len(asked)

    def report(self, params: Params, directory: Path) -> None:
        """Writes test.tsv, captions.png and attention_1.png ..."""
        test, beam = self.captioned.test, self.config.beam > 1
        written, references = (
            self.write(params, "test", beam=beam),
            self.references("test"),
        )
        rows = [("picture", "written", "references")]
        for i, (own, text, others) in enumerate(
            zip(test, written, references, strict=True)
        ):
            rows.append((own.name or i, text, " | ".join(others)))
        lines = "".join(f"{tsv.row(*row)}\n" for row in rows)
        (directory / "test.tsv").write_text(lines, encoding="utf-8")
        wrong = [a not in b for a, b in zip(written, references, strict=True)]
        shown = [own.picture for own in test[:SHOWN]]
        share = 1 - sum(wrong) / len(wrong)
        title = f"Test pictures and what is written of them; {share:.1%} are right"
        path = directory / "captions.png"
        plots.draw(path, shown, written[:SHOWN], title, marked=wrong[:SHOWN])
        if self.config.attention is not None:
            for i, own in enumerate(test[:DRAWN]):
                path = directory / f"attention_{i + 1}.png"
                steps, weights = self.look(params, own.picture, written[i])
                picture_attention.draw(
                    path, own.picture, list(map(bare, steps)), weights
                )


def compare(
    written: Sequence[str], references: Sequence[Sequence[str]]
) -> dict[str, float]:
    """Scores captions against those of their pictures.

    Returns:
      "accuracy", the share of captions that are exactly one of the references, and
      "bleu" of words and marks as `segmentation.words` parts them.
    """
    parted = [" ".join(words(text)) for text in written]
    sides = [[" ".join(words(text)) for text in own] for own in references]
    return {
        "accuracy": exact(written, references),
        "bleu": bleu.bleu(parted, sides, tokenize="none").score,
    }


def exact(written: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Returns the share of pictures one of whose captions is what is written.

    Args:
      written: of each picture; a single one is of all.
      references: the captions of each picture.
    """
    if len(written) == 1:
        written = [*written] * len(references)
    right = [a in own for a, own in zip(written, references, strict=True)]
    return sum(right) / len(right)


def build(config: ConfigDict, workdir: str | Path | None = None) -> Captions:
    """Builds the task of `configs/captions.py`; see `experiments.build`."""
    check(config, FIELDS)
    return Captions(config, Assets(workdir))
