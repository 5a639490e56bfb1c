"""mctx searching pgx's Connect Four with a residual network in JAX, as a process of bench_peers:
options `policy` ("puct" or "gumbel"), `simulations` and `batch`, the number of games at once.

The network is zero's without batch norm, which is folded into the convolutions for inference. mctx
evaluates every leaf, also those where the game is over; each counts.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import mctx
import pgx
from pgx.experimental.wrappers import auto_reset
from protocol import (
    BLOCKS,
    CHANNELS,
    NOISE_FRACTION,
    NOISE_TOTAL,
    POLICY_CHANNELS,
    VALUE_CHANNELS,
    VALUE_HIDDEN,
    Counts,
    Play,
    repeat,
    serve,
)

Weights = dict[str, tuple[jax.Array, jax.Array]]
ENV = pgx.make("connect_four")
HEIGHT, WIDTH, PLANES = ENV.observation_shape
LAYERS = {
    "stem": (3, 3, PLANES, CHANNELS),
    **{f"{at}.{half}": (3, 3, CHANNELS, CHANNELS) for at in range(BLOCKS) for half in range(2)},
    "policy": (1, 1, CHANNELS, POLICY_CHANNELS),
    "logits": (HEIGHT * WIDTH * POLICY_CHANNELS, ENV.num_actions),
    "value": (1, 1, CHANNELS, VALUE_CHANNELS),
    "hidden": (HEIGHT * WIDTH * VALUE_CHANNELS, VALUE_HIDDEN),
    "wdl": (VALUE_HIDDEN, 3),
}


def untrained(key: jax.Array) -> Weights:
    def layer(key: jax.Array, shape: tuple[int, ...]) -> tuple[jax.Array, jax.Array]:
        inputs = functools.reduce(lambda a, b: a * b, shape[:-1])
        return jax.random.normal(key, shape) * (1.0 / inputs) ** 0.5, jnp.zeros(shape[-1])

    keys = jax.random.split(key, len(LAYERS))
    return {name: layer(key, LAYERS[name]) for name, key in zip(LAYERS, keys, strict=True)}


def network(weights: Weights, observation: jax.Array) -> tuple[jax.Array, jax.Array]:
    """[B, H, W, P] -> logits of the actions [B, A] and the mover's value [B]."""

    def conv(x: jax.Array, name: str) -> jax.Array:
        weight, bias = weights[name]
        layout = ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(x, weight, (1, 1), "SAME", None, None, layout) + bias

    def linear(x: jax.Array, name: str) -> jax.Array:
        weight, bias = weights[name]
        return x.reshape(x.shape[0], -1) @ weight + bias

    x = jax.nn.relu(conv(observation.astype(jnp.float32), "stem"))
    for at in range(BLOCKS):
        x = jax.nn.relu(x + conv(jax.nn.relu(conv(x, f"{at}.0")), f"{at}.1"))
    logits = linear(jax.nn.relu(conv(x, "policy")), "logits")
    hidden = jax.nn.relu(linear(jax.nn.relu(conv(x, "value")), "hidden"))
    wdl = jax.nn.softmax(linear(hidden, "wdl"))
    return logits, wdl[:, 0] - wdl[:, 2]


def evaluate(weights: Weights, state: pgx.State) -> tuple[jax.Array, jax.Array]:
    """Masked logits, and the value, which is 0 where the game is over."""
    logits, value = network(weights, state.observation)
    logits = jnp.where(state.legal_action_mask, logits, jnp.finfo(logits.dtype).min)
    return logits, jnp.where(state.terminated, 0.0, value)


def recurrent(
    weights: Weights, key: jax.Array, action: jax.Array, state: pgx.State
) -> tuple[mctx.RecurrentFnOutput, pgx.State]:
    """One action in the tree: rewards are the mover's, and the other one moves next."""
    del key
    mover = state.current_player
    state = jax.vmap(ENV.step)(state, action)
    logits, value = evaluate(weights, state)
    output = mctx.RecurrentFnOutput(
        reward=state.rewards[jnp.arange(action.shape[0]), mover],
        discount=jnp.where(state.terminated, 0.0, -1.0),
        prior_logits=logits,
        value=value,
    )
    return output, state


def step(state: pgx.State, action: jax.Array) -> pgx.State:
    """Play an action in every game; one that is over begins anew."""
    keys = jax.random.split(jax.random.PRNGKey(0), action.shape[0])
    return jax.vmap(auto_reset(ENV.step, ENV.init))(state, action, keys)


@functools.partial(jax.jit, static_argnames=("policy", "simulations"))
def search_and_step(
    weights: Weights, state: pgx.State, key: jax.Array, policy: str, simulations: int
) -> pgx.State:
    logits, value = evaluate(weights, state)
    root = mctx.RootFnOutput(prior_logits=logits, value=value, embedding=state)
    search = {
        "puct": functools.partial(
            mctx.muzero_policy,
            dirichlet_fraction=NOISE_FRACTION,
            dirichlet_alpha=NOISE_TOTAL / ENV.num_actions,
        ),
        "gumbel": mctx.gumbel_muzero_policy,
    }[policy]
    found = search(weights, key, root, recurrent, simulations, ~state.legal_action_mask)
    return step(state, found.action)


@functools.partial(jax.jit, static_argnames="batch")
def spread(key: jax.Array, batch: int) -> pgx.State:
    """Games in all stages: a few have been played at random."""

    def random_step(_: int, carry: tuple[pgx.State, jax.Array]) -> tuple[pgx.State, jax.Array]:
        state, key = carry
        key, now = jax.random.split(key)
        logits = jnp.where(state.legal_action_mask, 0.0, -jnp.inf)
        return step(state, jax.random.categorical(now, logits)), key

    state = jax.vmap(ENV.init)(jax.random.split(key, batch))
    return jax.lax.fori_loop(0, 100, random_step, (state, key))[0]


def prepare(options: dict[str, Any]) -> Play:
    batch, simulations = options["batch"], options["simulations"]
    key = jax.random.PRNGKey(1)
    weights, state = untrained(key), spread(key, batch)

    def move() -> Counts:
        nonlocal key, state
        key, now = jax.random.split(key)
        state = search_and_step(weights, state, now, options["policy"], simulations)
        state.terminated.block_until_ready()
        return batch * simulations, batch * (simulations + 1)

    return repeat(move)


if __name__ == "__main__":
    serve(prepare)
