"""Generated small talk: the right reply often depends on what was said turns before.

    I am called Greta.
    Nice to meet you, Greta.
    My sister is called Rosa.
    Give Rosa my regards.
    Do you remember my name?
    Your name is Greta.

The first speaker tells of themselves, asks for what was told, or changes the subject;
the second one never forgets, and always has the same answer to the same words. So each
reply of the second speaker follows from the turns before it, and half of them do not
follow from the last turn alone. The same names and cities stand for different things:
a person's own or a sister's, where somebody lives or comes from.
"""

from typing import NamedTuple

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets.dataset import Dataset, Splits, cut, pick
from seqnets.datasets.dialogues import Dialogue

SIZES = (4_000, 400, 400)  # Dialogues in train, valid and test.


class Topic(NamedTuple):
    """Something that the first speaker can tell, and ask for later.

    Attributes:
      values: what it can be, as words with single spaces between them.
      told: how it is told; how it changes, in those after the first two.
      heard: the reply to that, with the same value.
      asked: how it is asked for.
      known: the reply to that, with the value that was told last.
      unknown: the reply where it was not told.
    """

    values: str
    told: tuple[str, ...]
    heard: str
    asked: tuple[str, ...]
    known: str
    unknown: str


WOMEN = "Anna Clara Emma Greta Mia Rosa"
MEN = "Bruno David Felix Leo Paul Simon"
CITIES = "Athens Berlin Cairo Dublin Geneva Lima Madrid Oslo Prague Rome"
TOPICS = {
    "name": Topic(
        f"{WOMEN} {MEN}",
        ("My name is {}.", "I am called {}."),
        "Nice to meet you, {}.",
        ("What is my name?", "Do you remember my name?", "Who am I?"),
        "Your name is {}.",
        "You have not told me your name.",
    ),
    "sister": Topic(
        WOMEN,
        ("My sister is called {}.", "I have a sister, {}."),
        "Give {} my regards.",
        ("What is my sister called?", "What is the name of my sister?"),
        "Your sister is called {}.",
        "I did not know that you have a sister.",
    ),
    "home": Topic(
        CITIES,
        ("I live in {}.", "My flat is in {}.", "Now I have moved to {}."),
        "Do you like it in {}?",
        ("Where do I live?", "Where is my flat?"),
        "You live in {}.",
        "I do not know where you live.",
    ),
    "origin": Topic(
        CITIES,
        ("I come from {}.", "I was born in {}."),
        "I should like to see {}.",
        ("Where do I come from?", "Where was I born?"),
        "You come from {}.",
        "I do not know where you come from.",
    ),
    "drink": Topic(
        "tea coffee milk juice lemonade beer",
        ("I like {} best.", "My favourite drink is {}.", "From today I prefer {}."),
        "I never drink {}.",
        ("What is my favourite drink?", "What do I like best?"),
        "You like {} best.",
        "I do not know what you like.",
    ),
    "animal": Topic(
        "cat dog horse parrot rabbit turtle",
        ("I have a {}.", "At home I keep a {}."),
        "A {}, how lovely!",
        ("Which animal do I have?", "What do I keep at home?"),
        "You have a {}.",
        "You have not told me of an animal.",
    ),
}

# What needs two things that were told.
BOTH = {
    "Introduce me, please.": ("name", "home", "This is {}, who lives in {}."),
    "Who is in my family?": ("sister", "animal", "Your sister {}, and a {}."),
}

# What has nothing to do with the rest, and the reply to it.
ASIDES = {
    "How are you?": "I am fine, thank you.",
    "It is raining again.": "Then take an umbrella.",
    "Do you know a joke?": "Only old ones.",
    "What time is it?": "I have no watch.",
    "I am tired.": "You should go to bed.",
    "Can you hear me?": "Yes, I can.",
}


def read(place: Place) -> Dataset:
    """Returns the dialogues; none is in two splits.

    Returns:
      A data set of `Dialogue`s.
    """
    del place
    return Dataset(draw_splits)


def draw_splits(seed: int = 0, sizes: tuple[int, int, int] = SIZES) -> Splits:
    """Draws different dialogues for each split.

    Args:
      seed: of the dialogues.
      sizes: dialogues in train, valid and test.
    """
    rng, found = np.random.default_rng(seed), {}
    while len(found) < sum(sizes):
        found[draw(rng)] = None
    return cut(list(found), sizes[0], sizes[0] + sizes[1])


def draw(rng: np.random.Generator) -> Dialogue:
    """Draws a dialogue of five to seven turns of each speaker."""
    talk = Talk(rng)
    # Some begin with a question that cannot be answered yet.
    turns = [*(talk.wonder() if rng.random() < 0.3 else ()), *talk.tell(), *talk.tell()]
    for _ in range(int(rng.integers(3, 5))):
        choice = rng.random()
        if choice < 0.88:
            turns += talk.ask()
        elif choice < 0.95:
            turns += talk.tell()
        else:
            turns += pick(rng, list(ASIDES.items()))
    return Dialogue(tuple(turns))


class Talk:
    """What was told in a dialogue so far; draws what comes next, and the reply.

    Attributes:
      facts: the value of each topic that was told.
      open: topics that were not asked for since.
    """

    def __init__(self, rng: np.random.Generator):
        self.rng = rng
        self.facts: dict[str, str] = {}
        self.open: list[str] = []

    def tell(self) -> tuple[str, str]:
        """Draws something new, or a change of what was told."""
        names = (n for n in TOPICS if n not in self.facts or len(TOPICS[n].told) > 2)
        name = pick(self.rng, list(names))
        topic = TOPICS[name]
        told = topic.told[2:] if name in self.facts else topic.told[:2]
        self.facts[name] = pick(self.rng, topic.values.split())
        self.open = [*(n for n in self.open if n != name), name]
        said = pick(self.rng, told), topic.heard
        return tuple(text.format(self.facts[name]) for text in said)

    def ask(self) -> tuple[str, str]:
        """Draws a question, now and then for what was not told, or for two facts."""
        choice, facts = self.rng.random(), self.facts
        if choice > 0.88 and len(facts) < len(TOPICS):
            return self.wonder()
        both = [
            (question, reply.format(facts[first], facts[second]))
            for question, (first, second, reply) in BOTH.items()
            if first in facts and second in facts
        ]
        if both and choice < 0.2:
            return pick(self.rng, both)
        name = pick(self.rng, self.open or list(facts))
        self.open = [n for n in self.open if n != name]
        topic = TOPICS[name]
        return pick(self.rng, topic.asked), topic.known.format(facts[name])

    def wonder(self) -> tuple[str, str]:
        """Draws a question for something that was not told."""
        topic = TOPICS[pick(self.rng, [n for n in TOPICS if n not in self.facts])]
        return pick(self.rng, topic.asked), topic.unknown
