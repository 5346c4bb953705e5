# SPDX-License-Identifier: MIT
"""Spoutnik and its peers on the same files: the parts of bench/side_by_side.py."""
