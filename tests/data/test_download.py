"""Downloads are tried against a server on this machine: whole, cut, wrong or absent."""

import hashlib
import http.server
import threading

import pytest

from seqnets.data import download

CONTENT = {
    "a.txt": b"some text\n" * 500,
    "sub/b.txt": "床前明月光\n".encode() * 300,
}


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves `server.content`, and stops midway where `server.cut` says so."""

    def do_GET(self):
        self.server.asked.append(self.path)
        content = self.server.content.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if self.server.cut else content)

    def log_message(self, *args):
        """The tests' output stays clean."""


FILES = {
    ours: (f"路/{ours}", hashlib.sha256(content).hexdigest(), len(content))
    for ours, content in CONTENT.items()
}
MINE = "me/it", "c0", FILES


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.content = {
            f"/me/it/c0/%E8%B7%AF/{ours}": content for ours, content in CONTENT.items()
        }
        server.cut, server.asked = False, []
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def fetch(server, folder):
    download.fetch(*MINE, folder / "mine", base_url=server.url)
    return folder / "mine"


def left_in(folder):
    return sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())


def test_files_arrive_with_a_progress_bar_and_are_fetched_once(
    server, tmp_path, capsys
):
    folder = fetch(server, tmp_path)
    for name, content in CONTENT.items():
        assert (folder / name).read_bytes() == content
    assert capsys.readouterr().err.count("100%|") == len(CONTENT)

    fetch(server, tmp_path)
    assert len(server.asked) == 2


def test_an_interrupted_download_leaves_nothing_and_the_next_is_clean(server, tmp_path):
    server.cut = True
    with pytest.raises(
        ConnectionError, match="a.txt: the transfer broke off"
    ) as caught:
        fetch(server, tmp_path)
    assert "\n" not in str(caught.value)
    assert left_in(tmp_path) == []

    server.cut = False
    fetch(server, tmp_path)
    assert len(left_in(tmp_path)) == 2


def test_ctrl_c_leaves_nothing_behind(server, tmp_path, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("pooch.downloaders.tqdm.update", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fetch(server, tmp_path)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("stale", [False, True])
def test_a_file_with_the_wrong_checksum_is_removed(server, tmp_path, stale):
    path = next(path for path in server.content if path.endswith("a.txt"))
    server.content[path] = b"something else"
    if stale:
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "a.txt").write_bytes(b"old")
    with pytest.raises(ValueError, match="a.txt is not the expected file"):
        fetch(server, tmp_path)
    assert left_in(tmp_path) == []


def test_a_damaged_file_is_fetched_again(server, tmp_path):
    damaged = fetch(server, tmp_path) / "a.txt"
    damaged.write_bytes(b"damaged")
    fetch(server, tmp_path)
    assert damaged.read_bytes() == CONTENT["a.txt"]


def test_a_missing_file_or_server_gets_one_line(server, tmp_path):
    server.content.clear()
    with pytest.raises(ConnectionError, match="the server says 404 Not Found"):
        fetch(server, tmp_path)
    with pytest.raises(ConnectionError, match="no answer") as caught:
        download.fetch(*MINE, tmp_path, base_url="http://127.0.0.1:9")
    assert "\n" not in str(caught.value)
    assert left_in(tmp_path) == []
