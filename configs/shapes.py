"""experiments/visual_qa.py: SHAPES and its small training part, of ten questions.

Test .546, validation .588, training 1.000: ten questions teach no others. Published,
trained on 13,500 pictures: 0.653 of an LSTM and layers of convolution, 0.906 of module
networks (Andreas et al., 2016); "false" alone has 0.63. It takes 57 s on one core.
"""

from ml_collections import ConfigDict

from configs import visual_qa


def get_config() -> ConfigDict:
    config = visual_qa.get_config()
    # Data
    config.corpus = "shapes"
    # Optimiser
    config.epochs = 40
    # Bookkeeping
    config.eval_every = 50
    return config
