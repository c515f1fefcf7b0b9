"""Questions about pictures as arrays: words once, groups by number."""

import numpy as np

from seqnets.data.assets import Assets
from seqnets.datasets.dataset import Dataset
from seqnets.datasets.visual_questions import Question
from seqnets.tasks.picture_questions import Encoded, PictureQuestions, spoken
from tests.experiments.test_visual_qa import configured


def test_questions_are_encoded_once_and_those_without_a_group_are_of_none():
    task = PictureQuestions(configured(), Assets())
    picture = np.zeros((4, 4, 1), np.uint8)
    asked = [
        Question(picture, "Is it red?", "yes", "colour"),
        Question(picture, "Is it red?", "no"),
        Question(picture, "how many?", "2", "number"),
    ]
    info = {"shape": [4, 4, 1], "classes": ["2", "no", "yes"]}
    info["groups"] = ["colour", "number"]
    splits = dict.fromkeys(("train", "valid", "test"), asked) | {"info": info}
    task.dataset = Dataset(lambda: splits)
    found = list(Encoded(task, "train"))
    assert [int(own["label"]) for own in found] == [2, 1, 0]
    assert [int(own["group"]) for own in found] == [0, -1, 1]
    assert found[0]["tokens"] is not found[2]["tokens"]
    np.testing.assert_array_equal(found[0]["tokens"], found[1]["tokens"])
    assert len(found[0]["tokens"]) == len(spoken("is it red?")) == 4
    assert task.background == (0.0,)
    assert task.baselines() == {
        "majority": 1 / 3,
        "the question's most frequent answer": 2 / 3,
    }
