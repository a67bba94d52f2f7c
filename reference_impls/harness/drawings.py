"""The drawings of a run, as SVG by file name."""
from types import ModuleType

from reference_impls.harness import files
from reference_impls.harness.claim import Judgement
from reference_impls.harness.draw import draw_picture
from reference_impls.harness.experiment import ExperimentRun
from reference_impls.harness.plot import curves, draw_arms, draw_plot, draw_training
from reference_impls.harness.train import TrainingRun
from reference_impls.harness.trial import Plot

Drawings = dict[str, str | bytes]


def claim_drawings(judgement: Judgement) -> Drawings:
    """The learning curves of the arms, and every picture of every arm."""
    claim = judgement.claim
    drawings: Drawings = {"curves.svg": curves({run.arm: run.curve for run in judgement.runs}, claim.text,
                                               claim.metric)}
    for run in judgement.runs:
        for index, picture in enumerate(run.pictures, 1):
            drawings[f"{files.slug(run.arm, index, picture.name)}.svg"] = draw_picture(picture)
    return drawings


def training_drawings(run: TrainingRun) -> Drawings:
    """The metric and loss by step, and the pictures of the trained model."""
    return {"curve.svg": draw_training(run),
            **{f"{files.slug(picture.name)}.svg": draw_picture(picture) for picture in run.pictures}}


def experiment_drawings(run: ExperimentRun, module: ModuleType) -> Drawings:
    """The metric by arm, and the module's figures of all trials."""
    drawings: Drawings = {"arms.svg": draw_arms(run)}
    for figure in module.figures(run.trials):
        drawn = draw_plot(figure) if isinstance(figure, Plot) else draw_picture(figure)
        drawings[f"{files.slug(figure.name)}.svg"] = drawn
    return drawings
