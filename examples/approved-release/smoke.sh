#!/bin/sh
# Whether the model that a stage serves is sound: ./smoke.sh production
set -eu
grep -q '"weights"' "$SERVING_FOLDER/$1/model.json"
