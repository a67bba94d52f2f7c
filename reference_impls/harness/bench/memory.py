"""How much memory a call takes: what it keeps for the backward pass, and its peak on a GPU."""
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


def saved_bytes(variant: Callable[..., Any], inputs: tuple[Tensor, ...]) -> int:
    """Bytes that autograd keeps between forward and backward: each storage once, parameters not counted.

    The same on every device, in every run.
    """
    parameters = variant.parameters() if isinstance(variant, nn.Module) else ()
    resident = {parameter.untyped_storage().data_ptr() for parameter in parameters}
    saved: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in resident:
            saved[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        outputs = variant(*inputs)      # alive until here, so that no address is used twice
    del outputs
    return sum(saved.values())


def peak_bytes(call: Callable[[int], object], device: str) -> int | None:
    """Peak of the CUDA allocator during one call, over what was resident before; None on other devices."""
    if torch.device(device).type != "cuda":
        return None
    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    resident = torch.cuda.memory_allocated(device)
    call(0)
    torch.cuda.synchronize(device)
    return int(torch.cuda.max_memory_allocated(device) - resident)
