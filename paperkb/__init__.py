"""The public Python API, re-exported; `help(paperkb.Vault)` lists the questions it answers.

import paperkb

with paperkb.open("notes") as vault:
    for paper in vault.query("pattern:attention has:code year:2014..2020").papers:
        print(paper.date, paper.title)
    vault.show("transformer")["edges"]["in"]
    vault.paths("lora", "batchnorm")
    vault.graph()                                   # a networkx.MultiDiGraph
"""

from cli.api import Vault, open
from kb.config import ConfigError
from kb.error import Error
from kb.model import Diagnostic
from kb.query.answer import Answer, Paper
from kb.query.names import AmbiguousName, UnknownName
from kb.query.syntax import QueryError
from kb.store import StoreError
from linker.changes import Changes
from linker.wishes import Ghost

__all__ = [
    "AmbiguousName",
    "Answer",
    "Changes",
    "ConfigError",
    "Diagnostic",
    "Error",
    "Ghost",
    "Paper",
    "QueryError",
    "StoreError",
    "UnknownName",
    "Vault",
    "open",
]
