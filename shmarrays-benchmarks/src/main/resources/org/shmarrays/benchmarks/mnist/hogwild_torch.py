"""MNIST by PyTorch's Hogwild, for bench mnist --pytorch: the networks, step sizes and counting of `shmarrays mnist`.

Processes train one model in shared memory without locks, each on a shuffle of its own. The parent copies the parameters
each time all of them together have seen so many more images; the copies are evaluated when the training has ended. The
clock begins when all processes are ready. Writes one object of JSON, with the names that `shmarrays mnist --json` uses.
"""

import argparse
import gzip
import json
import pathlib
import time

import numpy
import torch
import torch.multiprocessing
from torch import nn
from torch.nn import functional

TRAIN, TEST = "train", "t10k"
MEAN, DEVIATION = 0.1307, 0.3081
POLL_SECONDS = 0.004
HYPER_PARAMETERS = {"cnn": (0.01, 0.5), "mlp": (0.1, 0.0), "softmax": (0.1, 0.0)}  # learning rate, momentum


class Cnn(nn.Module):
    """Two convolutions of 5 x 5 with max-pooling and ReLU, then 320-50-10."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 10, kernel_size=5)
        self.second = nn.Conv2d(10, 20, kernel_size=5)
        self.whole_maps = nn.Dropout2d()
        self.hidden = nn.Linear(320, 50)
        self.digits = nn.Linear(50, 10)

    def forward(self, images):
        maps = functional.relu(functional.max_pool2d(self.first(images), 2))
        maps = functional.relu(functional.max_pool2d(self.whole_maps(self.second(maps)), 2))
        hidden = functional.relu(self.hidden(maps.flatten(1)))
        return self.digits(functional.dropout(hidden, training=self.training))


def network(model):
    if model == "cnn":
        return Cnn()
    layers = [nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)] if model == "mlp" else [nn.Linear(784, 10)]
    return nn.Sequential(nn.Flatten(), *layers)


def idx(path):
    """The array of an IDX file: magic with the number of dimensions, their lengths, bytes."""
    content = gzip.decompress(path.read_bytes())
    lengths = numpy.frombuffer(content, ">i4", count=content[3], offset=4)
    return numpy.frombuffer(content, numpy.uint8, offset=4 + lengths.nbytes).reshape(lengths)


def load(directory, part):
    images = torch.from_numpy(idx(directory / f"{part}-images-idx3-ubyte.gz").astype(numpy.float32))
    labels = torch.from_numpy(idx(directory / f"{part}-labels-idx1-ubyte.gz").astype(numpy.int64))
    return ((images / 255 - MEAN) / DEVIATION).unsqueeze(1), labels


def work(rank, options, model, images, labels, seen, seconds, ready):
    torch.set_num_threads(1)
    torch.manual_seed(1000 * options.seed + rank)
    rate, momentum = HYPER_PARAMETERS[options.model]
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=momentum)
    model.train()
    functional.cross_entropy(model(images[: options.batch]), labels[: options.batch]).backward()  # warm, no step
    ready.wait()
    began = time.perf_counter()
    for _ in range(options.epochs):
        for chosen in torch.randperm(len(images)).split(options.batch):
            optimizer.zero_grad()
            functional.cross_entropy(model(images[chosen]), labels[chosen]).backward()
            optimizer.step()
            seen[rank] += len(chosen)
    seconds[rank] = time.perf_counter() - began


def train(options, model, images, labels):
    """Returns the copies as (seconds, parameters), all samples, the seconds, and those of starting."""
    called = time.perf_counter()
    seen = torch.zeros(options.workers, dtype=torch.int64).share_memory_()
    seconds = torch.zeros(options.workers, dtype=torch.float64).share_memory_()
    spawning = torch.multiprocessing.get_context("spawn")
    ready = spawning.Barrier(options.workers + 1)
    workers = [
        spawning.Process(target=work, args=(rank, options, model, images, labels, seen, seconds, ready), daemon=True)
        for rank in range(options.workers)
    ]
    for worker in workers:
        worker.start()
    ready.wait(timeout=120)
    began = time.perf_counter()
    step = int(options.every * len(images))
    copies, due, alive = [], step, True
    while alive:
        time.sleep(POLL_SECONDS)
        alive = any(worker.is_alive() for worker in workers)
        if int(seen.sum()) >= due or not alive:
            now = time.perf_counter() - began if alive else float(seconds.max())
            copies.append((now, [parameter.detach().clone() for parameter in model.parameters()]))
            due = (int(seen.sum()) // step + 1) * step
    if any(worker.exitcode for worker in workers):
        raise SystemExit("a worker failed")
    return copies, int(seen.sum()), float(seconds.max()), began - called


def accuracies(options, copies):
    images, labels = load(options.data, TEST)
    model = network(options.model).eval()
    with torch.no_grad():
        for seconds, parameters in copies:
            for parameter, value in zip(model.parameters(), parameters):
                parameter.copy_(value)
            right = sum(
                int((model(some).argmax(1) == digits).sum()) for some, digits in zip(images.split(1000), labels.split(1000))
            )
            yield seconds, right / len(images)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=HYPER_PARAMETERS, required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=10, help="passes of each worker")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=0.1, help="copy each time so many passes have been seen by all")
    parser.add_argument("--levels", default="", help="accuracies whose times are asked for, with commas")
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--json", type=pathlib.Path, required=True, help="file for the result")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    images, labels = (values.share_memory_() for values in load(options.data, TRAIN))
    model = network(options.model)
    model.share_memory()
    copies, samples, seconds, startup = train(options, model, images, labels)
    measured = list(accuracies(options, copies))
    reached = []
    for level in (float(text) for text in options.levels.split(",") if text):
        reached.append({"accuracy": level, "seconds": next((s for s, accuracy in measured if accuracy >= level), None)})
    result = {
        "torch": torch.__version__,
        "samples": samples,
        "samplesPerSecond": samples / seconds,
        "seconds": seconds,
        "startupSeconds": startup,
        "accuracy": max(accuracy for _, accuracy in measured),
        "reached": reached,
    }
    options.json.write_text(json.dumps(result))


if __name__ == "__main__":
    main()
