"""Venues as notes name them, split into their parts."""

import pytest

from cli.export.venues import Kind, Venue, venue

READ: dict[str, Venue] = {
    "NIPS 2017": Venue("conference", "NIPS", "2017"),
    "IJCAI-ECAI 2022": Venue("conference", "IJCAI-ECAI", "2022"),
    "PPoPP 2023": Venue("conference", "PPoPP", "2023"),
    "SBES '20": Venue("conference", "SBES", "2020"),
    "ISSTA": Venue("conference", "ISSTA"),
    "NLP4Prog": Venue("conference", "NLP4Prog"),
    "PerCom Workshops 2022": Venue("conference", "PerCom Workshops", "2022"),
    "OpenAI 2019": Venue("other", "OpenAI 2019", "2019"),
    "TSE": Venue("journal", "TSE"),
    "ICLR 2013 workshop": Venue("conference", "ICLR 2013 workshop", "2013"),
    "NIPS 4 (1991), pp. 950-957": Venue("conference", "NIPS 4", "1991", pages="950-957"),
    "AISTATS 2011, PMLR 15, pp. 315-323": Venue("conference", "AISTATS", "2011", pages="315-323"),
    "Neural Computation 9(8), pp. 1735-1780": Venue("journal", "Neural Computation", "", "9", "8", pages="1735-1780"),
    "JMLR 21(140), 2020": Venue("journal", "JMLR", "2020", "21", "140"),
    "Nature 538, pp. 471-476": Venue("journal", "Nature", "", "538", pages="471-476"),
    "Proceedings of the IEEE 86(11)": Venue("journal", "Proceedings of the IEEE", "", "86", "11"),
    "Neurocomputing 568, 2024": Venue("journal", "Neurocomputing", "2024", "568"),
    "ACM Computing Surveys 55(14s), 2023": Venue("journal", "ACM Computing Surveys", "2023", "55", "14s"),
    "Machine Learning": Venue("journal", "Machine Learning"),
    "Parallel Distributed Processing vol. 1, ch. 8, MIT Press, pp. 318-362": Venue(
        "book", "Parallel Distributed Processing", "", "1", "", "8", "318-362", "MIT Press"
    ),
    "PhD thesis, MIT, 1995": Venue("thesis", "PhD thesis, MIT", "1995"),
    "OpenAI technical report": Venue("report", "OpenAI technical report"),
    "arXiv preprint": Venue("preprint", "arXiv preprint"),
    "CoRR abs/1706.03762": Venue("preprint", "CoRR abs/1706.03762"),
    "COURSERA: Neural Networks for Machine Learning": Venue("other", "COURSERA: Neural Networks for Machine Learning"),
    "essay on the author's site, 13 March 2019": Venue("other", "essay on the author's site, 13 March 2019", "2019"),
    "": Venue("other"),
}


@pytest.mark.parametrize(("text", "read"), READ.items())
def test_a_venue_taken_apart(text: str, read: Venue) -> None:
    assert venue(text) == read


@pytest.mark.parametrize(("text", "kind"), [
    ("Journal of Machine Learning Research", "journal"),
    ("Nature Machine Intelligence", "journal"),
    ("IEEE Transactions on Neural Networks", "journal"),
    ("In Proceedings of the 34th International Conference on Machine Learning", "conference"),
    ("Advances in Neural Information Processing Systems 30", "conference"),
    ("Findings of EMNLP 2022", "conference"),
    ("my shelf", "other"),
])  # fmt: skip
def test_journals_and_conferences(text: str, kind: Kind) -> None:
    assert venue(text).kind == kind
