"""Translation of sentences, or of any line into another (E8, B4, B5).

p(y_1 ... y_N | x) is the product of p(y_i | y_1 ... y_{i-1}, x), each from a decoder
that begins with what an encoder read (Cho et al., 2014; Sutskever et al., 2014), and
may attend to every position of the source (Bahdanau et al., 2015; Luong et al., 2015).
The metrics are BLEU and the share of targets that are exactly right; the baseline
writes the source as it is. `statistical_translation` has 004's statistical methods.

Pairs of texts and summaries, of questions and answers or of two spellings are learnt by
the same commands: a folder with train.tsv, valid.tsv and test.tsv, whose lines are
`source<TAB>target`, or with parallel files such as train.de and train.en. Sources that
are far longer than targets, such as texts to be summarised, have a `source_limit`.
"""

from pathlib import Path

import numpy as np
from ml_collections import ConfigDict

from seqnets.baselines.ibm import IBM
from seqnets.data.assets import Assets
from seqnets.data.segmentation import UNITS, bare, words
from seqnets.initializers import count_parameters
from seqnets.plots import alignment, by_length
from seqnets.tasks import encoder_decoders, translations
from seqnets.tasks.line_writer import LineWriter
from seqnets.training.config import check
from seqnets.training.fields import COUNT, Field, common
from seqnets.training.task import Params

SHOWN = 6  # Test sentences whose attention is drawn.

FIELDS = (
    encoder_decoders.FIELDS
    | common("corpus", "lowercase", "vocabulary_size", "min_count", "shared")
    | {
        "source": Field(str, optional=True),
        "target": Field(str, optional=True),
        "unit": Field(str, UNITS),
        "source_limit": Field(int, COUNT, optional=True),
    }
)


class Translation(LineWriter):
    """Translates lines."""

    goal = ("valid", "bleu", "max")

    def __init__(self, config: ConfigDict, assets: Assets):
        super().__init__(config, assets)
        if config.source is not None and config.source == config.target:
            raise ValueError(f"source and target are both {config.source!r}")

    def options(self):
        return {"source": self.config.source, "target": self.config.target}

    def scores(self, params, split, limit):
        """Returns BLEU of what is written greedily, and of the test split by beam."""
        lines = (pair.target for pair in self.dataset[split][:limit])
        references = list(map(self.target.normalised, lines))
        found = {"free_perplexity": self.free_perplexity(params, split, limit)}
        written = self.write(params, split, limit, beam=False)
        found |= translations.compare(written, references)
        if split == "test" and self.config.beam > 1:
            written = self.write(params, split, limit, beam=True)
            best = translations.compare(written, references)
            found |= {f"{name}/beam": value for name, value in best.items()}
        return found | {"parameters": count_parameters(params)}

    def baselines(self) -> dict[str, float]:
        """Returns BLEU, on the validation split, of the sources as they are."""
        sides = zip(*self.dataset.valid, strict=True)
        sides = ([self.target.normalised(line) for line in own] for own in sides)
        return {"the source as it is": translations.of_words(*sides).score}

    def report(self, params: Params, directory: Path) -> None:
        """Writes test.tsv, bleu.txt, bleu_by_length.png and attention_1.png ..."""
        pairs, beam = self.dataset.test, self.config.beam > 1
        sources = [self.source.normalised(pair.source) for pair in pairs]
        references = [self.target.normalised(pair.target) for pair in pairs]
        written = self.write(params, "test", beam=beam)
        translations.write(directory, sources, written, references)
        scores = {
            "beam" if beam else "greedy": translations.scorer(written, references)
        }
        lengths = [len(words(source)) for source in sources]
        axes = {"xlabel": "words in the source", "ylabel": "BLEU"}
        by_length.draw(directory / "bleu_by_length.png", lengths, scores, **axes)
        if self.config.attention is not None:
            linked = self.ibm() if self.config.unit == "word" else None
            for i, pair in enumerate(pairs[:SHOWN], 1):
                ids = np.append(self.target.encode(written[i - 1]), self.target.eos)
                (found,) = self.attend(params, pair.source, [ids.tolist()])
                grids = {"attention": found.weights}
                if linked is not None:
                    source = self.encode_source(pair.source)
                    grids["IBM Model 1"] = linked.posterior(ids, source)[:, 1:]
                symbols = found.source, tuple(map(bare, found.symbols))
                alignment.draw(directory / f"attention_{i}.png", *symbols, grids)

    def ibm(self) -> IBM:
        """Returns IBM Model 1 of targets given sources, `<EOS>` a word like others."""
        encoded = [self.encode(pair) for pair in self.dataset.train]
        sides = ([own[side] for own in encoded] for side in ("targets", "source"))
        sizes = len(self.target), len(self.source)
        return IBM.fit(*sides, sizes, weight=0.1)[0]


def build(config: ConfigDict, workdir: str | Path | None = None) -> Translation:
    """Builds the task of `configs/translation.py`; see `experiments.build`."""
    check(config, FIELDS)
    return Translation(config, Assets(workdir))
