"""The one training loop.

The position in a training is the number of steps taken; batches, keys and learning
rates are functions of it. So a run that was stopped resumes from its latest checkpoint,
and ends with the same parameters to the bit and the same metrics but for wall-clock.
"""

import contextlib
import dataclasses
import functools
import itertools
import json
import math
import signal
from pathlib import Path
from typing import Any

import jax
import numpy as np
from ml_collections import ConfigDict

from seqnets.training import devices, optimizer, reporting, run_folder, samples, study
from seqnets.training.checkpoint import Checkpoints
from seqnets.training.evaluation import evaluate, restore
from seqnets.training.interruption import Interrupted, Watch, watch
from seqnets.training.progress import Progress, total_steps
from seqnets.training.step import Health, program_of
from seqnets.training.task import Experiment, Task, counted


class TrainingDiverged(FloatingPointError):
    """The loss, its gradient or the parameters became NaN or infinite."""


def fit(
    task: Experiment, config: ConfigDict, workdir: str | Path, *, profile_steps: int = 0
) -> Any:
    """Trains a task, or goes on where the run folder left off; computes a study.

    Args:
      task: what to train, or to compute.
      config: its fields that all configs share; see `fields.FIELDS`.
      workdir: the run folder, which is made if need be. It receives `config.json`,
        `metrics.jsonl`, `checkpoints`, TensorBoard's event files and `samples`.
      profile_steps: steps to be traced, from the second one of this call, into the
        folder `profile`.

    Returns:
      The parameters that reached the goal best, or what the study found; at once if
      the run is complete.

    Raises:
      ValueError: if the folder is not of such a run or another run is at work in it,
        or the config is impossible or not the task's.
      Interrupted: after SIGTERM or Ctrl-C in any process; the state is saved.
      TrainingDiverged: if a number becomes NaN or infinite; such a state is not saved.
      CheckpointError: if the disk takes no checkpoint; the last good one stays.
    """
    workdir = Path(workdir)
    run_folder.require_one(getattr(task, "config", config), config)
    run_folder.check(workdir, config)
    with run_folder.lock(workdir):
        if isinstance(task, study.Study):
            changed = study.run(task, config, workdir)
        else:
            changed = _train(task, config, workdir, profile_steps)
        found = restore(task, workdir)
        samples.write(task, found, workdir, again=changed)
    return found


def _train(task: Task, config: ConfigDict, workdir: Path, profile_steps: int) -> bool:
    """Trains to the end; returns whether there was anything left to do."""
    meta = Checkpoints(workdir).meta()
    if meta is not None and meta["progress"]["complete"]:
        return False
    with watch() as signals, contextlib.closing(_Run(task, config, workdir)) as run:
        run.train(signals, profile_steps)
    return True


class _Run:
    """A training under way: from its latest checkpoint, or from the start."""

    def __init__(self, task: Task, config: ConfigDict, workdir: Path):
        epoch = task.steps_per_epoch
        self.task, self.config, self.workdir = task, config, workdir
        self.total = total_steps(config, epoch)
        # An epoch of one step would be evaluated and saved at every step.
        often = self.total if epoch in (None, 1) else epoch
        self.eval_every = config.get("eval_every") or often
        self.log_every = config.get("log_every") or often
        self.options = optimizer.options(**config.optimizer)
        self.rate = optimizer.schedule(config.optimizer, epoch, self.total)
        plateau = self.options["schedule"] == "plateau"
        if task.goal is None and (plateau or config.get("patience") is not None):
            raise ValueError("patience and schedule 'plateau' need a task with a goal")

        self.checkpoints = Checkpoints(workdir)
        meta = self.checkpoints.meta() or {"progress": {}, "clock": {}, "offset": 0}
        self.progress = Progress(**meta["progress"])
        batches = task.batches("train", self.progress.step)
        first = next(batches)
        devices.put(first)  # Refuses rows that the devices do not divide.
        if getattr(task.assets, "changed", None):
            raise ValueError(
                f"cannot resume {workdir}: its data is not what it was"
                f" ({'; '.join(task.assets.changed)}); train in another folder"
            )
        self.batches = devices.prefetch(itertools.chain([first], batches))
        self.program = program_of(task, config, first)
        resumes = self.progress.step > 0
        if not resumes:
            self.state = self.program.initial()
        # Bad data and bad configs have been refused by now, leaving no folder.
        self._claim()
        if resumes:
            self.state, _ = self.checkpoints.restore_latest(self.program.target)
        self.compiled: set[Any] = set()  # The shapes of the batches so far.
        self.unchecked: tuple[int, Health, Any] | None = None
        self.asked = 0  # The number of a signal, as of the last step checked.
        self._open(meta)

    def _claim(self) -> None:
        """Makes the folder, which every process must see, and what it keeps of data."""
        if devices.is_first_process():
            run_folder.claim(self.workdir, self.config, self.task.goal)
        devices.wait_for_all("run folder")
        if not (self.workdir / run_folder.CONFIG).is_file():
            raise ValueError(
                f"run folder {self.workdir} is not where the first process has it: all"
                " processes need one file system"
            )
        if self.task.assets is not None:
            first = devices.is_first_process()
            self.task.assets.save(self.workdir, write=first)

    def _open(self, meta: dict[str, Any]) -> None:
        """Goes on with the metrics and the clock; only the first process writes."""
        first = devices.is_first_process()
        folder = self.workdir if first else None
        self.metrics = reporting.Metrics(folder, meta["offset"])
        self.clock = reporting.Clock(**meta["clock"])
        self.speed = f"{self.task.unit}_per_s"
        goal = self.task.goal[1] if self.task.goal else "loss"
        self.display = reporting.Display(
            self.progress.step, self.total, goal, self.speed, visible=first
        )

    def close(self) -> None:
        self.display.close()
        self.metrics.close()

    def train(self, signals: Watch, profile_steps: int) -> None:
        """Goes on to the end, or until a signal asks to stop."""
        turns = iter(functools.partial(self._turn, signals), False)
        if profile_steps and devices.is_first_process():
            next(turns, None)  # Compiles.
            with jax.profiler.trace(str(self.workdir / "profile")):
                for _ in itertools.islice(turns, profile_steps):
                    pass
                jax.block_until_ready(self.state)
        for _ in turns:
            pass

    def _turn(self, signals: Watch) -> bool:
        """Reports the last step and takes the next; False if there is none."""
        progress = self.progress
        stop = self._stop(signals)
        if progress.reported < progress.step and not stop:
            self._report()
            stop = self._stop(signals)
        if progress.complete:
            return False
        if stop:
            self._save()
            raise Interrupted(
                f"stopped by {stop.name} after step {progress.step} of"
                f" {self.total}, which is saved; the same call again, with"
                f" {self.workdir}, resumes it",
                stop,
            )
        self._advance(signals)
        return True

    def _stop(self, signals: Watch) -> signal.Signals | None:
        """Returns the signal that asks to stop, the same in every process.

        One of several processes obeys a step later: after a step that all have heard
        of it in.
        """
        if jax.process_count() == 1:
            return signals.received
        return signal.Signals(int(self.asked)) if self.asked else None

    def _advance(self, signals: Watch) -> None:
        position, scale = self.progress.step, self.progress.scale
        batch = next(self.batches)
        shapes = devices.shapes(batch)
        compiles = shapes not in self.compiled
        self.compiled.add(shapes)
        with self.clock.paused() if compiles else contextlib.nullcontext():
            self.state, health = self.program.step(
                self.state, batch, np.int32(position), np.float32(scale)
            )
        self.progress.step += 1
        # The step before is checked while this one runs.
        several = jax.process_count() > 1
        asked = devices.largest(signals.received or 0) if several else 0
        before, self.unchecked = self.unchecked, (self.progress.step, health, asked)
        self._check(before)
        self.display.advance()

    def _check(self, unchecked: tuple[int, Health, Any] | None) -> None:
        if unchecked is None:
            return
        step, health, self.asked = unchecked[0], *devices.fetch(unchecked[1:])
        if math.isfinite(health.loss + health.grad_norm) and health.finite:
            return
        saved = self.checkpoints.meta()
        last = f"of step {saved['progress']['step']}" if saved else "not there yet"
        raise TrainingDiverged(
            f"diverged at step {step}: loss {health.loss:g}, gradient norm"
            f" {health.grad_norm:g}, {'' if health.finite else 'not '}all parameters"
            f" finite; the last good checkpoint in {self.workdir} is {last}"
        )

    def _report(self) -> None:
        """Does what is due after a step: a line, an evaluation, a checkpoint."""
        step, every = self.progress.step, self.config.get("checkpoint_every")
        last = step == self.total
        evaluation = last or step % self.eval_every == 0
        if last or step % self.log_every == 0:
            self._log()
        if evaluation:
            with self.clock.paused():
                self._evaluate()
        self.progress.reported = step
        self.progress.complete |= last
        if evaluation or (every and step % every == 0):
            self._save()

    def _log(self) -> None:
        self._check(self.unchecked)
        sums, (norm, steps) = devices.fetch(self.state.totals)
        self.state = self.program.reset_totals(self.state)
        rate = float(self.rate(self.progress.step - 1)) * self.progress.scale
        self._write(
            "train",
            self.task.finish(sums)
            | {
                "learning_rate": float(f"{rate:.6g}"),  # float32 has no more.
                "grad_norm": norm / steps,
                self.speed: counted(sums) / self.clock.lap(),
            },
        )

    def _evaluate(self) -> None:
        self._check(self.unchecked)
        params = optimizer.averaged(self.state.opt_state, self.state.params)
        split, name, direction = self.task.goal or ("valid", None, None)
        limit = self.config.get("score_limit")
        scores = evaluate(self.task, params, split, limit=limit)
        # Unlike machines may round differently, and must not part ways.
        scores = json.loads(devices.text_of_first(json.dumps(scores)))
        self._write(split, scores)
        if name is not None:
            if name not in scores:
                raise ValueError(f"the goal {name!r} is not among {list(scores)}")
            plateau = self.options["schedule"] == "plateau"
            if not self.progress.judge(
                scores[name],
                direction,
                patience=self.config.get("patience"),
                plateau=self.options["decay_rate"] if plateau else 1.0,
            ):
                return
        self.checkpoints.save_best(params, {"step": self.progress.step} | scores)

    def _write(self, split: str, values: dict[str, float]) -> None:
        record = {"step": self.progress.step, "split": split} | values
        record["elapsed_s"] = round(self.clock.elapsed_s, 3)
        self.metrics.write(record)
        self.display.show(record)

    def _save(self) -> None:
        self._check(self.unchecked)
        with self.clock.paused():
            meta = {
                "progress": dataclasses.asdict(self.progress),
                "offset": self.metrics.flush(),
                "clock": self.clock.position(),
            }
            self.checkpoints.save_latest(self.state, meta)
