"""Scores of translations, and the files that show them."""

import pytest

from seqnets import bleu
from seqnets.tasks import translations

REFERENCES = ["two dogs run in the park.", "it's a t-shirt, isn't it?", "yes."]
WRITTEN = ["two dogs run in a park.", "it's a t-shirt, isn't it?", ""]


def test_scores_are_those_of_the_corpus_in_words_and_as_sacrebleu_parts_them():
    found = translations.compare(WRITTEN, REFERENCES)
    parted = [
        ["two dogs run in a park .", "it 's a t - shirt , is n't it ?", ""],
        ["two dogs run in the park .", "it 's a t - shirt , is n't it ?", "yes ."],
    ]
    assert found["bleu"] == bleu.bleu(*parted, tokenize="none").score
    assert found["bleu_13a"] == bleu.bleu(WRITTEN, REFERENCES).score != found["bleu"]
    assert found["accuracy"] == pytest.approx(1 / 3)
    same = translations.compare(REFERENCES, REFERENCES)
    assert set(same) == set(found) and same["accuracy"] == 1
    assert same["bleu"] == pytest.approx(100)


def test_files_show_each_line_beside_its_reference(tmp_path):
    sources = ["zwei hunde\tlaufen im park.", "das ist ein t-shirt, oder?", "ja."]
    translations.write(tmp_path, sources, WRITTEN, REFERENCES)
    lines = (tmp_path / "test.tsv").read_text().split("\n")
    assert lines[0] == "source\twritten\treference" and len(lines) == 5
    assert all(line.count("\t") == 2 for line in lines[:-1])
    sources[0] = sources[0].replace("\t", " ")
    assert translations.read(tmp_path / "test.tsv") == (sources, WRITTEN, REFERENCES)
    scores = (tmp_path / "bleu.txt").read_text()
    found = translations.compare(WRITTEN, REFERENCES)
    for name, sign in (("bleu", "tok:none"), ("bleu_13a", "tok:13a"), ("chrf", "nc:6")):
        (line,) = (line for line in scores.splitlines() if sign in line)
        assert line.startswith(f"{found[name]:.2f} ")
