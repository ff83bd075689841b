"""Federated averaging: what moves in a round, and how long a round takes.

n   clients there are            m   clients in a round         M   bytes of the model
c   share asked in a round       E   local epochs               B   local batch (samples)
u   local updates in a round     R   rounds

How many rounds a target takes is measured, not derived: on data that differs between clients, more local work can cost
rounds (published rows are in the registry, kind `result`).
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_CLIENTS = Symbol("clients", "m", "1", "clients in a round", low=1)
_MODEL = Symbol("model", "M", "B", "bytes of the model", low=0)
_RATIO = Symbol("compression", "k", "1", "how many times smaller the upload is", low=0, low_open=True)
_MCMAHAN = "McMahan et al. 2017, Communication-Efficient Learning of Deep Networks from Decentralized Data, "


@equation(
    id="fedavg-clients",
    title="Clients in a round",
    formula="max(floor(c*n + 0.5), 1)",
    result=_CLIENTS,
    symbols=(
        Symbol("population", "n", "1", "clients there are", low=1),
        Symbol("share", "c", "1", "share of the clients that is asked", low=0, high=1),
    ),
    source=_MCMAHAN + "algorithm 1 (C = 0 means one client)",
)
def fedavg_clients(population: float, share: float) -> float:
    """Clients that take part in a round."""
    return num.maximum(num.floor(share * population + 0.5), 1)


@equation(
    id="fedavg-local-updates",
    title="Local updates in a round",
    formula="E*s/B",
    result=Symbol("updates", "u", "1", "gradient steps of a client in a round", low=0),
    symbols=(
        Symbol("epochs", "E", "1", "passes over the local data", low=0),
        Symbol("samples", "s", "1", "samples of a client", low=0),
        Symbol("batch", "B", "1", "samples of a local step", low=0, low_open=True),
    ),
    source=_MCMAHAN + "section 3 and table 2 (u)",
    note="The whole local data as one batch: u = E. u = 1 is FedSGD, one step a round.",
)
def fedavg_local_updates(epochs: float, samples: float, batch: float) -> float:
    """Gradient steps that a client takes in a round."""
    return epochs * samples / batch


@equation(
    id="federated-round-bytes",
    title="Bytes of a round",
    formula="m*(M + M/k)",
    result=Symbol("traffic", "V", "B", "bytes down and up, all clients", low=0),
    symbols=(_CLIENTS, _MODEL, _RATIO),
    source=_MCMAHAN
    + "algorithm 1: the model goes down, an update of the same size comes up; Konečný et al. 2016 (smaller "
    "uploads)",
    note="Local data does not move. Times the rounds it is the traffic of training.",
)
def federated_round_bytes(clients: float, model: float, compression: float) -> float:
    """Bytes that a round moves in both directions."""
    return clients * (model + model / compression)


@equation(
    id="federated-round-time",
    title="Time of a round for one client",
    formula="M/B_down + T_comp + M/(k*B_up)",
    result=Symbol("time", "T", "s", "download, local work and upload", low=0),
    symbols=(
        _MODEL,
        Symbol("download", "B_down", "B/s", "download rate", low=0, low_open=True),
        Symbol("compute", "T_comp", "s", "local training", low=0),
        Symbol("upload", "B_up", "B/s", "upload rate", low=0, low_open=True),
        _RATIO,
    ),
    source="Sum of what follows one another; Konečný et al. 2016, Federated Learning: Strategies for Improving "
    "Communication Efficiency (uploads are the slow part)",
    note="A round ends with its slowest client: see straggler_time.",
)
def federated_round_time(model: float, download: float, compute: float, upload: float, compression: float) -> float:
    """Seconds from the start of the download to the end of the upload."""
    return model / download + compute + model / (compression * upload)


@equation(
    id="federated-invites",
    title="Clients to ask",
    formula="ceil(m/(1 - x))",
    result=Symbol("invites", "m_0", "1", "clients that are asked", low=1),
    symbols=(_CLIENTS, Symbol("dropout", "x", "1", "share that does not report", low=0, high=1, high_open=True)),
    source="Bonawitz et al. 2019, Towards Federated Learning at Scale, section 9 (130 % of the target are asked)",
    note="On average enough report. The bytes sent to the others are lost.",
)
def federated_invites(clients: float, dropout: float) -> float:
    """Clients to ask so that `clients` of them report on average."""
    return num.ceil(clients / (1 - dropout))


@equation(
    id="topk-compression",
    title="Compression of an update by its largest entries",
    formula="b/(d*(b + i))",
    result=Symbol("compression", "k", "1", "how many times smaller the upload is", low=0),
    symbols=(
        Symbol("bits", "b", "1", "bits of a value", low=0, low_open=True),
        Symbol("density", "d", "1", "share of the entries that is sent", low=0, high=1, low_open=True),
        Symbol("index_bits", "i", "1", "bits of an entry's index", low=0),
    ),
    source="Lin et al. 2018, Deep Gradient Compression, section 3; counting the indices",
    note="1 % of 32-bit values with 32-bit indices is 50 times smaller, not 100.",
)
def topk_compression(bits: float, density: float, index_bits: float) -> float:
    """How many times smaller an update is when a share `density` of its entries is sent with indices."""
    return bits / (density * (bits + index_bits))


def straggler_time(fixed: float, mean: float, clients: int) -> float:
    """Expected seconds until the last of `clients` is done: fixed + mean·(1 + 1/2 + … + 1/m).

    fixed     seconds that every client takes
    mean      mean of the exponentially distributed rest, seconds
    clients   whole number of clients that are waited for

    Scalars (`fixed` and `mean` may be arrays). The mean of the largest of m exponentials: Rényi 1953. Raises InputError
    naming the argument out of range.
    """
    Symbol("fixed", "T_0", "s", "fixed time", low=0).check(fixed)
    Symbol("mean", "tau", "s", "mean of the rest", low=0).check(mean)
    Symbol("clients", "m", "1", "clients", low=1, integer=True).check(clients)
    return fixed + mean * num.total(1 / place for place in range(int(clients), 0, -1))
