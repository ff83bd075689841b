"""From stored samples to a batch in the accelerator's memory: the slowest stage sets the rate.

r   samples a second of a stage       s   bytes of a sample at that stage       w   workers

The same image is ~110 kB as JPEG, 150,528 B decoded to 224 × 224 × 3 bytes, and 602,112 B as FP32: which of them moves
over which link decides the bottleneck.
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_SAMPLE = Symbol("sample", "s", "B/sample", "bytes of a sample at this stage", low=0, low_open=True)


def _rate(name: str, symbol: str, meaning: str, *, positive: bool = False) -> Symbol:
    return Symbol(name, symbol, "sample/s", meaning, low=0, low_open=positive)


_LOADER = _rate("loader", "r_in", "samples a second that the pipeline can deliver")
_TRAINING = _rate("training", "r_gpu", "samples a second that the accelerators can train", positive=True)


@equation(
    id="image-bytes",
    title="Bytes of a decoded image",
    formula="H*W*c*b",
    result=Symbol("image", "s", "B", "bytes of one image in memory", low=0),
    symbols=(
        Symbol("height", "H", "1", "height in pixels", low=0),
        Symbol("width", "W", "1", "width in pixels", low=0),
        Symbol("channels", "c", "1", "colour channels", low=0),
        Symbol("value_bytes", "b", "B", "bytes of a value: 1 as decoded, 4 as FP32", low=0),
    ),
    source="Definition",
    note="Converting to floating point on the device moves a quarter of the bytes that converting on the host does.",
)
def image_bytes(height: float, width: float, channels: float, value_bytes: float) -> float:
    """Bytes of one uncompressed image."""
    return height * width * channels * value_bytes


@equation(
    id="stage-rate-bytes",
    title="Rate of a stage that moves bytes",
    formula="B/s",
    result=_rate("rate", "r", "samples a second of the stage"),
    symbols=(Symbol("bandwidth", "B", "B/s", "bandwidth of the storage or link", low=0), _SAMPLE),
    source="Definition",
    note="Storage and network move compressed samples; the link to the device moves decoded ones.",
)
def stage_rate_bytes(bandwidth: float, sample: float) -> float:
    """Samples per second over a link or from a device."""
    return bandwidth / sample


@equation(
    id="stage-rate-workers",
    title="Rate of a stage that computes",
    formula="w*r_w",
    result=_rate("rate", "r", "samples a second of the stage"),
    symbols=(
        Symbol("workers", "w", "1", "workers, each with a core of its own", low=0),
        _rate("worker_rate", "r_w", "samples a second of one worker"),
    ),
    source="Definition; workers share nothing",
    note="More workers than cores bring nothing.",
)
def stage_rate_workers(workers: float, worker_rate: float) -> float:
    """Samples per second of `workers` workers that decode or augment."""
    return workers * worker_rate


@equation(
    id="worker-rate",
    title="Rate of a worker that does several stages",
    formula="1/(t_d + t_a)",
    result=_rate("worker_rate", "r_w", "samples a second of one worker"),
    symbols=(
        Symbol("decode", "t_d", "s/sample", "decoding of one sample on one core", low=0, low_open=True),
        Symbol("augment", "t_a", "s/sample", "augmentation of one sample on one core", low=0),
    ),
    source="One after the other on one core",
)
def worker_rate(decode: float, augment: float) -> float:
    """Samples per second of a worker that decodes and augments."""
    return 1 / (decode + augment)


@equation(
    id="pipeline-rate",
    title="Rate of an input pipeline",
    formula="min(r_store, r_link, r_cpu, r_dev)",
    result=_LOADER,
    symbols=(
        _rate("storage", "r_store", "samples a second from storage, compressed"),
        _rate("link", "r_link", "samples a second over the network to the host, compressed"),
        _rate("processing", "r_cpu", "samples a second decoded and augmented"),
        _rate("device", "r_dev", "samples a second from host to device, decoded"),
    ),
    source="Steady state of stages that work at the same time: Mohan et al. 2021, Analyzing and Mitigating Data Stalls in DNN "
    "Training, section 3",
    note="Stages overlap (prefetch). A stage that the design has not is given a rate above the others'.",
)
def pipeline_rate(storage: float, link: float, processing: float, device: float) -> float:
    """Samples per second of the slowest stage."""
    return num.minimum(num.minimum(storage, link), num.minimum(processing, device))


@equation(
    id="serial-rate",
    title="Rate without prefetching",
    formula="1/(1/r_in + 1/r_gpu)",
    result=_rate("rate", "r", "samples trained a second"),
    symbols=(
        _rate("loader", "r_in", "samples a second that the pipeline can deliver", positive=True),
        _TRAINING,
    ),
    source="One after the other: times add up",
    note="Each batch is loaded, then trained. Prefetching gives the lower of the two rates instead, up to twice as much.",
)
def serial_rate(loader: float, training: float) -> float:
    """Samples per second when loading and training take turns."""
    return 1 / (1 / loader + 1 / training)


@equation(
    id="trained-rate",
    title="Rate of training behind a pipeline",
    formula="min(r_in, r_gpu)",
    result=_rate("rate", "r", "samples trained a second"),
    symbols=(_LOADER, _TRAINING),
    source="Mohan et al. 2021, Analyzing and Mitigating Data Stalls in DNN Training, section 3",
    note="Loading overlaps training.",
)
def trained_rate(loader: float, training: float) -> float:
    """Samples per second that are trained."""
    return num.minimum(loader, training)


@equation(
    id="data-stall",
    title="Share of time that accelerators wait for data",
    formula="max(0, 1 - r_in/r_gpu)",
    result=Symbol("stall", "sigma", "1", "share of the time spent waiting for data", low=0, high=1),
    symbols=(_LOADER, _TRAINING),
    source="Mohan et al. 2021, Analyzing and Mitigating Data Stalls in DNN Training, section 3",
    note="The busy share is what is left. A faster accelerator behind the same pipeline waits more.",
)
def data_stall(loader: float, training: float) -> float:
    """Share of the time that accelerators idle for want of data."""
    return num.maximum(0.0, 1 - loader / training)


@equation(
    id="workers-needed",
    title="Workers that keep the accelerators busy",
    formula="ceil(r_gpu/r_w)",
    result=Symbol("workers", "w", "1", "workers", low=0),
    symbols=(
        _rate("training", "r_gpu", "samples a second that the accelerators can train"),
        _rate("worker_rate", "r_w", "samples a second of one worker", positive=True),
    ),
    source="stage-rate-workers, solved for the workers",
)
def workers_needed(training: float, worker_rate: float) -> float:
    """Whole workers whose rate reaches the training's."""
    return num.ceil(training / worker_rate)
