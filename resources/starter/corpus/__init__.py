# SPDX-License-Identifier: MIT
"""The starter model's training text: written by the Spoutnik project, generated from a seed."""
