"""An acronym in parentheses after a title is another name of the paper; anything else there is not."""

import pytest

from kb.read import read


@pytest.mark.parametrize(
    ("title", "aliases"),
    [
        ("Proximal Policy Optimization (PPO)", ["PPO", "Proximal Policy Optimization"]),
        ("Proximal Policy Optimization Algorithms (PPO)", ["PPO", "Proximal Policy Optimization Algorithms"]),
        ("The Variational Autoencoder (VAE)", ["VAE", "The Variational Autoencoder"]),
        ("Backpropagation through Time (BPTT)", ["BPTT", "Backpropagation through Time"]),
        ("Low-Rank Adaptation (LoRA)", ["LoRA", "Low-Rank Adaptation"]),
        ("Gaussian Error Linear Units (GELUs)", ["GELUs", "Gaussian Error Linear Units"]),
        ("Twin Delayed DDPG (TD3)", ["TD3", "Twin Delayed DDPG"]),
        ("Wide Nets (part 2)", []),
        ("Wide Nets", []),
        ("(PPO)", []),
        # a venue, a library, a nickname, a topic
        ("Neural Images in Practical Systems (NIPS)", []),
        ("Wide Nets (PyTorch)", []),
        ("Wide Nets (SegFormer)", []),
        ("A Survey of Random Numbers (RN)", []),
        ("Tall and Wide Nets (XN)", []),
    ],
)
def test_a_title_explains_its_acronym(title: str, aliases: list[str]) -> None:
    [entry] = read("n.md", f"---\ntitle: {title}\narxiv: '1707.06347'\n---\n".encode()).entries
    assert (entry.title, entry.values("aliases")) == (title, aliases)


def test_what_a_note_calls_the_paper_itself_stays_and_is_not_said_twice() -> None:
    text = "---\ntitle: Low-Rank Adaptation (LoRA)\naliases: [LoRA, Low rank]\narxiv: '2106.09685'\n---\n"
    [entry] = read("n.md", text.encode()).entries
    assert entry.values("aliases") == ["LoRA", "Low rank", "Low-Rank Adaptation"]


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("[Soft Actor-Critic (SAC)]({})", "Soft Actor-Critic (SAC)"),
        ("Focal Loss (RetinaNet) [[pdf]({})]", "Focal Loss (RetinaNet)"),
        ("Flow by Correlation (DeepCorr) [[pdf]({})]", "Flow by Correlation (DeepCorr)"),
        ("Wide Nets (NeurIPS) [[pdf]({})]", "Wide Nets"),
        ("Wide Nets (**ECCV oral**) [[pdf]({})]", "Wide Nets"),
        ("Wide Nets (Nature) [[pdf]({})]", "Wide Nets"),
        ("Wide Nets (XYZ 2020) [[pdf]({})]", "Wide Nets"),
    ],
)
def test_only_a_venue_is_left_out_of_the_title_that_a_list_gives(line: str, title: str) -> None:
    text = "".join(f"- {line.format(f'https://arxiv.org/abs/1801.0000{n}')}\n" for n in range(1, 5))
    assert {entry.title for entry in read("list.md", text.encode()).entries} == {title}
