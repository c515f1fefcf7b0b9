"""What taggers of spans share, shown by one that is given the tags."""

import functools

import jax
import numpy as np
import pytest
from ml_collections import ConfigDict

from seqnets import datasets
from seqnets.data.assets import Assets
from seqnets.data.schemes import Span
from seqnets.data.sentences import Sentences
from seqnets.tasks.span_tagger import SpanTagger

pytestmark = pytest.mark.usefixtures("quickly")

TEXT = "王 B-PER\n明 E-PER\n在 O\n北 B-LOC\n京 E-LOC\n\n京 O\n北 B-LOC\n京 E-LOC\n"
FIELDS = dict(limit=9, buckets=1, batch_size=4, eval_batch_size=None, seed=0)


class Oracle(SpanTagger):
    """Answers the true tags of a batch, or where it has none those with the id 0."""

    def _answer(self, params, batch):
        return batch.get("tags", 0 * batch["tokens"])


@pytest.fixture
def tagger(tmp_path):
    for part in ("train", "dev", "test"):
        (tmp_path / f"{part}.txt").write_text(TEXT, encoding="utf-8")
    load = functools.partial(datasets.load, tmp_path, "tagged")
    config = ConfigDict(FIELDS | {"unknown_rate": 0.5})
    return Oracle(config, Assets(), Sentences(load, Assets()))


def test_true_tags_have_f1_of_one_and_the_report_shows_them(tagger, tmp_path):
    params = {"w": np.zeros(3)}
    found = tagger.scores(params, "test", None)
    assert found == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "parameters": 3}
    counts, names = tagger.write_test(tmp_path, params)
    assert names == ["O", "LOC", "PER"]
    np.testing.assert_array_equal(counts, np.diag([2, 4, 2]))
    lines = (tmp_path / "test.txt").read_text("utf-8").splitlines()
    assert lines == ["= [王明 PER]在[北京 LOC]", "= 京[北京 LOC]"]
    assert "f1/LOC\t1.0000" in (tmp_path / "f1.tsv").read_text("utf-8")


def test_a_cut_sentence_is_answered_as_far_as_it_goes(tagger, caplog):
    tagger.config.limit = 2
    found = dict(tagger.decode({}, "test"))
    spans = {"".join(s.tokens): tags.spans for s, tags in found.items()}
    assert spans == {"王明在北京": (Span(0, 2, "PER"),), "京北京": (Span(1, 2, "LOC"),)}
    assert "2 of 2 test sentences are longer than limit = 2" in caplog.text


def test_what_a_cut_sentence_loses_is_missed(tagger):
    """Of three true spans one is found whole, and one as far as the cut, so wrong."""
    tagger.config.limit = 2
    found = tagger.scores({}, "test", None)
    assert found["precision"] == 1 / 2 and found["recall"] == pytest.approx(1 / 3)


def test_spans_are_marked_in_the_tokens_of_the_corpus(tagger):
    sentence = tagger.sentences.sentence(("王", "❤️", "京"))
    assert tagger.mark(sentence, [Span(1, 3, "LOC")]).text == "王[❤️京 LOC]"


def test_lines_are_answered_and_empty_ones_survive(tagger):
    first, empty = tagger.predict({}, ["王明 来", " "])
    assert first.tokens == tuple("王明来") and first.text == "王明来"
    assert empty.tokens == () and str(empty) == ""


def test_the_usual_tag_of_a_token_is_the_baseline(tagger):
    # 京 ends a name twice of three times: where it is O, it is answered wrong.
    (f1,) = tagger.baselines().values()
    assert 0.5 < f1 < 1.0


def test_rare_tokens_become_unknown_more_often(tagger):
    rates = tagger.unknown_rates["tokens"]
    ids = tagger.sentences.vocabulary.encode("王京")
    np.testing.assert_allclose(rates[ids], [0.5 / 1.5, 0.5 / 3.5])
    batch = {"tokens": np.tile(ids, (4000, 1))}
    keys = jax.random.split(jax.random.key(0))
    dropped = tagger.drop_rare(keys, batch)["tokens"] == tagger.sentences.vocabulary.unk
    np.testing.assert_allclose(dropped.mean(0), rates[ids], atol=0.03)
