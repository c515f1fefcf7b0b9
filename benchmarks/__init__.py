"""How fast recurrent networks are: seqnets beside its peers; see README.md."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
