"""ONNX Runtime as a peer for inference: prepare also carries "model", the ONNX file to run."""

import numpy as np
import onnxruntime as ort

from protocol import serve


def session(model, threads):
    """A CPU session with every graph optimisation, one operator at a time on all threads."""
    o = ort.SessionOptions()
    o.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    o.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    o.intra_op_num_threads = threads
    o.inter_op_num_threads = 1
    o.log_severity_level = 3
    return ort.InferenceSession(model, o, providers=["CPUExecutionProvider"])


def shape_of(value, batch):
    """The input's shape with batch for its first axis; other free axes become 224."""
    shape = [d if isinstance(d, int) and d > 0 else 224 for d in value.shape]
    if isinstance(value.shape[0], int) and value.shape[0] not in (0, -1, batch):
        raise ValueError(f"{value.name} has a fixed batch of {value.shape[0]}, wanted {batch}")
    return [batch, *shape[1:]]


def prepare(request):
    if request["task"] != "infer":
        raise ValueError(f"ONNX Runtime has no task {request['task']!r}")
    if not request.get("model"):
        raise ValueError('"model" is missing: the ONNX file to run')
    s = session(request["model"], int(request["threads"]))
    inputs = s.get_inputs()
    if len(inputs) != 1:
        raise ValueError(f"{request['model']} has {len(inputs)} inputs, wanted 1")
    random = np.random.default_rng(1)
    feed = {inputs[0].name: random.standard_normal(shape_of(inputs[0], int(request["batch"])), dtype=np.float32)}
    names = [s.get_outputs()[0].name]

    def step():
        return float(s.run(names, feed)[0].flat[0])

    return step, {"library": f"onnxruntime {ort.__version__}"}


if __name__ == "__main__":
    serve(prepare)
