"""The engine and its commands, as users run them."""
import contextlib
import json
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "deployments"
COMMAND = ["node", "--import", "./scripts/register-typescript.js", str(ROOT / "cli" / "main.ts")]


def run(*arguments, environment=None):
    """Runs a command, with further variables, and returns its standard output."""
    # In the root, where the loader is found.
    variables = {**os.environ, **(environment or {})}
    done = subprocess.run([*COMMAND, *map(str, arguments)], cwd=ROOT, env=variables, text=True, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, arguments))} exited with {done.returncode}: {done.stderr}")
    return done.stdout


def train(table, folder, trees=10, kind=None):
    """Trains on a table; returns the CSV file. The deployment is in folder/deployments."""
    file = pathlib.Path(folder) / f"{table.name}.csv"
    table.write(file)
    options = ["--categorical", ",".join(table.categorical)] if table.categorical else []
    options += ["--kind", kind] if kind else []
    run("train", file, "--label", table.label, "--problem-type", table.problem, "--trees", trees, "--threads", 1, "--json",
        "--out", pathlib.Path(folder) / "deployments", *options)
    return file


def to_fairness_options(fairness=(), favourable=(), unfavourable=()):
    """The options of `register` and `archive` for groups and outcomes, as IBM's tools have them."""
    def write(value):
        return "..".join(map(str, value)) if isinstance(value, list) else str(value)

    def join(values):
        return ",".join(map(write, values))

    options = []
    for groups in fairness:
        options += ["--fairness", f"{groups['feature']}={join(groups['majority'])}:{join(groups['minority'])}"]
    if favourable:
        options += ["--favourable", join(favourable)]
    if unfavourable:
        # One argument, because a range can begin with a minus.
        options += [f"--unfavourable={join(unfavourable)}"]
    return options


def register(deployment, folder=SAMPLES, fairness=(), favourable=(), unfavourable=()):
    """What `register` writes for a deployment, by the names of the files."""
    options = to_fairness_options(fairness, favourable, unfavourable)
    return json.loads(run("register", deployment, "--deployments", folder, "--json", *options))


@contextlib.contextmanager
def serve(folder, username=None, password=None, settings=None):
    """Starts an engine on a free port, with further variables; gives its URL."""
    environment = {**os.environ, "ENGINE_LOG_LEVEL": "warn", "ENGINE_DEPLOYMENTS": str(folder), "ENGINE_PORT": "0", **(settings or {})}
    if username:
        environment.update(ENGINE_USERNAME=username, ENGINE_PASSWORD=password)
    process = subprocess.Popen([*COMMAND, "serve"], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE)
    try:
        for line in process.stdout:
            found = re.search(r" on (http:\S+)$", line.strip())
            if found:
                yield found[1]
                break
        else:
            raise RuntimeError("the engine did not start")
    finally:
        process.terminate()
        process.wait(30)
