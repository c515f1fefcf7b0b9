"""The command lists what there is, and fetches what can be fetched."""

from seqnets.data import download
from seqnets.datasets import DATASETS, __main__


def listed(capsys, *arguments):
    assert __main__.main(list(arguments)) is None
    lines = capsys.readouterr().out.splitlines()
    return {line.split()[0]: line for line in lines[1:]}


def test_all_data_sets_are_listed_with_what_is_here(tmp_path, capsys):
    lines = listed(capsys)
    assert list(lines) == list(DATASETS)
    assert "6.0 MB" in lines["ptb"] and "not here" in lines["ptb"]
    assert "not here" in lines["linux_kernel"]
    assert "generated" in lines["python_stdlib"]
    (tmp_path / "linux_kernel").mkdir()
    (tmp_path / "linux_kernel" / "input.txt.gz").touch()
    lines = listed(capsys, f"--data_dir={tmp_path}")
    assert "not here" not in lines["linux_kernel"]


def test_fetching_prints_the_folder_or_ends_with_a_message(
    tmp_path, monkeypatch, capsys
):
    fetched = []

    def fetch(repository, commit, pinned, folder, *, base_url):
        fetched.append((commit, folder))

    monkeypatch.setattr(download, "fetch", fetch)
    assert __main__.main(["fetch", "ptb", f"--data_dir={tmp_path}"]) is None
    assert capsys.readouterr().out.strip() == str(tmp_path / "ptb")
    assert __main__.main(["fetch", "wangfeng"]) is None
    cached = tmp_path / "cache" / "wangfeng"
    ptb, wangfeng = (DATASETS[name].commit for name in ("ptb", "wangfeng"))
    assert fetched == [(ptb, tmp_path / "ptb"), (wangfeng, cached)]
    assert "no download for 'x'" in __main__.main(["fetch", "x"])


def test_fetching_what_cannot_be_fetched_says_why():
    assert "did you mean 'mnist'?" in __main__.main(["fetch", "mnistt"])
    assert "'xor': it is generated" in __main__.main(["fetch", "xor"])
    assert "put it there" in __main__.main(["fetch", "linux_kernel"])
