"""From a name to what can run."""

from cli.session import CommandError, Session
from reference_impls.harness import registry
from reference_impls.harness.literal import CardError
from reference_impls.harness.registry import Implementation, TrainedModel


def need_torch() -> None:
    """Fail with one line if torch is missing.

    Raises:
        CommandError: torch is not installed.
    """
    import importlib.util

    if importlib.util.find_spec("torch") is None:
        raise CommandError("this needs torch - install paperkb with its extra `torch`")


def implementation(session: Session, name: str) -> Implementation:
    """The implementation of that name, else that of the paper of that name.

    Raises:
        CommandError: there is none, or its card cannot be read.
    """
    known = registry.scan()
    if name in known.implementations:
        return known.implementations[name]
    if name in known.trainings:
        return known.implementations[known.trainings[name].training.implementation]
    if problem := known.problem_of(name):
        raise CommandError(str(problem))
    from cli.named import named

    with session.open() as vault:
        found = named(vault.store, name, kinds=("implementation", "paper"))
        row = vault.store.one("SELECT implementation FROM node WHERE id = ?", (found.node,))
    linked = found.key if found.kind == "implementation" else row[0] if row else None
    if not linked:
        raise CommandError(f"`{found.key}` has no implementation - `paperkb query has:code` lists papers that have one")
    try:
        return registry.find(linked)
    except (LookupError, CardError) as error:
        raise CommandError(str(error)) from None


def runnable(session: Session, name: str) -> Implementation | TrainedModel:
    """The training of that name, else the implementation of that name or paper, or its training of the same id.

    Raises:
        CommandError: there is none, or its card cannot be read.
    """
    trainings = registry.scan().trainings
    if name in trainings:
        return trainings[name]
    found = implementation(session, name)
    return trainings.get(found.card.id, found)


def chosen(session: Session, name: str, every: bool) -> list[Implementation]:
    """The implementation called `name`, or all of them.

    Raises:
        CommandError: neither or both were requested, or a card cannot be read.
    """
    if bool(name) == every:
        raise CommandError("name one implementation, or use --all")
    if not every:
        return [implementation(session, name)]
    known = registry.scan()
    if known.problems:
        raise CommandError("\n".join(map(str, known.problems)))
    return list(known.implementations.values())
