"""The default config of every experiment, made small, on data of a user's own."""

import importlib
import json
import wave

import numpy as np
from PIL import Image

# Word vectors of a user's own, of some English and Chinese symbols.
VECTORS = {word: (0.5, 0.0, -0.5, i) for i, word in enumerate(("i", "like", "hate"))}
VECTORS |= {word: (0.25, 1.0, 0.0, i) for i, word in enumerate("南京大")}
VECTORS["南京"] = (1.0, 2.0, 3.0, 4.0)

WORDS = ("i", "like", "this", "film", "and", "you", "hate", "that", "book", "or", "we")


def config(name, folder):
    """Returns a small config of an experiment's default, its data in `folder`."""
    default, corpus, changes = SMALL[name]
    made = importlib.import_module(f"configs.{default}").get_config()
    if corpus is not None:
        made.corpus = str(corpus(folder))
    made.steps, made.epochs, made.log_every, made.eval_every = 6, None, 2, 6
    made.score_limit = 4
    if corpus in (labelled, tagged, trees):
        made.vectors = f"{made.corpus}/vectors.txt"
    for field, value in changes.items():
        section, _, last = field.rpartition(".")
        owner = made[section] if section else made
        with owner.ignore_type():
            owner[last] = value
    return made


def parts(folder, lines, end="\n"):
    """Writes train.txt, valid.txt and test.txt, of which the first is the longest."""
    folder.mkdir(exist_ok=True)
    for part, cut in (("train", 0), ("valid", 3), ("test", 5)):
        text = "".join(line + end for line in lines[cut:])
        (folder / f"{part}.txt").write_text(text, encoding="utf-8")
    return folder


def vectors(folder):
    lines = [" ".join(map(str, (word, *own))) + "\n" for word, own in VECTORS.items()]
    (folder / "vectors.txt").write_text("".join(lines), encoding="utf-8")
    return folder


def sentences(count, seed=0):
    rng = np.random.default_rng(seed)
    return [list(rng.choice(WORDS, 2 + i % 7)) for i in range(count)]


def text(folder):
    lines = [" ".join(words) for words in sentences(90)]
    (folder / "text.txt").write_text("\n".join(lines) + "\n")
    return folder / "text.txt"


def labelled(folder):
    lines = [f"{'good' if 'like' in s else 'bad'} ||| {' '.join(s)}"
             for s in sentences(19)]  # fmt: skip
    own = parts(folder / "labelled", ["good ||| like", "bad ||| hate", *lines] * 2)
    return vectors(own)


def documents(folder):
    own = folder / "documents"
    for label, seed in (("bad", 1), ("good", 2)):
        (own / label).mkdir(parents=True)
        for i in range(20):
            lines = [" ".join(words) for words in sentences(1 + i % 4, (seed, i))]
            (own / label / f"{i}.txt").write_text("\n".join([label, *lines]) + "\n")
    return own


def tagged(folder):
    town = "南 B-LOC\n京 E-LOC\n很 O\n"
    lines = [town + ("大 O\n" * (i % 5)) for i in range(18)]
    return vectors(parts(folder / "tagged", lines))


def cloze(folder):
    asked = ("有一[本]书", "有一[只]猫")
    lines = [asked[i % 2] + "好" * (i % 6) for i in range(19)]
    return parts(folder / "cloze", lines)


def pairs(folder):
    lines = [f"{' '.join(s)}\t{' '.join(s[::-1]).upper()}" for s in sentences(19)]
    return parts(folder / "pairs", lines)


def dialogues(folder):
    turns = [" ".join(words) for words in sentences(60)]
    lines = ["\n".join(turns[i : i + 2 + i % 3]) for i in range(0, 57, 3)]
    return parts(folder / "dialogues", lines, end="\n\n")


def poems(folder):
    lines = [f"{s[0]}\n{' '.join(s[:3])}\n{' '.join(s[:2])}\n" for s in sentences(25)]
    return parts(folder / "poems", lines)


def problems(folder):
    lines = [
        {
            "text": f"{' '.join(s)} {i} and {i + 2} .",
            "equation": f"x={i}{'+-'[i % 2]}{i + 2}",
        }
        for i, s in enumerate(sentences(19), 3)
    ]
    own = folder / "problems.jsonl"
    own.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return own


def trees(folder):
    lines = [
        f"({label} ({('_', 'bad')[i % 2]} {s[0]}) (_ (good like) (bad {s[-1]})))"
        for i, (s, label) in enumerate(
            zip(sentences(20), ("good", "bad") * 10, strict=True)
        )
    ]
    return vectors(parts(folder / "trees", lines))


def series(folder):
    rows = [f"{1900 + i},{np.sin(i) + 0.1 * (i % 3):.3f},{i % 2}" for i in range(60)]
    (folder / "series.csv").write_text("\n".join(["year,y,u", *rows]) + "\n")
    return folder / "series.csv"


def graph(folder):
    own, rng = folder / "graph", np.random.default_rng(0)
    own.mkdir()
    split = ("train",) * 3 + ("valid", "test")
    nodes = [f"n{i}\t{'xy'[i % 2]}\t{i % 2} {i % 7}\t{split[i // 2 % 5]}\n"
             for i in range(40)]  # fmt: skip
    (own / "nodes.tsv").write_text("".join([*nodes, "n40\t-\t1 1\t-\n"]))
    edges = [f"n{u}\tn{v}\n" for u, v in rng.integers(0, 41, (60, 2))]
    (own / "edges.tsv").write_text("".join(edges))
    return own


def genes(folder):
    rng, lines = np.random.default_rng(0), []
    for i in range(30):
        letters = "".join(rng.choice(list("ACGT"), 12))
        place = ("-", "2..7", "-5..10")[i % 3]
        lines.append(f">own coding={place}\n{letters}\n")
    own = folder / "genes.fasta"
    own.write_text("".join(lines))
    return own


def music(folder):
    pieces = [[[60 + i % 5, 64 + t] for t in range(6)] for i in range(12)]
    own = folder / "songs.json"
    splits = {"train": pieces, "valid": pieces[3:9], "test": pieces[5:10]}
    own.write_text(json.dumps(splits))
    return own


def images(folder):
    own, rng = folder / "images", np.random.default_rng(0)
    own.mkdir()
    for name, count in (("train", 36), ("t10k", 11)):
        labels = np.arange(count, dtype=np.uint8) % 3
        pixels = rng.integers(0, 99, (count, 5, 4)).astype(np.uint8)
        pixels[np.arange(count), labels] = 255
        for kind, array in (("images-idx3", pixels), ("labels-idx1", labels)):
            shape = np.array(array.shape, ">u4").tobytes()
            data = bytes([0, 0, 8, array.ndim]) + shape + array.tobytes()
            (own / f"{name}-{kind}-ubyte").write_bytes(data)
    return own


def table(folder, name, lines):
    """Writes pictures, and a table of three splits about them; returns the folder."""
    own, rng = folder / name, np.random.default_rng(0)
    own.mkdir()
    for part, count in (("train", 20), ("valid", 7), ("test", 5)):
        rows = []
        for i in range(count):
            pixels = rng.integers(0, 99, (8, 8)).astype(np.uint8)
            pixels[i % 2 * 5 : i % 2 * 5 + 3] = 255  # Less than half: it is ink.
            Image.fromarray(pixels).save(own / f"{part}{i}.png")
            rows.append(f"{part}{i}.png\t{lines[i % len(lines)]}\n")
        (own / f"{part}.tsv").write_text("".join(rows))
    return own


def captioned(folder):
    return table(folder, "captioned", ["ink is above", "ink is below"])


def questions(folder):
    asked = ["is ink above\tyes", "is ink above\tno", "is ink below\tno"]
    return table(folder, "questions", asked)


def recordings(folder):
    own, rng = folder / "recordings", np.random.default_rng(0)
    own.mkdir()
    for digit, number in np.ndindex(3, 12):
        time = np.arange(600 + 40 * number) / 8000
        sound = np.sin(2 * np.pi * 300 * (digit + 1) * time) + 0.1 * rng.normal(
            size=len(time)
        )
        with wave.open(str(own / f"{digit}_ann_{number}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes((8000 * sound).astype("<i2").tobytes())
    return own


def stories(folder):
    """Stories of equally many sentences and words: the shapes of all are the same."""
    rooms, folder = ("hall", "attic"), folder / "stories"
    lines = [
        f"1 Ann is in the {rooms[i % 2]}.\n2 Ben is in the {rooms[i // 2 % 2]}.\n"
        f"3 Where is {('Ann', 'Ben')[i // 4 % 2]}?\t{rooms[(i >> i // 4 % 2) % 2]}"
        for i in range(20)
    ]
    return parts(folder, lines)


def strokes(folder):
    rng = np.random.default_rng(0)
    lines = []
    for i in range(20):
        pen = rng.normal(0, 3, (5, 2)).round(2).tolist()
        lines.append(
            json.dumps({"text": "ab"[i % 2] * 2, "strokes": [pen[:3], pen[3:]]})
        )
    own = folder / "strokes.jsonl"
    own.write_text("\n".join(lines) + "\n")
    return own


def motions(folder):
    rng = np.random.default_rng(0)
    lines = []
    for i in range(20):
        frames = rng.normal(i % 2, 0.1, (4, 20, 3)).round(2).tolist()
        lines.append(json.dumps({"label": "xy"[i % 2], "frames": frames}))
    own = folder / "motions.jsonl"
    own.write_text("\n".join(lines) + "\n")
    return own


TINY = {"cell.dim": 3, "embedding_dim": 4}

# By experiment: its default config, what writes its data, and what is changed.
# Only `sentiment` has batches of two shapes: each compiles all that a run computes.
SMALL = {
    "language_model": (
        "char_lm",
        text,
        TINY | {"batch_size": 4, "eval_batch_size": 4, "length": 8, "min_count": 1},
    ),
    "sentiment": (
        "sentiment",
        labelled,
        TINY
        | {"attention_dim": 3, "batch_size": 4, "dropout": 0.2, "train_vectors": False},
    ),
    "documents": (
        "documents",
        documents,
        TINY | {"attention_dim": 3, "batch_size": 4, "sentences": 4, "buckets": 1},
    ),
    "cloze": (
        "cloze",
        cloze,
        TINY | {"cell.name": "SRN", "batch_size": 4, "buckets": 1},
    ),
    "digits": ("digits", images, {"batch_size": 8, "hidden_dims": (4,)}),
    "depth": (
        "depth",
        images,
        {"batch_size": 8, "depths": (2,), "kinds": ("plain", "highway"), "width": 3},
    ),
    "function_fit": ("function_fit", None, {"widths": (0, 2), "restarts": 2}),
    "long_memory": (
        "recall",
        None,
        TINY
        | {"batch_size": 4, "length": 12, "lengths": (12,), "eval_examples": 10}
        | {"compare": ("SRN", "GRU")},
    ),
    "tagging": (
        "tagging",
        tagged,
        TINY | {"batch_size": 4, "word_dim": 4, "dropout": 0.2, "buckets": 1},
    ),
    "trees": (
        "trees",
        trees,
        {"dim": 3, "embedding_dim": 4, "batch_size": 4, "eval_batch_size": 4}
        | {"rows": 2, "width": 4, "edges": 8},
    ),
    "speech": (
        "speech",
        recordings,
        {"cell.dim": 3, "batch_size": 4, "digits": (1, 2), "features.stack": 4},
    ),
    "statistical_translation": (
        "statistical_translation",
        pairs,
        {"iterations": 2, "places": 1, "beam": 3},
    ),
    "translation": (
        "translation",
        pairs,
        TINY
        | {"batch_size": 4, "buckets": 1, "unit": "word", "beam": 2, "limit": 12}
        | {"encoder_dim": 2, "attention_dim": 2, "readout_dim": 3, "own_output": 0.5}
        | {"label_smoothing": 0.1, "dropout": 0.2},
    ),
    "dialogue": (
        "dialogue",
        dialogues,
        TINY
        | {"batch_size": 4, "eval_batch_size": 4, "buckets": 1, "beam": 2, "turns": 2}
        | {"encoder_dim": 2, "attention_dim": 2, "readout_dim": 4, "limit": 6}
        | {"context_limit": 12, "speaker": "both", "no_repeat": 2},
    ),
    "poems": (
        "poems",
        poems,
        TINY
        | {"batch_size": 4, "eval_batch_size": 4, "target_buckets": 1, "beam": 2}
        | {"encoder_dim": 2, "attention_dim": 2, "readout_dim": 4, "limit": 32}
        | {"no_repeat": 2},
    ),
    "word_problems": (
        "word_problems",
        problems,
        TINY
        | {"batch_size": 4, "eval_batch_size": 4, "buckets": 1, "beam": 2, "limit": 12}
        | {"encoder_dim": 2, "attention_dim": 2, "readout_dim": 3, "constant_count": 1}
        | {"equation_limit": 5},
    ),
    "grid": (
        "grid",
        None,
        {"batch_size": 4, "eval_examples": 6, "length": 4, "lengths": (2, 4)}
        | {"kinds": ("grid", "tanh"), "depths": (2,), "width": 3},
    ),
    "handwriting": (
        "handwriting",
        strokes,
        {"cell.dim": 3, "batch_size": 4, "buckets": 1, "mixtures": 2, "window": 1}
        | {"limit": 8, "dropout": 0.2},
    ),
    "actions": (
        "msr_action3d",
        motions,
        {"cell.dim": 3, "batch_size": 4, "buckets": 1, "depth": 1, "limit": 8}
        | {"direction": "forward"},
    ),
    "glimpses": (
        "glimpses",
        images,
        {"cell.dim": 3, "batch_size": 8, "eval_batch_size": 8, "glimpses": 2, "size": 2}
        | {"what_dim": 3, "where_dim": 3, "glimpse_dim": 4, "paths_of_evaluation": 2}
        | {"canvas": 7},
    ),
    "forecasting": (
        "forecasting",
        series,
        {"cell.dim": 3, "hidden_dims": (), "batch_size": 4, "lags": 2, "noise": 0.1}
        | {"column": "y", "inputs": ("u",), "inputs_ahead": True, "horizon": 2}
        | {"warm_up": 3, "length": 4, "origins": 3, "paths": 4},
    ),
    "graphs": ("graphs", graph, {"width": 3, "batch_size": 10, "shown": (0, 6)}),
    "question_answering": (
        "question_answering",
        stories,
        {"batch_size": 4, "eval_batch_size": 4, "dim": 4, "hops": 2, "memory": 3}
        | {"linear_epochs": 1.0},
    ),
    "captions": (
        "captions",
        captioned,
        TINY
        | {"batch_size": 4, "shape": (8, 8, 1), "channels": (2,), "strides": (4,)}
        | {"encoder_dim": 3, "attention_dim": 2, "readout_dim": 3, "limit": 4}
        | {"beam": 1},
    ),
    "visual_qa": (
        "visual_qa",
        questions,
        TINY
        | {"batch_size": 4, "shape": (8, 8, 1), "channels": (2,), "strides": (4,)}
        | {"net": "attention", "attention_dim": 2, "width": 3},
    ),
    "dna": ("dna", genes, {"cell.name": "SRN", "cell.dim": 3, "batch_size": 4}),
    "music": (
        "music",
        music,
        {"cell.name": "SRN", "cell.dim": 3, "hidden": 2, "batch_size": 4},
    ),
    "associative_memory": (
        "associative_memory",
        images,
        {"units": 20, "loads": (0.1, 0.2), "networks": 2, "probes": 2}
        | {"rule_units": 10, "rule_loads": (0.2,), "stored": (3,), "sweeps": 3},
    ),
    "gradient_flow": (
        "gradient_flow",
        None,
        {"cell.name": "GRU", "cell.dim": 3, "length": 4, "batch_size": 8, "depth": 2},
    ),
    "first_symbol": (
        "first_symbol",
        None,
        {"cell.name": "SRN", "cell.dim": 3, "batch_size": 4, "eval_batch_size": 4}
        | {"length": 6, "stages": (6,), "shares": (1.0,)}
        | {"lengths": (6,), "eval_examples": 6},
    ),
}
