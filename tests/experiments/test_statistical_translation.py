"""Words aligned by EM, and translations by a noisy channel."""

import importlib

import numpy as np
import pytest

import experiments
from experiments import statistical_translation
from seqnets.baselines.ibm import IBM
from seqnets.datasets import numerals
from seqnets.training import reporting, study


def configured(corpus="numerals", **changes):
    config = importlib.import_module("configs.statistical_translation").get_config()
    config.corpus = str(corpus)
    with config.ignore_type():
        for name, value in changes.items():
            setattr(config, name, value)
    return config


@pytest.fixture(scope="module")
def numbers(tmp_path_factory):
    """A study of 400 of the generated pairs, its config, what it found and where."""
    folder = tmp_path_factory.mktemp("numbers")
    own = folder / "data"
    own.mkdir()
    splits = numerals.draw_splits(sizes=(400, 30, 30))
    for split in ("train", "valid", "test"):
        text = "".join(f"{a}\t{b}\n" for a, b in splits[split])
        (own / f"{split}.tsv").write_text(text, encoding="utf-8")
    config = configured(own, beam=20)
    task = experiments.build(config, folder / "run")
    study.run(task, config, folder / "run")
    return task, config, study.restore(folder / "run"), folder / "run"


def test_numbers_are_aligned_and_translated(numbers):
    *_, folder = numbers
    records = {r["split"]: r for r in reporting.read(folder)}
    assert records["valid"]["accuracy"] > 0.7
    assert records["test"]["bleu"] > 80
    assert records["test"]["alignment_error/both"] < 0.1
    assert records["train"]["loss"] < 1.0


def test_what_is_kept_translates_as_what_was_found(numbers):
    task, config, found, folder = numbers
    again, restored = experiments.load(folder)
    lines = [pair.source for pair in task.dataset.test[:5]]
    assert list(again.predict(restored, lines)) == list(task.predict(found, lines))
    channel, inverse, *_ = again.models(restored)
    assert isinstance(channel, IBM) and channel.null == inverse.size
    for history in ("channel.log_prob", "inverse.log_prob"):
        rises = np.diff(restored[history])
        assert len(rises) == config.iterations + config.places
        assert (rises >= -1e-9).all()


def test_an_answer_has_the_n_best_each_with_its_score(numbers):
    task, _, found, _ = numbers
    line = "drei hundert zwei und vierzig"
    (one,) = task.predict(found, [line], nbest=3)
    assert one.text == "three hundred forty two" and len(one.others) == 2
    scores = [one.score, *(score for _, score in one.others)]
    assert scores == sorted(scores, reverse=True)
    assert str(one).count("\t") == 5
    (narrow,) = task.predict(found, [line], beam=1)
    assert narrow.score <= one.score


def test_words_that_are_not_known_stay_as_they_are(numbers):
    task, _, found, _ = numbers
    assert task.translate(found, ["Foo", ""]) == ["foo", ""]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"beam": 0}, "beam must be 1 or more"),
        ({"nbest": 0}, "nbest must be 1 to beam"),
    ],
)
def test_a_search_for_nothing_is_refused(numbers, options, message):
    task, _, found, _ = numbers
    with pytest.raises(ValueError, match=message):
        list(task.predict(found, ["eins"], **options))


def test_a_line_beyond_the_limit_is_refused_and_an_empty_one_has_no_answer(numbers):
    task, _, found, _ = numbers
    with pytest.raises(ValueError, match="and limit = "):
        list(task.predict(found, ["eins " * (task.config.limit + 1)]))
    (empty,) = task.predict(found, [" "])
    assert str(empty) == ""


def test_links_of_a_direction_have_one_partner_at_most(numbers):
    task, _, found, _ = numbers
    for pair in task.dataset.test[:10]:
        source, target, both = task.links(found, pair)
        assert len({j for j, _ in source}) == len(source)
        assert len({i for _, i in target}) == len(target)
        assert source & target <= both <= source | target


def test_long_pairs_are_left_out_and_counted(tmp_path, caplog):
    for part in ("train", "valid", "test"):
        (tmp_path / f"{part}.tsv").write_text("a b\tx y\na b c\tx y z\n")
    task = statistical_translation.build(configured(tmp_path, limit=2))
    found, metrics = task.compute()
    assert "left out 1 of 2 training pairs" in caplog.text
    assert set(metrics) == {"train", "valid", "test"}
    task = statistical_translation.build(configured(tmp_path, limit=1))
    with pytest.raises(ValueError, match="no training pair"):
        task.compute()


@pytest.mark.parametrize(
    ("field", "value"),
    [("iterations", 0), ("places", -1), ("reach", 60), ("null_weight", 0.0)],
)
def test_options_out_of_range_are_refused(field, value):
    with pytest.raises(ValueError, match=f"field {field} must be"):
        statistical_translation.build(configured(**{field: value}))


def test_languages_can_be_chosen_and_wrong_ones_are_refused():
    task = statistical_translation.build(configured(source="en"))
    assert task.dataset.info == {"source": "en", "target": "de"}
    task = statistical_translation.build(configured(source="fr"))
    with pytest.raises(ValueError, match="'de' or 'en', not 'fr'"):
        task.dataset  # noqa: B018
