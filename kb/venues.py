"""Names of the places where papers are published: preprint servers, conferences, journals."""

import re

from kb.regex import rare

PREPRINT = rare(r"(?:arxiv|corr|(?:bio|med|chem)rxiv|preprint|openreview|ssrn)\b|.*\bpreprint$", re.IGNORECASE)
CONFERENCE = rare(
    r"\b(?:conference|workshops?|symposium|proceedings|proc\.|congress|meeting|advances in neural|findings of|track"
    r"|neurips|nips|icml|iclr|cvpr|iccv|eccv|accv|wacv|bmvc|3dv|icip|icme|icdar|acmmm|acl|emnlp|naacl|eacl|coling|conll"
    r"|colm|aistats|uai|colt|aaai|ijcai|kdd|ecml|pkdd|pakdd|icdm|sdm"
    r"|www|sigir|wsdm|recsys|cikm|icassp|interspeech|icra|iros|corl|rss|miccai|isbi|sigmod|vldb|osdi|sosp|nsdi|asplos"
    r"|isca|micro|hpca|mlsys|icse|fse|ase|pldi|popl|chi|uist|siggraph|automl|lrec|icpr|icann|ijcnn|stoc|focs|soda"
    r"|semeval|bionlp|eurosys|sigcomm|mobicom|mobisys|sensys|eurographics|slt|asru|midl|l4dc|tacas)\b",
    re.IGNORECASE,
)
JOURNAL = rare(
    r"\b(?:journal|transactions|trans\.|letters|annals|reviews?|surveys|magazine|bulletin|communications of"
    r"|frontiers (?:of|in)|foundations and trends|neural computation"
    r"|proceedings of the (?:national academy|ieee(?!.{0,99}\b(?:conference|workshops?|symposium)))"
    r"|pnas|jmlr|tmlr|jair|tacl|tpami|ijcv|cacm|jacm|tse|tosem|tkde|tnnls|plos|physica?|biometrika)\b|^(?:nature|science)\b"
    r"|^(?:cell|neuron|distill|cognition|machine learning|neural networks|artificial intelligence)$",
    re.IGNORECASE,
)


def is_known(name: str) -> bool:
    """Whether this is, or contains, the name of a venue (`NeurIPS Workshop`)."""
    return bool(PREPRINT.match(name) or CONFERENCE.search(name) or JOURNAL.search(name))
