#!/usr/bin/env bash
# Stands for what a team runs here: load $MODEL_URI, predict on a few rows, compare.
set -euo pipefail
echo "smoke test of $MODEL_URI against ${CHAMPION_URI:-no champion}"
test -n "$MODEL_URI"
