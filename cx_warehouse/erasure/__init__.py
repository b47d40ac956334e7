"""Erasing a person: from what landed, from raw, from every published version, and from what lands later."""

from cx_warehouse.erasure.forget import Erased, forget

__all__ = ["Erased", "forget"]
