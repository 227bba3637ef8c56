"""Runs the program of docs/archive.md, which makes what `archive` does not: SHAP, global explanations and model-quality drift."""
import contextlib
import io
import pathlib
import re
import sys
import tarfile
import tempfile

import engine
import live

# What the program must have made, in which archive.
EXPECTED = {
    "explainability.tar.gz": {"shap_training_background_data.csv", "shap_training_data_global_explanation.json", "lime_scored_perturbations.json"},
    "drift_v2_archive.tar.gz": {"accuracy/meta_model_object.pkl"},
}


def read_program():
    """The only Python program of the page that is more than a line."""
    page = (engine.ROOT / "docs" / "archive.md").read_text(encoding="utf-8")
    [program] = [text for text in re.findall(r"```python\n(.*?)```", page, re.S) if "ConfigurationUtility" in text]
    return program


def find_missing(content):
    missing = []
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for name, expected in EXPECTED.items():
            with tarfile.open(fileobj=io.BytesIO(archive.extractfile(name).read()), mode="r:gz") as inner:
                missing += [f"{name} has no {file}" for file in sorted(expected - set(inner.getnames()))]
    return missing


def main():
    with live.serve() as deployments, tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        # A model that is wrong about some rows: otherwise, there is no model-quality drift.
        [sample] = [one for one in deployments if one.name == "penguin-sex"]
        program = read_program()
        for text, value in {"http://127.0.0.1:8080/v1/deployments/credit": sample.scoring_url.removesuffix("/online"), "credit.csv": str(sample.file)}.items():
            if text not in program:
                raise RuntimeError(f"the program has no {text}")
            program = program.replace(text, value)
        exec(compile(program, "archive.py", "exec"), {"__name__": "__main__"})
        path = pathlib.Path("configuration_archive.tar.gz")
        problems = find_missing(path.read_bytes())
        # `register` takes it, and creates the monitor as the archive says.
        monitors = engine.run("register", sample.name, "--archive", path.resolve(), "--json")
        if '"explanation_method":"shap"' not in monitors or '"drift_v2"' not in monitors:
            problems.append("register does not take what the archive says")
    print("\n".join(problems) or "sdk: the program of docs/archive.md makes SHAP, global explanations and model-quality drift")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
