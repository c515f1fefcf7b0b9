"""What a config says of pictures, and of the layers of convolution that read them."""

from ml_collections import ConfigDict

from seqnets.convolution2d import Convolutions
from seqnets.training.fields import COUNT, WIDTH, Field, Rule

_EACH = Rule("one or more", lambda values: len(values) > 0)
_SHAPE = Rule(
    "height, width, and 1 or 3 channels",
    lambda shape: len(shape) == 3 and shape[2] in (1, 3),
)

LAYERS = {
    "channels": Field(int, WIDTH, many=_EACH),
    "strides": Field(int, COUNT, many=_EACH),
}
# A user's own pictures are brought to a shape; those of other data sets have theirs.
FIELDS = LAYERS | {"shape": Field(int, COUNT, optional=True, many=_SHAPE)}


def build(config: ConfigDict) -> Convolutions:
    """Returns the layers that the fields `LAYERS` describe.

    Raises:
      ValueError: there are not as many channels as strides.
    """
    return Convolutions(tuple(config.channels), tuple(config.strides))
