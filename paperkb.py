"""The public Python API: nothing but names.

import paperkb

with paperkb.open("notes") as vault:
    for paper in vault.query("pattern:attention has:code year:2014..2020").papers:
        print(paper.date, paper.title)
    vault.show("transformer")["edges"]["in"]
    vault.paths("lora", "batchnorm")
    vault.graph()                                   # a networkx.MultiDiGraph
"""

from cli.api import Vault, open
from kb.query.answer import Answer, Paper
from kb.query.names import AmbiguousName, UnknownName
from kb.query.syntax import QueryError

__all__ = ["AmbiguousName", "Answer", "Paper", "QueryError", "UnknownName", "Vault", "open"]
