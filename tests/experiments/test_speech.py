"""The speech experiment: what it recognises in a user's file, and what it refuses."""

import importlib
import io
import json

import jax
import numpy as np
import pytest
import soundfile

from experiments import __main__ as front_door
from experiments import build, load, speech
from seqnets import datasets, metrics
from seqnets.data import audio
from seqnets.datasets import digit_strings, tones
from seqnets.datasets.audio import RATE
from seqnets.decode import ctc_decoder
from seqnets.training import evaluate, evaluation, fit

pytestmark = pytest.mark.usefixtures("quickly")

NAMES = ("speech", "fsdd_digits", "fsdd_strings", "fsdd_speaker", "speech_numbers")


def configured(corpus, name="speech", **changes):
    """Returns a config, made small."""
    config = importlib.import_module(f"configs.{name}").get_config()
    config.corpus = str(corpus)
    config.cell.dim = 16
    config.depth = config.buckets = 1
    config.features.stack = 6
    config.gap = (0.1, 0.2)
    config.digits = (1, 3)
    config.passes = 1
    config.batch_size = 8
    with config.ignore_type():
        for field, value in changes.items():
            setattr(config, field, value)
    return config


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A user's folder of recordings: the tones of one telephone, clear ones."""
    folder = tmp_path_factory.mktemp("own")
    for r in tones.draw(20, 1, noise=(0.05, 0.05)):
        path = folder / f"{r.digit}_{r.speaker}_{r.number}.wav"
        soundfile.write(path, r.samples, RATE)
    return folder


@pytest.fixture(scope="module")
def run(own, tmp_path_factory):
    """A run folder of a net that was trained until it recognises most digits."""
    workdir = tmp_path_factory.mktemp("runs") / "own"
    config = configured(own, passes=6, epochs=12, eval_every=10_000, noise=0.3)
    config.optimizer.learning_rate = 0.02
    fit(speech.build(config, workdir), config, workdir)
    return workdir


@pytest.fixture(scope="module")
def loaded(run):
    """The task of that run, and its parameters; they compile once for all tests."""
    return load(run)


def test_every_config_builds_a_net_that_can_be_trained(own):
    for name in NAMES:
        # The only telephone cannot be held out.
        config = configured(own, name, held_out=None)
        task = build(config)
        key = jax.random.key(0)
        params = jax.eval_shape(task.init, key)
        gradient = jax.grad(task.loss, has_aux=True)
        batch = next(task.batches("train", 0))
        grads, (_, sums) = jax.eval_shape(gradient, params, (), batch, key)
        assert jax.tree.structure(grads) == jax.tree.structure(params)
        assert set(sums) == {"loss", "impossible"}


def test_batches_go_on_where_they_left_off(own):
    task = build(configured(own, stretch=0.1))
    batches = task.batches("train", 0)
    third = [next(batches) for _ in range(3)][-1]
    again = next(build(configured(own, stretch=0.1)).batches("train", 2))
    jax.tree.map(np.testing.assert_array_equal, third, again)


def test_seeds_are_evaluated_on_the_same_strings(own):
    one, two = (
        list(build(configured(own, seed=seed)).batches("test", 0)) for seed in (0, 1)
    )
    jax.tree.map(np.testing.assert_array_equal, one, two)


def test_a_run_recognises_digits_and_beats_the_baselines(loaded):
    task, params = loaded
    found = evaluate(task, params, "test")
    assert found["impossible"] == 0
    assert found["digit_error"] < 0.4 < min(task.baselines().values())
    few = task.scores(params, "test", 4)
    assert 4 * few["accuracy"] == round(4 * few["accuracy"])


def test_a_run_leaves_pictures_and_its_answers_to_the_test(run, loaded):
    for i in (1, 2, 3):
        picture = run / "samples" / f"speech_{i}.png"
        assert picture.read_bytes().startswith(b"\x89PNG")
    heading, *lines = (run / "samples" / "test.tsv").read_text().splitlines()
    assert heading.split("\t") == ["spoken", "recognised", "probability", "errors"]
    errors = [int(line.split("\t")[-1]) for line in lines]
    spoken = sum(len(line.split("\t")[0]) for line in lines)
    task, params = loaded
    found = task.scores(params, "test", None)["digit_error"]
    assert found == pytest.approx(sum(errors) / spoken)


def test_a_user_s_files_are_recognised(loaded, own, tmp_path):
    """At another rate and in stereo too, which is mixed."""
    task, params = loaded
    recordings = datasets.load(own, "audio").test
    strings = digit_strings.join(recordings, 1, digits=(3, 3), gap=(0.1, 0.2))
    plain, stereo = tmp_path / "plain.wav", tmp_path / "stereo.wav"
    right = 0
    for digits, samples in strings[:4]:
        faster = audio.resample(samples, RATE, 2 * RATE)
        soundfile.write(plain, samples, RATE)
        soundfile.write(stereo, np.stack([faster, 0 * faster], 1), 2 * RATE)
        for found in task.predict(params, [str(plain), f" {stereo} "]):
            assert found.path in (str(plain), str(stereo))
            printed = found.digits or "-", f"{found.probability:.3f}", found.path
            assert 0 < found.probability <= 1 and str(found) == "\t".join(printed)
            right += 3 - metrics.edit_distance("".join(map(str, digits)), found.digits)
    assert right > 18  # Of 24.
    assert list(map(str, task.predict(params, [""]))) == ["-\t-\t"]


def test_a_beam_weighs_the_strings_of_training_in_also_without_them(
    loaded, own, tmp_path
):
    """Without weight it is the beam alone; all of the weight repeats the training."""
    task, params = loaded
    changes = {"beam": 4, "lm_order": 3, "passes": 4, "noise": 0.3}
    weighed = build(configured(own, **changes, lm_weight=0.5), tmp_path)
    found = weighed.scores(params, "test", 8)
    assert 0 <= found["digit_error"] < 1
    rows = evaluation.answers(task._answer, params, task.batches("test"))[:8]
    alone = [speech.spell(ctc_decoder.decode(*row, 4)) for row in rows]
    spoken = [string.text for string in task.strings("test")[:8]]
    wrong = sum(map(metrics.edit_distance, spoken, alone))
    assert found["digit_error/acoustic"] == wrong / sum(map(len, spoken))
    weighed.assets.save(tmp_path)
    blind = build(configured("gone", **changes, lm_weight=0.0), tmp_path)
    assert [blind.recognise(*row).digits for row in rows] == alone
    certain = build(configured("gone", **changes, lm_weight=100.0), tmp_path)
    logits, mask = rows[0]
    known = {string.text for string in task.strings("train")}
    trigrams = {f"--{text}-"[i : i + 3] for text in known for i in range(len(text) + 1)}
    answer = f"--{certain.recognise(logits, mask).digits}-"
    assert all(answer[i : i + 3] in trigrams for i in range(len(answer) - 2))


@pytest.fixture(scope="module")
def spoken(own, tmp_path_factory):
    """A sound file of four digits, and its samples."""
    recordings = datasets.load(own, "audio").test
    string = digit_strings.join(recordings, 1, digits=(4, 4), gap=(0.1, 0.2))[0]
    path = tmp_path_factory.mktemp("spoken") / "a.wav"
    soundfile.write(path, string.samples, RATE, subtype="FLOAT")
    return str(path), string.samples


def test_a_stream_that_waits_for_the_end_says_what_is_said_of_the_whole(loaded, spoken):
    (task, params), (path, samples) = loaded, spoken
    (whole,) = task.predict(params, [path])
    found = list(task.stream(params, path, look_ahead=3.0))
    assert "".join(heard.symbol for heard in found) == whole.digits != ""
    seconds = len(samples) / RATE
    for symbol, said, final in found:
        assert symbol in whole.digits and 0 <= said < final == pytest.approx(seconds)
    assert list(task.stream(params, "")) == []


def test_what_a_stream_says_does_not_depend_on_pieces_or_on_what_comes_later(
    loaded, spoken
):
    (task, params), (_, samples) = loaded, spoken

    def listen(samples, size):
        pieces = (samples[i : i + size] for i in range(0, len(samples), size))
        return list(task.listen(params, pieces, look_ahead=0.18))

    found = listen(samples, 80)
    assert len(found) > 1
    assert [h[:2] for h in listen(samples, 500)] == [h[:2] for h in found]
    half = len(samples) // 2
    known = [h for h in found if h.final * RATE <= half]
    longer = listen(np.concatenate([samples[:half], -samples[::-1]]), 80)
    assert longer[: len(known)] == known != []
    # A step has six frames, a frame reaches 12.5 ms behind its centre.
    delays = [h.final - h.said for h in found if h.final * RATE < len(samples)]
    assert 0.18 < min(delays) <= max(delays) < 0.1 + 0.18 + 0.06 + 0.03


def test_a_figure_says_what_a_limited_look_ahead_costs(run):
    found = json.loads((run / "samples" / "streaming.json").read_text())
    lines = (run / "samples" / "test.tsv").read_text().splitlines()[1:]
    errors = sum(int(line.split("\t")[-1]) for line in lines)
    assert found["whole"] == pytest.approx(
        errors / sum(len(line.split("\t")[0]) for line in lines)
    )
    for rates in found["curves"].values():
        assert rates[-1] == found["whole"] != rates[0]  # 32 steps reach the end.
    assert (run / "samples" / "streaming.png").read_bytes().startswith(b"\x89PNG")


def test_predict_streams_at_the_front_door(run, spoken, monkeypatch, capsys):
    def ask(text, *flags):
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        status = front_door.main(["predict", f"--workdir={run}", *flags])
        return status, *capsys.readouterr()

    path, _ = spoken
    status, out, _ = ask(f"{path}\n\n", "--stream", "--look_ahead=0.18")
    *heard, end, empty, nothing = out.split("\n")
    assert status == 0 and heard and end == empty == nothing == ""
    assert all(len(line.split("\t")) == 3 for line in heard)
    status, out, error = ask(f"gone.wav\n{path}\n", "--stream", "--look_ahead=0.18")
    assert status == 1 and out.split("\n") == ["-\t-\t", "", *heard, "", ""]
    assert "line 1: " in error and "1 of 2 lines have no answer" in error
    for flags, reason in (
        (["--look_ahead=1"], "--look_ahead needs --stream"),
        (["--stream", "--chunk=0"], "chunk must be more than 0 seconds, not 0"),
        (["--stream", "--look_ahead=-1"], "look_ahead must be 0 or more seconds"),
        (["--stream", "--look_ahead=99"], "at most 30 seconds together"),
    ):
        status, _, error = ask(f"{path}\n", *flags)
        assert status == 1 and reason in error


def test_telephone_numbers_are_dialled(own):
    task = build(configured(own, telephone=True, passes=2))
    assert {len(string.digits) for string in task.strings("train")} == {7}


@pytest.mark.parametrize("content", [b"", b"not sound", None], ids=str)
def test_a_file_that_is_no_sound_is_one_line_and_an_error(
    run, content, tmp_path, monkeypatch, capsys
):
    path = tmp_path / "a.wav"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{path}\n"))
    assert front_door.main(["predict", f"--workdir={run}"]) == 1
    captured = capsys.readouterr()
    assert captured.out == "-\t-\t\n"  # A line for each that is asked.
    reason, line = captured.err.splitlines()[-2:]
    assert reason.startswith("line 1: ") and str(path) in reason
    assert line == "error: 1 of 1 lines have no answer"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"digits": (0, 3)}, "digits must be at least 1"),
        ({"gap": (0.2, 0.1)}, "gap"),
        ({"passes": 0}, "passes"),
        ({"stretch": 1.0}, "stretch"),
        ({"beam": 0}, "beam"),
        ({"lm_order": 3}, "set config.beam"),
    ],
    ids=str,
)
def test_impossible_options_are_refused(changes, reason, own):
    with pytest.raises(ValueError, match=reason):
        build(configured(own, **changes))


@pytest.mark.parametrize("value", [[1.0, 2, 3], [0, [], []], {}, [9.0]], ids=str)
def test_what_is_usual_is_refused_where_it_is_something_else(own, value, tmp_path):
    (tmp_path / "usual.json").write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(ValueError, match=r"usual.json: holds something else"):
        _ = build(configured(own), tmp_path).usual
