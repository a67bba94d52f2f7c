"""A small language whose words have two parts, as walked has walk and -ed, and the analogies among them."""
import torch
from torch import Tensor
from torch.nn import functional as F

ROOTS, FORMS, CUES, FILLERS = 12, 4, 4, 8      # words are root * FORMS + form, then cues, then fillers
FIRST_FILLER = ROOTS * FORMS + (ROOTS + FORMS) * CUES
WORDS = FIRST_FILLER + FILLERS


def language(sentences: int, fillers: int = 1) -> Tensor:
    """A text (sentences * (3 + fillers),), drawn from torch's global generator.

    A sentence holds, in random order, one word of root and form, one of the four words that go with the root, one of
    the four that go with the form, and `fillers` words that mean nothing. Some roots are rarer than others.
    """
    root = torch.multinomial(torch.arange(1, ROOTS + 1) ** -0.5, sentences, replacement=True)
    form = torch.randint(FORMS, (sentences,))
    cues = ROOTS * FORMS + torch.stack([root, ROOTS + form]) * CUES + torch.randint(CUES, (2, sentences))
    sentence = [root * FORMS + form, *cues, *torch.randint(FIRST_FILLER, WORDS, (fillers, sentences))]
    order = torch.rand(sentences, 3 + fillers).argsort(dim=1)
    return torch.stack(sentence, dim=1).gather(1, order).flatten()


def different(draws: int, words: int) -> int:
    """The expected number of different words in `draws` uniform draws from `words`: each is read once."""
    return round(words * (1 - (1 - 1 / words) ** draws))


def analogies_solved(vectors: Tensor) -> float:
    """Share of all a : b = c : ? with two roots and two forms whose answer is the word closest to b - a + c by cosine.

    As in word2vec, the three words of the question are excluded.
    """
    unit, word = F.normalize(vectors.detach().cpu(), dim=1), torch.arange(ROOTS * FORMS).view(ROOTS, FORMS)
    one, two, f, g = torch.cartesian_prod(*map(torch.arange, (ROOTS, ROOTS, FORMS, FORMS))).T
    asked = torch.stack([word[one, f], word[one, g], word[two, f], word[two, g]])[:, (one != two) & (f != g)]
    a, b, c, answer = asked
    closeness = ((unit[b] - unit[a] + unit[c]) @ unit.T).scatter(1, asked[:3].T, -9.0)
    return (closeness.argmax(dim=1) == answer).float().mean().item()
