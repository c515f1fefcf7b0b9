"""How fast recurrent networks are: seqnets beside its peers; see README.md."""
