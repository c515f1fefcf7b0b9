"""What readers of clozes share, shown by one that prefers a candidate."""

import jax.numpy as jnp
import numpy as np
import pytest
from ml_collections import ConfigDict

from seqnets.data.assets import Assets
from seqnets.tasks.cloze_classifier import ClozeClassifier

pytestmark = pytest.mark.usefixtures("quickly")

TEXT = "养了一[只]猫。\n买了一[支]笔。\n又有一[只]鸟。\n"
FIELDS = dict(
    data_dir=None, candidates=2, min_count=1, limit=5, buckets=1, batch_size=4,
    eval_batch_size=None, seed=0, token_dropout=0.5,
)  # fmt: skip


class Constant(ClozeClassifier):
    """Gives each candidate its parameter as its score."""

    def outputs(self, params, batch, key):
        del key
        return jnp.broadcast_to(params, (len(batch["tokens"]), len(params))), None


@pytest.fixture
def reader(tmp_path):
    for part in ("train", "dev", "test"):
        (tmp_path / f"{part}.txt").write_text(TEXT, encoding="utf-8")
    return Constant(ConfigDict(FIELDS | {"corpus": str(tmp_path)}), Assets())


def test_a_batch_has_the_place_of_the_blank_in_sentences_cut_around_it(reader, caplog):
    (batch,) = reader.batches("test")
    assert "3 of 3 test sentences are longer than limit = 5" in caplog.text
    rows = batch["rows"]
    assert rows.tolist() == [True] * 3 + [False]
    blank = reader.vocabulary.encode(["<BLANK>"])[0]
    places = batch["place"][rows]
    assert (batch["tokens"][np.arange(3), places] == blank).all()
    assert batch["mask"].sum(1).tolist() == [5, 5, 5, 0]
    assert [reader.classes[i] for i in batch["label"][rows]] == ["只", "支", "只"]


def test_choices_share_the_probability_however_improbable_they_are(reader):
    scores = jnp.array([-300.0, 200.0])
    any_, only, empty = reader.predict(scores, ["一_猫", "一（只/只）猫", ""])
    assert str(any_) == "一[支]猫\tanswer: 支 1.000 只 0.000"
    assert only.guesses[0].best == (("只", 0.5), ("只", 0.5))
    assert str(empty) == "" and empty.guesses == ()


def test_what_is_not_read_of_a_sentence_is_told(reader, caplog):
    list(reader.predict(jnp.zeros(2), ["养了一_猫"]))
    assert not caplog.text
    list(reader.predict(jnp.zeros(2), ["他养了一_小花猫"]))
    assert "of 8 symbols, limit = 5 around the blank are read" in caplog.text


def test_baselines_count_answers_and_n_grams(reader):
    found = reader.baselines()
    assert found.keys() == {"the most frequent", "3-gram, left", "3-gram, both"}
    assert found["the most frequent"] == pytest.approx(2 / 3)
