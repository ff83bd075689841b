"""The steady state of continuous batching against a server that is stepped token by token."""

from __future__ import annotations

import pytest

from ironlaw.physics.batching import mean_context, mixed_tokens, output_rate, request_latency


def stepped(batch: int, prompt: int, output: int, steps: int) -> tuple[float, float, float]:
    """Tokens, output and cache of a mean step, when the sequences of the batch are evenly out of phase."""
    done = [slot * output // batch for slot in range(batch)]  # tokens that each sequence has put out
    tokens = outputs = cached = 0
    for _ in range(steps):
        for slot in range(batch):
            if done[slot] == output:  # ended: another one starts, its prompt goes through in this step
                done[slot], tokens = 0, tokens + prompt
            cached += prompt + done[slot]
            done[slot] += 1
            tokens, outputs = tokens + 1, outputs + 1
    return tokens / steps, outputs / steps, cached / steps / batch


@pytest.mark.parametrize(("batch", "prompt", "output"), [(4, 100, 20), (10, 7, 50), (32, 512, 64)])
def test_a_step_holds_what_the_stepped_server_holds(batch: int, prompt: int, output: int) -> None:
    tokens, outputs, cached = stepped(batch, prompt, output, 40 * output)
    assert mixed_tokens(batch, prompt, output) == pytest.approx(
        tokens, rel=0.01
    )  # the first prompts came before the count
    assert outputs == batch
    assert output_rate(batch, 1.0) == outputs
    assert mean_context(prompt, output) == pytest.approx(cached, abs=0.51)


def test_limits() -> None:
    assert mixed_tokens(8, 0, 100) == 8  # no prompts: pure decoding
    assert request_latency(0.2, 1, 0.05) == 0.2  # one token comes with the prompt
    assert request_latency(0.2, 101, 0.05) == pytest.approx(5.2)


def test_twenty_steps_a_second_put_out_twenty_tokens_a_sequence() -> None:
    assert output_rate(32, 0.05) == pytest.approx(640)
