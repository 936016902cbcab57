"""Stands for a team's own tests: exit code 0 when they pass."""
import os

assert os.environ["MODEL_URI"].startswith("models:/")
