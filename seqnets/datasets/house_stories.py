"""Generated stories of people in a house, who carry things about; four questions.

    Ida walked into the attic. Ida took the lamp. Ben is in the cellar now. Ida went
    to the study.
    person   Where is Ben?                      cellar     by one sentence
    thing    Where is the lamp?                 study      by two, in this order
    room     Is Ida in the attic?               no
    count    How many things does Ida carry?    one

What is asked always follows from the story, so that a reader can be right every time.
"""

from collections.abc import Sequence

import numpy as np

from seqnets.data.files import Place
from seqnets.datasets import stories
from seqnets.datasets.dataset import Dataset, Splits, cut, pick
from seqnets.datasets.stories import Question

SIZES = (3_000, 200, 250)  # Questions of each task in train, valid and test.
SENTENCES = (3, 12)  # In a story: fewest and most.
MOST_CARRIED = 2  # By one person.

PEOPLE = ("Ann", "Ben", "Carla", "Dan", "Ida", "Leo")
ROOMS = ("attic", "cellar", "hall", "library", "study", "workshop")
THINGS = ("lamp", "hammer", "letter", "vase")
MOVES = "{P} went to the {R}.", "{P} walked into the {R}.", "{P} is in the {R} now."
TAKES = "{P} took the {T}.", "{P} picked up the {T}."
DROPS = "{P} put down the {T}.", "{P} left the {T} there."
COUNTS = ("none", "one", "two")


class House:
    """Who and what is where, and by which sentences of the story that is known.

    Attributes:
      sentences: the story so far.
      room: of a person, a room and the sentence that tells it.
      carried: by a person, things and the sentence in which each was taken.
      lying: of a thing that was put down, its room and the sentences that tell it.
      changes: of a person, the sentences in which things were taken or put down.
    """

    def __init__(self):
        self.sentences: list[str] = []
        self.room: dict[str, tuple[str, int]] = {}
        self.carried: dict[str, dict[str, int]] = {}
        self.lying: dict[str, tuple[str, tuple[int, int]]] = {}
        self.changes: dict[str, list[int]] = {}

    def move(self, rng: np.random.Generator, person: str) -> None:
        """Has a person go to another room."""
        rooms = [r for r in ROOMS if r != self.room.get(person, ("",))[0]]
        room = pick(rng, rooms)
        self.room[person] = room, len(self.sentences)
        self.carried.setdefault(person, {})
        self.changes.setdefault(person, [])
        self.sentences.append(pick(rng, MOVES).format(P=person, R=room))

    def take(self, rng: np.random.Generator, person: str) -> bool:
        """Has a person take a thing of the room, or one never seen, if there is any."""
        room, held = self.room[person][0], {t for c in self.carried.values() for t in c}
        here = [t for t in THINGS if self.lying.get(t, (room,))[0] == room]
        free = [thing for thing in here if thing not in held]
        if not free or len(self.carried[person]) == MOST_CARRIED:
            return False
        thing = pick(rng, free)
        self.lying.pop(thing, None)
        self.carried[person][thing] = len(self.sentences)
        self._changed(pick(rng, TAKES).format(P=person, T=thing), person)
        return True

    def drop(self, rng: np.random.Generator, person: str) -> bool:
        """Has a person put down a thing, if they carry one."""
        if not self.carried[person]:
            return False
        thing = pick(rng, list(self.carried[person]))
        del self.carried[person][thing]
        room, told = self.room[person]
        self.lying[thing] = room, (told, len(self.sentences))
        self._changed(pick(rng, DROPS).format(P=person, T=thing), person)
        return True

    def _changed(self, sentence: str, person: str) -> None:
        self.changes[person].append(len(self.sentences))
        self.sentences.append(sentence)

    def places(self) -> dict[str, tuple[str, tuple[int, ...]]]:
        """Returns the room of each thing of the story, and how that is known."""
        found = dict(self.lying)
        for person, things in self.carried.items():
            room, told = self.room[person]
            found |= {t: (room, tuple(sorted((i, told)))) for t, i in things.items()}
        return found


def read(place: Place, *, tasks: Sequence[str] | None = None) -> Dataset:
    """Draws the questions of the tasks, by default of all."""
    del place  # No file is needed.
    own = stories.chosen(ASK, tasks)
    return Dataset(lambda: draw_splits(tuple(own)), stories.tasks_of)


def draw_splits(
    tasks: Sequence[str] | None = None,
    *,
    seed: int = 0,
    sizes: tuple[int, int, int] = SIZES,
) -> Splits:
    """Draws questions, none of which, with its story, comes twice.

    Args:
      tasks: of `ASK`; None = all.
      seed: of the questions; those of a task do not depend on the other tasks.
      sizes: questions of each task in train, valid and test.
    """
    splits: dict[str, list[Question]] = {"train": [], "valid": [], "test": []}
    for task in ASK if tasks is None else tasks:
        rng = np.random.default_rng((seed, list(ASK).index(task)))
        found: dict[Question, None] = {}
        while len(found) < sum(sizes):
            found[draw(rng, task)] = None
        parts = cut(list(found), sizes[0], sizes[0] + sizes[1])
        for split, questions in parts.items():
            splits[split] += questions
    return splits


def draw(rng: np.random.Generator, task: str) -> Question:
    """Draws a story, and a question of a task that it answers."""
    while True:
        house = tell(rng, int(rng.integers(SENTENCES[0], SENTENCES[1] + 1)))
        asked = ASK[task](rng, house)
        if asked is not None:
            return Question(tuple(house.sentences), *asked, task)


def tell(rng: np.random.Generator, sentences: int) -> House:
    """Draws a story of so many sentences."""
    house = House()
    while len(house.sentences) < sentences:
        person, act = pick(rng, PEOPLE), rng.random()
        known = person in house.room
        if known and act < 0.35 and house.take(rng, person):
            continue
        if known and act > 0.8 and house.drop(rng, person):
            continue
        house.move(rng, person)
    return house


def _person(rng, house):
    person = pick(rng, list(house.room))
    room, told = house.room[person]
    return f"Where is {person}?", room, (told,)


def _thing(rng, house):
    places = house.places()
    if not places:
        return None
    thing = pick(rng, list(places))
    return f"Where is the {thing}?", *places[thing]


def _room(rng, house):
    person = pick(rng, list(house.room))
    room, told = house.room[person]
    asked = room if rng.random() < 0.5 else pick(rng, [r for r in ROOMS if r != room])
    answer = "yes" if asked == room else "no"
    return f"Is {person} in the {asked}?", answer, (told,)


def _count(rng, house):
    # As often about people who have had something as about those who have not.
    active = [person for person, changes in house.changes.items() if changes]
    person = pick(rng, active if active and rng.random() < 0.75 else list(house.room))
    answer = COUNTS[len(house.carried[person])]
    changes = tuple(house.changes[person])
    return f"How many things does {person} carry?", answer, changes


# By task: `(rng, house) -> (question, answer, support)`, or None for no such question.
ASK = {"person": _person, "thing": _thing, "room": _room, "count": _count}
