"""docs/method.md in PyTorch: quadrature, contributions, the pair, the integrated Jacobian, the training loss."""

import re

import numpy as np
import torch
from torch.func import jacrev, jvp, vmap


def gauss_legendre(count):
    """Nodes and weights on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return [((node + 1) / 2, weight / 2) for node, weight in zip(nodes, weights, strict=True)]


def right_riemann(count):
    """Nodes 1, (N-1)/N, ..., 1/N, each with the weight 1/N."""
    return [(node / count, 1 / count) for node in range(count, 0, -1)]


def contributions(suffix, x, r, rule):
    """V [S, D] of equation (1): one tangent for each token, zero outside its row."""
    tangents = torch.diag_embed((x - r).T).permute(1, 2, 0)

    def products(at):
        """J_F(at) applied to every tangent: [S, D]."""
        return vmap(lambda tangent: jvp(suffix, (at,), (tangent,))[1])(tangents)

    return sum(weight * products(r + node * (x - r)) for node, weight in rule)


def integrated_jacobian(suffix, x, r, rule):
    """J [D, S, H]: the mean of the suffix's Jacobian along the path."""
    return sum(weight * jacrev(suffix)(r + node * (x - r)) for node, weight in rule)


def pair(v_a, v_b, e_a, e_b, q_a, q_b, n):
    """Equations (3) and (5): the matrix, the border, and the four terms, all over the same n."""
    return {
        "matrix": v_a @ v_b.T / n,
        "border_a": v_a @ q_b / n,
        "border_b": v_b @ q_a / n,
        "terms": {
            "f(a,b)": e_a @ e_b / n,
            "f(a,r_b)": e_a @ q_b / n,
            "f(r_a,b)": q_a @ e_b / n,
            "f(r_a,r_b)": q_a @ q_b / n,
        },
    }


def shifted(encoder, ids, pool):
    """The exact model's embedding F(x) - F(r), with the text's own reference."""
    return pool(encoder.call(ids)) - pool(encoder.call(encoder.reference_ids(ids)))


def training_loss(encoder, batch, pool):
    """Mean-squared error between the cosine of the exact model and the gold similarity (arXiv 2310.05703)."""
    errors = []
    for ids_a, ids_b, gold in batch:
        a, b = shifted(encoder, ids_a, pool), shifted(encoder, ids_b, pool)
        errors.append((a @ b / (a.norm() * b.norm()) - gold) ** 2)
    return torch.stack(errors).mean()


def gradients(encoder, batch, pool):
    """The loss, and its gradient by parameter name, for the parameters that receive one.

    PyTorch's `nn.Embedding(padding_idx=...)` sets the gradient of that row to zero, although the reference's pad
    tokens do reach it: `grad` is what HF's training sees; `rows` has the row's true gradient [H] and index.
    """
    modules = dict(encoder.model.named_modules())
    indices = {
        name: module.padding_idx
        for name, module in modules.items()
        if isinstance(module, torch.nn.Embedding) and module.padding_idx is not None
    }
    loss, grad = backward(encoder, batch, pool)
    for name in indices:
        modules[name].padding_idx = None
    _, free = backward(encoder, batch, pool)
    for name, index in indices.items():
        modules[name].padding_idx = index
    rows = {f"{name}.weight": (index, free[f"{name}.weight"][index]) for name, index in indices.items()}
    return loss, grad, rows


# Of the loss curve; the rate is large for so few steps to change something.
CURVE = dict(steps=10, learning_rate=1e-3, weight_decay=0.01, max_grad_norm=1.0)


def loss_curve(encoder, batch, pool):
    """The loss before each of some steps of AdamW, and after the last. The weights are put back afterwards."""
    model = encoder.model
    before = {name: value.clone() for name, value in model.state_dict().items()}
    # As transformers' Trainer groups them: no decay of biases and normalisations.
    still = re.compile(r"bias|layernorm|rmsnorm|(?:^|\.)norm(?:$|\.)|_norm(?:$|\.)")
    groups = {True: [], False: []}
    for name, parameter in model.named_parameters():
        groups[not still.search(name.lower())].append(parameter)
    optimizer = torch.optim.AdamW(
        [
            {"params": groups[True], "weight_decay": CURVE["weight_decay"]},
            {"params": groups[False], "weight_decay": 0.0},
        ],
        lr=CURVE["learning_rate"],
    )
    losses = []
    for _ in range(CURVE["steps"]):
        optimizer.zero_grad(set_to_none=True)
        loss = training_loss(encoder, batch, pool)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CURVE["max_grad_norm"])
        optimizer.step()
        losses.append(loss.item())
    with torch.no_grad():
        losses.append(training_loss(encoder, batch, pool).item())
    model.load_state_dict(before)
    model.zero_grad(set_to_none=True)
    return losses


def backward(encoder, batch, pool):
    """One backward pass on cleared gradients."""
    encoder.model.zero_grad(set_to_none=True)
    loss = training_loss(encoder, batch, pool)
    loss.backward()
    grads = {name: p.grad.clone() for name, p in encoder.model.named_parameters() if p.grad is not None}
    encoder.model.zero_grad(set_to_none=True)
    return loss.item(), grads
