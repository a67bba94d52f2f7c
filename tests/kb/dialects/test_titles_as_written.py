"""Titles of papers as real collections write them: in front matter, quoted or not, and in headings, linked or not."""

import re

import pytest

from kb.read import read

IN_FRONT_MATTER = [
    "Code Completion with Neural Attention and Pointer Networks",
    '"Lexical Statistical Machine Translation for Language Migration"',
    '"Exploring the Use of Deep Learning for Feature Location"',
    '"Repository-Level Prompt Generation for Large Language Models of Code"',
    '"Neural Program Repair with Execution-based Backpropagation"',
    '"Learning to Complete Code with Sketches"',
    '"DiverseVul: A New Vulnerable Source Code Dataset for Deep Learning Based Vulnerability Detection"',
    '"Cross-Language Learning for Program Classification using Bilateral Tree-Based Convolutional Neural Networks"',
    "Learning to Represent Programs with Graphs",
    '"Question Independent Grading using Machine Learning: The Case of Computer Program Grading"',
    '"SkipAnalyzer: A Tool for Static Code Analysis with Large Language Models"',
    '"Compiler-based graph representations for deep learning models of code"',
    '"SPoC: Search-based Pseudocode to Code"',
    '"Syntax-Guided Program Reduction for Understanding Neural Code Intelligence Models"',
    '"Code to Comment Translation: A Comparative Study on Model Effectiveness & Errors"',
    '"Learning to Fuzz from Symbolic Execution with Application to Smart Contracts"',
]
IN_A_HEADING = {
    "character-level-cnn-for-text-classification": "[Character-level Convolutional Networks for Text Classification"
    "](http://arxiv.org/abs/1509.01626)",
    "epireader": "[Natural Language Comprehension with the EpiReader](https://arxiv.org/abs/1606.02270)",
    "dual-learning-mt": "Dual Learning for Machine Translation",
    "adversarial-text-classification": "[Adversarial Training Methods for Semi-Supervised Text Classification"
    "](https://arxiv.org/abs/1605.07725)",
    "seq-knowledge-distillation": "[Sequence-Level Knowledge Distillation](https://arxiv.org/abs/1606.07947)",
    "exploring-the-limits-of-lm": "[Exploring the Limits of Language Modeling](http://arxiv.org/abs/1602.02410)",
    "document-embedding-with-pv": "[Document Embedding with Paragraph Vectors](http://arxiv.org/abs/1507.07998)",
    "distributed-representations-of-sentences-and-documents": "[Distributed Representations of Sentences and Documents"
    "](http://arxiv.org/abs/1405.4053)",
    "hindsight-ep": "[Hindsight Experience Replay](https://arxiv.org/abs/1707.01495)",
    "gnmt-multilingual": "[Google's Multilingual Neural Machine Translation System: Enabling Zero-Shot Translation"
    "](https://arxiv.org/abs/1611.04558)",
    "sensitivity-analysis-cnn-sentence-classification": "[A Sensitivity Analysis of (and Practitioners' Guide to) "
    "Convolutional Neural Networks for Sentence Classification](http://arxiv.org/abs/1510.03820)",
    "teaching-machines-to-read-and-comprehend": "[Teaching Machines to Read and Comprehend"
    "](http://arxiv.org/abs/1506.03340)",
    "learning-to-translate-real-time": "[Learning to Translate in Real-time with Neural Machine Translation"
    "](https://arxiv.org/abs/1610.00388)",
    "char-level-decoder": "[A Character-level Decoder without Explicit Segmentation for Neural Machine Translation"
    "](http://arxiv.org/abs/1603.06147)",
    "rnn_no_chaos": "[A recurrent neural network without Chaos](https://arxiv.org/abs/1612.06212)",
    "layer-norm": "[Layer Normalization](https://arxiv.org/abs/1607.06450)",
}


@pytest.mark.parametrize("written", IN_FRONT_MATTER)
def test_a_title_in_front_matter(written: str) -> None:
    text = f"---\nlayout: publication\ntitle: {written}\nauthors: A. Author\nyear: 2020\n---\nSome words.\n"
    record = read("_publications/author2020words.markdown", text.encode())
    assert record.title == written.strip('"')
    assert [(entry.title, entry.values("date")) for entry in record.entries] == [(record.title, ["2020"])]


@pytest.mark.parametrize(("stem", "heading"), IN_A_HEADING.items())
def test_a_title_in_a_heading(stem: str, heading: str) -> None:
    record = read(f"notes/{stem}.md", f"## {heading}\n\nTLDR; Some words.\n\n#### Key Points\n\n- One.\n".encode())
    linked = re.fullmatch(r"\[(.*)\]\(http\S+/abs/(\S+)\)", heading)
    assert record.title == (linked[1] if linked else heading)
    assert [str(paper) for entry in record.entries for paper in entry.ids] == ([f"arxiv:{linked[2]}"] if linked else [])


def test_a_title_in_the_only_heading_that_is_a_link() -> None:
    note = "### [Nets of Ends](nets.pdf)\n\nIt adds.\n\n### Why\n\nTo end.\n\n### [{}](middles.pdf)\n"
    assert read("2019/ne.md", note.replace("[{}](middles.pdf)", "How").encode()).title == "Nets of Ends"
    assert read("2019/ne.md", note.replace("{}", "Middles").encode()).title == "ne", "a list of papers"
