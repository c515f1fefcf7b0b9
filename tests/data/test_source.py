"""A run's text: its vocabulary outlives its corpus, and its record finds it again."""

import pytest

from seqnets.data.source import TextSource

TEXT = "one two three\n" * 40


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    return path


def test_a_run_folder_is_asked_without_its_corpus(corpus, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    source = TextSource(str(corpus), "char")
    source.save(run)
    corpus.unlink()

    again = TextSource(str(corpus), "char", workdir=run)
    assert again.vocabulary == source.vocabulary
    with pytest.raises(FileNotFoundError):
        _ = again.ids


def test_a_relative_path_is_found_from_another_folder(corpus, tmp_path, monkeypatch):
    run = tmp_path / "run"
    run.mkdir()
    monkeypatch.chdir(tmp_path)
    TextSource("text.txt", "word").save(run)
    monkeypatch.chdir(run)
    again = TextSource("text.txt", "word", workdir=run)
    assert sum(map(len, again.ids["train"])) > 100


def test_documents_end_with_eos_and_streams_hold_them_all(corpus):
    source = TextSource(str(corpus), "char")
    for split in ("train", "valid", "test"):
        ids = source.ids[split]
        assert all(document[-1] == source.vocabulary.eos for document in ids)
        stream = source.stream(split, batch_size=2, length=5)
        assert stream.size == sum(map(len, ids))
        assert source.stream(split, batch_size=2, length=5) is stream
