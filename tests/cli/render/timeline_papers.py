"""Papers to lay out: well-known ones of deep learning with their first public dates, and synthetic ones; a matrix."""
import random

from cli.render.timeline.papers import Edge, Paper
from linker.taxonomy import Gap, Matrix

MATRIX = Matrix(("gating", "residual"), ("convnets", "recurrent"), {
    ("gating", "recurrent"): ("lstm", "gru"), ("residual", "convnets"): ("resnet",)},
    (Gap("gating", "convnets", ("recurrent",)),))

# key | label | date | lane | has a reference implementation (made up for the drawing) | builds on
_KNOWN = """
backprop | Backpropagation | 1986 | CNN & early | no |
cnn-1989 | CNN | 1989-12 | CNN & early | yes | backprop
optimal-brain-damage | Optimal Brain Damage | 1989-11 | Efficiency | yes | backprop cnn-1989
rnn | RNN | 1989-06 | Sequence | yes | backprop
weight-decay | Weight Decay | 1991-12 | Optimization | yes |
lstm | LSTM | 1997-11 | Sequence | yes |
lenet | LeNet | 1998-11 | CNN & early | yes | cnn-1989 backprop
forget-gate | Learning to Forget | 2000-10 | Sequence | yes | lstm
relu-nair | ReLU | 2010-06 | Optimization | yes |
dropout-2012 | Dropout | 2012-07 | Optimization | yes |
alexnet | AlexNet | 2012-12 | CNN & early | yes | relu-nair dropout-2012
word2vec | Word2Vec | 2013-01-16 | Sequence | yes |
phrase2vec | Phrase2Vec | 2013-10-16 | Sequence | no | word2vec
vae | VAE | 2013-12-20 | Generative | yes |
deep-nets-deep | Do Deep Nets Need to be Deep | 2013-12 | Efficiency | no |
encoder-decoder | Encoder-Decoder | 2014-06-03 | Sequence | yes | lstm
gan | GAN | 2014-06-10 | Generative | yes |
attention | Attention | 2014-09-01 | Sequence | yes | encoder-decoder seq2seq
seq2seq | Seq2Seq | 2014-09-10 | Sequence | yes | lstm encoder-decoder
nice | NICE | 2014-10 | Efficiency | yes | vae
adam | Adam | 2014-12-22 | Optimization | yes |
batchnorm | BatchNorm | 2015-02-11 | Optimization | yes |
distillation | Knowledge Distillation | 2015-03 | Efficiency | yes |
diffusion | Diffusion (thermo) | 2015-03 | Generative | yes | vae
unet | U-Net | 2015-05 | CNN & early | yes | alexnet
resnet | Residuals (ResNet) | 2015-12-10 | Optimization | yes | batchnorm
checkpointing | Sublinear Memory Cost | 2016-04 | Efficiency | yes | backprop
gelu | GELU | 2016-06 | Optimization | yes | relu-nair dropout-2012
layernorm | LayerNorm | 2016-07 | Optimization | yes | batchnorm
moe | Mixture of Experts | 2017-01 | Sequence | yes | lstm adam
transformer | Transformer | 2017-06-12 | Transformers | yes | attention resnet layernorm seq2seq dropout-2012 adam
ppo | PPO | 2017-07 | Transformers | yes |
revnet | Reversible ResNet | 2017-07 | Efficiency | no | resnet nice checkpointing
vqvae | VQ-VAE | 2017-11 | Generative | yes | vae
qat | Quantization-Aware Training | 2017-12 | Efficiency | yes | batchnorm
lottery-ticket | Lottery Ticket | 2018-03 | Efficiency | yes | optimal-brain-damage
bert | BERT | 2018-10-11 | Transformers | yes | transformer gelu
gpt2 | GPT-2 | 2019-02 | Transformers | yes | transformer
sixteen-heads | Are Sixteen Heads Better | 2019-05 | Efficiency | no | transformer bert
vqvae2 | VQ-VAE-2 | 2019-06 | Generative | no | vqvae
roberta | RoBERTa | 2019-07 | Transformers | no | bert
rlhf | RLHF | 2019-09 | Transformers | yes | gpt2 ppo
albert | ALBERT | 2019-09 | Efficiency | yes | bert transformer
t5 | T5 | 2019-10 | Transformers | no | transformer bert
distilbert | DistilBERT | 2019-10 | Efficiency | yes | bert distillation
reformer | Reformer | 2020-01 | Efficiency | yes | transformer revnet
gpt3 | GPT-3 | 2020-05 | Transformers | no | gpt2
bert-lottery | When BERT Plays the Lottery | 2020-05 | Efficiency | no | bert lottery-ticket sixteen-heads
linformer | Linformer | 2020-06 | Efficiency | yes | transformer
ddpm | Denoising Diffusion | 2020-06 | Generative | yes | diffusion unet transformer
vit | Vision Transformer | 2020-10 | Transformers | yes | transformer bert
iddpm | Improved DDPM | 2021-02-18 | Generative | no | ddpm
dalle | DALL-E | 2021-02-24 | Generative | no | vqvae clip
clip | CLIP | 2021-02-26 | Generative | yes | transformer vit resnet gpt2
adm | Diffusion Beats GANs | 2021-05 | Generative | no | ddpm iddpm
lora | LoRA | 2021-06 | Transformers | yes | transformer gpt3
instructgpt | InstructGPT | 2022-03 | Transformers | no | gpt3 rlhf ppo
helpful-harmless | Helpful & Harmless | 2022-04-12 | Transformers | no | rlhf ppo instructgpt
dalle2 | DALL-E 2 | 2022-04-13 | Generative | no | clip ddpm adm dalle
"""
_ROWS = [[cell.strip() for cell in line.split("|")] for line in _KNOWN.strip().splitlines()]


def papers() -> list[Paper]:
    return [Paper(key, label, f"{label}, the paper", date, lane, runs == "yes", f"papers/{key}.md")
            for key, label, date, lane, runs, _ in _ROWS]


def edges() -> list[Edge]:
    return [Edge(row[0], parent, "builds-on", "") for row in _ROWS for parent in row[5].split()]


def synthetic(count: int, lanes: int = 8, seed: int = 0) -> tuple[list[Paper], list[Edge]]:
    """A field that grows: most papers are young, and each builds on a few that are already built on."""
    rng = random.Random(seed)
    made: list[Paper] = []
    links: list[Edge] = []
    pool: list[str] = []
    for i in range(count):
        year = 1990 + int(34 * (i / count) ** 0.4)
        key = f"synthetic-{i:05}"
        made.append(Paper(key, f"Synthetic {'longer ' * rng.randrange(3)}{i}", f"Synthetic paper {i}",
                          f"{year}-{rng.randrange(1, 13):02}", f"Lane {rng.randrange(lanes)}", rng.random() < 0.4))
        parents = sorted({rng.choice(pool) for _ in range(rng.randrange(4))}) if pool else []
        links += [Edge(key, parent, "builds-on", "") for parent in parents]
        pool += [key, *parents]
    return made, links
