"""Random numbers that depend on (seed, purpose, id) only: no state, so neither threads nor order can change them."""

import hashlib

import numpy as np


class Draws:
    """Draws for one seed. `ids` are unsigned 64-bit integers, one per thing; `purpose` names what is drawn."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def uniform(self, purpose: str, ids: np.ndarray) -> np.ndarray:
        """Uniform on (0, 1), never 0 or 1 (SplitMix64's finaliser, Steele, Lea and Flood 2014, applied twice)."""
        digest = hashlib.blake2b(f"{self._seed}|{purpose}".encode(), digest_size=16).digest()
        first, second = np.frombuffer(digest, dtype="<u8")
        mixed = _mix(_mix(ids.astype(np.uint64) ^ first) + second)
        return ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53

    def exponential(self, purpose: str, ids: np.ndarray) -> np.ndarray:
        """Exponential with mean 1."""
        return -np.log(self.uniform(purpose, ids))

    def normal(self, purpose: str, ids: np.ndarray) -> np.ndarray:
        """Standard normal (Box and Muller 1958)."""
        radius = np.sqrt(2 * self.exponential(purpose + "|radius", ids))
        return radius * np.cos(2 * np.pi * self.uniform(purpose + "|angle", ids))

    def chosen(self, purpose: str, ids: np.ndarray, weights: list[float] | np.ndarray) -> np.ndarray:
        """Index of the chosen category; `weights` need not add up to 1."""
        return pick(self.uniform(purpose, ids), weights)

    def binomial(self, purpose: str, ids: np.ndarray, trials: int, probability: np.ndarray | float) -> np.ndarray:
        """Binomial counts, so that a mean that is linear in the probability stays exactly linear."""
        counts = np.zeros(len(ids), dtype=np.int64)
        for trial in range(trials):
            counts += self.uniform(f"{purpose}|{trial}", ids) < probability
        return counts


def pick(uniform: np.ndarray, weights: list[float] | np.ndarray) -> np.ndarray:
    """Category whose cumulative weight holds `uniform`."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(edges[:-1] / edges[-1], uniform, side="right")


def _mix(values: np.ndarray) -> np.ndarray:
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
