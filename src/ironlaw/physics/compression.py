"""What fewer bits, fewer weights and smaller models save, and what they cost.

b   bits of a stored value     d   density: share of weights kept    P   parameters
i   bits of an index           f   share of the time that shrinks    C   arithmetic, FLOP
g   weights that share a scale  s   how much faster that share runs   D   tokens

A smaller file is not a faster model: time falls only where the hardware reads the format or skips the zeros.
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_BITS = Symbol("bits", "b", "1", "bits of a stored value", low=0, low_open=True)
_INDEX = Symbol("index_bits", "i", "1", "bits of the index beside each kept value", low=0)
_DENSITY = Symbol("density", "d", "1", "share of the weights that is kept", low=0, high=1)
_TOKENS = Symbol("tokens", "D", "token", "tokens", low=0)
_GRAY = "Gray and Neuhoff 1998, Quantization, section II: a uniform step leaves an error of step²/12"
_SPARSE = "Counting the bits of a value and its index"


@equation(
    id="quantisation-step",
    title="Step of a uniform quantiser",
    formula="2*x_max/2**b",
    result=Symbol("step", "Delta", "1", "distance of two neighbouring values", low=0),
    symbols=(
        Symbol("peak", "x_max", "1", "largest magnitude", low=0),
        Symbol("bits", "b", "1", "bits of a value", low=0, high=64, low_open=True),
    ),
    source=_GRAY,
    note="The range from -x_max to x_max in 2^b steps. One outlier widens the step of all: hence a scale for each group.",
)
def quantisation_step(peak: float, bits: float) -> float:
    """Distance of neighbouring values when [-peak, peak] is cut into 2**bits steps."""
    return 2 * peak / num.power(2, bits)


@equation(
    id="quantisation-noise",
    title="Noise of a uniform quantiser",
    formula="Delta**2/12",
    result=Symbol("noise", "N_q", "1", "mean square error", low=0),
    symbols=(Symbol("step", "Delta", "1", "distance of two neighbouring values", low=0),),
    source=_GRAY,
    note="Values spread evenly within a step and none clipped: many more levels than one.",
)
def quantisation_noise(step: float) -> float:
    """Mean square error of rounding to multiples of `step`."""
    return step * step / 12


@equation(
    id="quantisation-sqnr",
    title="Signal to quantisation noise",
    formula="20*b/log2(10) + 10*log2(3/c**2)/log2(10)",
    result=Symbol("sqnr", "SQNR", "1", "signal power over noise power, dB"),
    symbols=(
        Symbol("bits", "b", "1", "bits of a value", low=0),
        Symbol("crest", "c", "1", "largest magnitude over root mean square", low=1),
    ),
    source=_GRAY + "; Bennett 1948",
    note="6.02 dB a bit. A full-scale sine (c = √2) has 6.02·b + 1.76, evenly spread values (c = √3) 6.02·b, bell-shaped "
    "weights less: c of 4 costs 7.3 dB.",
)
def quantisation_sqnr(bits: float, crest: float) -> float:
    """Decibels of signal over quantisation noise."""
    ten = num.log2(10)
    return 20 * bits / ten + 10 * num.log2(3 / (crest * crest)) / ten


@equation(
    id="grouped-bits-per-weight",
    title="Bits a weight with its scales",
    formula="b + s/g",
    result=Symbol("stored", "b_w", "1", "bits that a weight takes in the file", low=0),
    symbols=(
        _BITS,
        Symbol("group", "g", "1", "weights that share a scale", low=1),
        Symbol("scale_bits", "s", "1", "bits of the scale, and of the zero point if there is one", low=0),
    ),
    source="Frantar et al. 2023, GPTQ, section 5 (group size); Dettmers et al. 2023, QLoRA, section 3 (0.5 bits a weight "
    "for a 32-bit scale on each 64)",
    note='"4-bit" files hold 4.1 to 5 bits a weight: scales, zero points, and layers kept at more bits.',
)
def grouped_bits_per_weight(bits: float, group: float, scale_bits: float) -> float:
    """Bits that a weight of `bits` takes when each `group` of them shares `scale_bits`."""
    return bits + scale_bits / group


@equation(
    id="sparse-bits-per-weight",
    title="Bits a weight of a sparse format with indices",
    formula="d*(b + i)",
    result=Symbol("stored", "b_w", "1", "bits a weight, counted over all weights, the pruned ones too", low=0),
    symbols=(_DENSITY, _BITS, _INDEX),
    source="Mishra et al. 2021, Accelerating Sparse Deep Neural Networks, section 3: 2:4 keeps two of four values with a "
    "2-bit index each",
    note="2:4 (d = 0.5, i = 2): 9 bits a weight at 16 bit (56 % of dense), 3 at INT4 (75 %): indices do not shrink.",
)
def sparse_bits_per_weight(density: float, bits: float, index_bits: float) -> float:
    """Bits a weight where a share `density` is kept, each with an index."""
    return density * (bits + index_bits)


@equation(
    id="bitmap-bits-per-weight",
    title="Bits a weight of a sparse format with a bitmap",
    formula="d*b + m",
    result=Symbol("stored", "b_w", "1", "bits a weight, counted over all weights, the pruned ones too", low=0),
    symbols=(
        _DENSITY,
        _BITS,
        Symbol("map_bits", "m", "1", "bits that say kept or pruned", low=0, constant=1.0),
    ),
    source=_SPARSE,
    note="Smaller than indices where the density is above m/i.",
)
def bitmap_bits_per_weight(density: float, bits: float, map_bits: float = 1.0) -> float:
    """Bits a weight where one bit a weight says whether it was kept."""
    return density * bits + map_bits


@equation(
    id="sparse-break-even-density",
    title="Density below which a sparse format is smaller",
    formula="b/(b + i)",
    result=Symbol("density", "d_0", "1", "density at which sparse and dense take the same bytes", low=0, high=1),
    symbols=(_BITS, _INDEX),
    source=_SPARSE,
    note="16-bit values with 16-bit column indices: half the weights must go before a byte is saved.",
)
def sparse_break_even_density(bits: float, index_bits: float) -> float:
    """Share of weights kept at which values with indices take as much as the dense matrix."""
    return bits / (bits + index_bits)


@equation(
    id="csr-bytes",
    title="Bytes of a compressed sparse row matrix",
    formula="n*(v + c) + (r + 1)*p",
    result=Symbol("size", "M", "B", "bytes of values, column indices and row pointers", low=0),
    symbols=(
        Symbol("nonzeros", "n", "1", "values that are kept", low=0),
        Symbol("rows", "r", "1", "rows of the matrix", low=0),
        Symbol("value_bytes", "v", "B", "bytes of a value", low=0),
        Symbol("index_bytes", "c", "B", "bytes of a column index", low=0),
        Symbol("pointer_bytes", "p", "B", "bytes of a row pointer", low=0),
    ),
    source="Saad 2003, Iterative Methods for Sparse Linear Systems, section 3.4",
)
def csr_bytes(nonzeros: float, rows: float, value_bytes: float, index_bytes: float, pointer_bytes: float) -> float:
    """Bytes of a CSR matrix with `nonzeros` values in `rows` rows."""
    return nonzeros * (value_bytes + index_bytes) + (rows + 1) * pointer_bytes


@equation(
    id="compression-speedup",
    title="Speedup of a compressed model",
    formula="1/(1 - f + f/s)",
    result=Symbol("speedup", "S", "1", "time before over time after", low=0),
    symbols=(
        Symbol("share", "f", "1", "share of the time spent in what was compressed", low=0, high=1),
        Symbol("gain", "s", "1", "how much faster the hardware runs that share", low=0, low_open=True),
    ),
    source="Amdahl 1967; Mishra et al. 2021 for 2:4 on tensor cores (at most 2)",
    note="Without hardware or kernels for the format the gain is 1 or less: unstructured zeros are multiplied like any "
    "other number, and phones have no 2:4 units. A decode step that waits for memory gains what the bytes shrink by.",
)
def compression_speedup(share: float, gain: float) -> float:
    """Speedup of the whole when `share` of its time runs `gain` times as fast."""
    return 1 / (1 - share + share / gain)


@equation(
    id="distillation-flops",
    title="Arithmetic of distillation",
    formula="(k_s*P_s + k_t*P_t)*D",
    result=Symbol("flops", "C", "FLOP", "arithmetic of training the student", low=0),
    symbols=(
        Symbol("student", "P_s", "1", "parameters of the student", low=0),
        Symbol("teacher", "P_t", "1", "parameters of the teacher", low=0),
        _TOKENS,
        Symbol("student_flops", "k_s", "FLOP/token", "student: forward and backward", low=0, constant=6.0),
        Symbol("teacher_flops", "k_t", "FLOP/token", "teacher: forward only", low=0, constant=2.0),
    ),
    source="Hinton et al. 2015, Distilling the Knowledge in a Neural Network; arithmetic as in training-flops",
    note="The teacher's answers may be stored and used again: then its share is paid once.",
)
def distillation_flops(
    student: float, teacher: float, tokens: float, student_flops: float = 6.0, teacher_flops: float = 2.0
) -> float:
    """Arithmetic of training a student on a teacher's answers to `tokens`."""
    return (student_flops * student + teacher_flops * teacher) * tokens


@equation(
    id="compression-payback",
    title="Tokens until a smaller model has paid for itself",
    formula="C/(k*P_saved)",
    result=Symbol("tokens", "D_0", "token", "served tokens after which the smaller model has cost less", low=0),
    symbols=(
        Symbol("flops", "C", "FLOP", "arithmetic of making the smaller model", low=0),
        Symbol("saved", "P_saved", "1", "parameters that are not read any more", low=0, low_open=True),
        Symbol("flops_per_parameter", "k", "FLOP/token", "forward", low=0, low_open=True, constant=2.0),
    ),
    source="2 FLOP a parameter and token: Kaplan et al. 2020, section 2.1",
    note="In arithmetic alone; memory and quality are counted apart.",
)
def compression_payback(flops: float, saved: float, flops_per_parameter: float = 2.0) -> float:
    """Tokens that must be served until `flops` of making are saved."""
    return flops / (flops_per_parameter * saved)
