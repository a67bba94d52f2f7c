"""Digits are scikit-learn's, to the last bit, and read without importing it."""
import importlib.util
import subprocess
import sys

import pytest
import torch

from reference_impls.harness import data
from reference_impls.harness.registry import ROOT


def known() -> tuple[torch.Tensor, torch.Tensor]:
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = torch.randperm(1797, generator=torch.Generator().manual_seed(0))
    return torch.tensor(images, dtype=torch.float32)[order] / 16, torch.tensor(labels)[order]


@pytest.mark.parametrize("is_elsewhere", [False, True])
def test_digits_are_those_of_scikit_learn(is_elsewhere: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if is_elsewhere:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    data._digits.cache_clear()
    (x, y), (x_test, y_test) = data.digits()
    for ours, theirs in zip((torch.cat([x, x_test]), torch.cat([y, y_test])), known(), strict=True):
        assert ours.dtype == theirs.dtype
        assert torch.equal(ours, theirs)


def test_to_read_them_imports_nothing_of_scikit_learn() -> None:
    program = ("import sys; from reference_impls.harness.data import digits; digits(); "
               "sys.exit(any(name.partition('.')[0] in ('sklearn', 'scipy') for name in sys.modules))")
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT.parent, check=False).returncode == 0
