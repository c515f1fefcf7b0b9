"""Where the files of data sets that may be fetched are, to the bit."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Source:
    """Files of one commit of one repository.

    Attributes:
      repository: "owner/name".
      commit: the commit's hash.
      files: our path -> (the repository's path, SHA-256).
    """

    repository: str
    commit: str
    files: dict[str, tuple[str, str]]


SOURCES = {
    "ptb": Source(
        "locuslab/TCN",
        "2f8c2b817050206397458dfd1f5a25ce8a32fe65",
        {
            "ptb.train.txt": (
                "TCN/word_cnn/data/penn/train.txt",
                "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf",
            ),
            "ptb.valid.txt": (
                "TCN/word_cnn/data/penn/valid.txt",
                "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2",
            ),
            "ptb.test.txt": (
                "TCN/word_cnn/data/penn/test.txt",
                "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0",
            ),
        },
    ),
    "tinyshakespeare": Source(
        "jcjohnson/torch-rnn",
        "6e72b866e0a7fe544b7de2d9951063c9c11c00e3",
        {
            "input.txt": (
                "data/tiny-shakespeare.txt",
                "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
            ),
        },
    ),
    "wangfeng": Source(
        "phunterlau/wangfeng-rnn",
        "f56627b2e3f7bf22fa6f2449dce050da27f53699",
        {
            "input.txt": (
                "input.txt",
                "b37c87e34e050a1bddd3fbd21d344631d8304a11de4de28d2fe631e777188c7d",
            ),
        },
    ),
    "zh_poems": Source(
        "chinese-poetry/chinese-poetry",
        "99ebbef7e1345c0985c44b9fd96a3f9e776f117b",
        {
            "tang300.json": (
                "全唐诗/唐诗三百首.json",
                "d77a145f7470da2ed2f79515944563c062ffc43fceda07f195a36ead66b7e5c7",
            ),
            "ci300.json": (
                "宋词/宋词三百首.json",
                "ca5d74f7fdb9d5a6acc22a7c8b4395228cad4bb8be53df44c19ba83ab6983b20",
            ),
            "quan_tang_shi/poet.tang.0.json": (
                "全唐诗/poet.tang.0.json",
                "4f88f429938082523cdc72a1612bd7a7c3e3f7a33f8192c61ae51340efc3c92d",
            ),
            "quan_tang_shi/poet.tang.1000.json": (
                "全唐诗/poet.tang.1000.json",
                "6e703b8d8dcedbd6110f6d48d043665ca2131db2035a5bfcef5e59a19aeb6d75",
            ),
            "quan_tang_shi/poet.tang.2000.json": (
                "全唐诗/poet.tang.2000.json",
                "ec28efa7e2ae9cdbbba09f0ed186e32ccae47a325ad1e5816b7ad56071c1665a",
            ),
            "quan_tang_shi/poet.tang.3000.json": (
                "全唐诗/poet.tang.3000.json",
                "9e4ba2323752b6b9fbdba875cdbc6a26636fe0cabc85fd066370d4915952001f",
            ),
            "quan_tang_shi/poet.tang.4000.json": (
                "全唐诗/poet.tang.4000.json",
                "b8a7946c879b9658a6c667a4c55f776fae7e5e00a17789ab06b274c1429afc66",
            ),
            "quan_tang_shi/poet.tang.5000.json": (
                "全唐诗/poet.tang.5000.json",
                "a0306e6962cff01639ad9a00b042a201b8dec1f30fa5d768a7b112589887861e",
            ),
            "quan_tang_shi/poet.tang.6000.json": (
                "全唐诗/poet.tang.6000.json",
                "982a21d2b15922b406911f1c825785054314c686da86b2155d7aebb362d22771",
            ),
            "quan_tang_shi/poet.tang.7000.json": (
                "全唐诗/poet.tang.7000.json",
                "a6fb69d7b4343c904dc56ae5aae34facc2478d196b51c37ceba9d1e2f171b342",
            ),
            "quan_tang_shi/poet.tang.8000.json": (
                "全唐诗/poet.tang.8000.json",
                "ac3848e95b02736168003863795de4474838c2d6a71a24ca2a4a280ea5177773",
            ),
            "quan_tang_shi/poet.tang.9000.json": (
                "全唐诗/poet.tang.9000.json",
                "b99d6596e3a1fe1a661652383083f92d196b8baf4e461d087081d5e1e1b7a51f",
            ),
        },
    ),
    "sst": Source(
        "neubig/nn4nlp-code",
        "970d91a51664b3d91a9822b61cd76abea20218cb",
        {
            "trees/train.txt": (
                "data/parsing/trees/train.txt",
                "e2f3f41b0b1e6d4dddc0effe3bfc2d27ed8928079aa9a03d652311614fc5feb7",
            ),
            "trees/dev.txt": (
                "data/parsing/trees/dev.txt",
                "0e9336aed6e4730e19f58d00a77b3f0297efdb755f7b5e598c98a05e3f97ea40",
            ),
            "trees/test.txt": (
                "data/parsing/trees/test.txt",
                "6e54806dee95cf80cd918e7dfb3f6770f6df24bf826f289a4d1f709e1c8f6761",
            ),
        },
    ),
    "review_polarity": Source(
        "jbrownlee/Datasets",
        "d20fcb6402ae34e653d4513b00f39257bb37ed7f",
        {
            "review_polarity.tar.gz": (
                "review_polarity.tar.gz",
                "fc0dccc2671af5db3c5d8f81f77a1ebfec953ecdd422334062df61ede36b2179",
            ),
        },
    ),
    "mnist": Source(
        "MaterialMan/CHARC",
        "0ff4eeea3890f443142436f07b49c4ca44ef6dd0",
        {
            "t10k-images-idx3-ubyte": (
                "Support files/other/Datasets/MNIST/t10k-images.idx3-ubyte",
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            ),
            "t10k-labels-idx1-ubyte": (
                "Support files/other/Datasets/MNIST/t10k-labels.idx1-ubyte",
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            ),
            "train-images-idx3-ubyte": (
                "Support files/other/Datasets/MNIST/train-images.idx3-ubyte",
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            ),
            "train-labels-idx1-ubyte": (
                "Support files/other/Datasets/MNIST/train-labels.idx1-ubyte",
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            ),
        },
    ),
    "zh_cws": Source(
        "hankcs/multi-criteria-cws",
        "24be488d88617b1e226db745e23268c9a79bfc54",
        {
            f"ud_chinese/{part}.conll": (f"data/other/udc/{part}.conll", sha256)
            for part, sha256 in (
                (
                    "train",
                    "933252500861e43091920b43311ef8d806404beeabbaa52b30e215d250140e2e",
                ),
                (
                    "dev",
                    "f34a279d10f00921e1be0fe2d901a9fbab3cee11cd1eb4d5a2c46f55bb109765",
                ),
                (
                    "test",
                    "62fb3d087201a1d562ee91aeae14063551137ef0ee0ce33a141413b8b5c1fe33",
                ),
            )
        },
    ),
    "conll2003": Source(
        "neubig/nn4nlp-code",
        "970d91a51664b3d91a9822b61cd76abea20218cb",
        {
            "train.txt": (
                "data/ner/conll2003/train.txt",
                "c99b26852dabf57ca9d30a0e892b84544cc8962003151e14a71077c55dc66db5",
            ),
            "valid.txt": (
                "data/ner/conll2003/valid.txt",
                "f1f6469322876887de1d04acd43c59b02f59d5b02acf42c027132fa1bf349cb2",
            ),
            "test.txt": (
                "data/ner/conll2003/test.txt",
                "82e0c72d262f86ad3e78b15c5d980bbf87cb205aa4bf6d2d97643f463f8d7ff7",
            ),
        },
    ),
    "resume_ner": Source(
        "jiesutd/LatticeLSTM",
        "24d17f4270f11d2f75046789d8b67eaa2b907dce",
        {
            "train.char.bmes": (
                "ResumeNER/train.char.bmes",
                "93b9bb0be5dd4730121587f9dc1378de3fbbe55cba1c575edec271f822c27be7",
            ),
            "dev.char.bmes": (
                "ResumeNER/dev.char.bmes",
                "1b0d67153e6e8543e9444936ed1b107bd843078c282533898085e1a9aa293952",
            ),
            "test.char.bmes": (
                "ResumeNER/test.char.bmes",
                "c4a9f42622819a4b59f66e184d446ebfa89b2f1dbba06e11d70675e59fe7e79b",
            ),
        },
    ),
    "zh_lexicon": Source(
        "fxsjy/jieba",
        "67fa2e36e72f69d9134b8a1037b83fbb070b9775",
        {
            "dict.txt.small": (
                "extra_dict/dict.txt.small",
                "479cf8cc37e78bc908ae330d9153375547d4ff7f7d03a1ac4d4908d3677ff664",
            ),
        },
    ),
}
