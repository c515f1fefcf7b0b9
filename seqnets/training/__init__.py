"""How any task is trained: `fit` and `evaluate`, and what they are made of."""

from seqnets.training.comparison import Comparison
from seqnets.training.evaluation import evaluate
from seqnets.training.loop import fit
from seqnets.training.study import Study
from seqnets.training.supervised import Supervised
from seqnets.training.task import Task

__all__ = ["Comparison", "Study", "Supervised", "Task", "evaluate", "fit"]
