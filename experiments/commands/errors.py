"""One-line messages for errors that a user can correct."""

from absl import flags
from ml_collections import ConfigDict

# What the extra "experiments" provides, as it is imported.
EXTRA = (
    *("absl", "kaldi_native_fbank", "matplotlib", "mido", "PIL", "pooch", "requests"),
    *("sacrebleu", "scipy", "soundfile", "tensorboardX", "tokenizers"),
)
LONGEST = 400  # Characters of the error of a line.


def message(error: BaseException) -> str | None:
    """Returns what an error says, in one line; None for an error of the program."""
    if isinstance(error, AttributeError) and isinstance(error.obj, ConfigDict):
        return f"the config has no field {error.name!r}, which is needed"
    if isinstance(error, ModuleNotFoundError):
        name = str(error.name).partition(".")[0]
        extra = "pip install -e '.[experiments]'"
        return f"no module {name!r}: {extra} provides it" if name in EXTRA else None
    if isinstance(error, OSError) and error.strerror:
        return (
            f"{error.strerror}: {error.filename}"
            if error.filename
            else str(error.strerror)
        )
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, ValueError | OSError | FloatingPointError | flags.Error):
        return text
    # Of JAX, which has no class for it.
    signs = "RESOURCE_EXHAUSTED", "Out of memory"
    of_device = isinstance(error, RuntimeError) and any(sign in text for sign in signs)
    if isinstance(error, MemoryError) or of_device:
        return f"out of memory: {text}; a smaller batch_size, or net, takes less"
    return None


def of_line(error: BaseException) -> str | None:
    """Returns what an error of a line of input says.

    It may repeat the line, which has any length: the middle of a long text is left out.
    """
    text = message(error)
    if text is None or len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST // 2]} ... {text[-LONGEST // 2 :]}"
