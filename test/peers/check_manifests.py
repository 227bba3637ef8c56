"""Checks manifests against the models of KServe's own package and of Kubernetes' client: every key and the type of every value.

usage: check_manifests.py FILE...
"""

import re
import sys

import kserve.models
import kubernetes.client.models
import yaml

PLAIN = {"str": str, "int": int, "float": (int, float), "bool": bool, "object": object}


def find_problems(value, type_name, place):
    """The problems of a value of a type that a model names, such as list[V1Container] or dict(str, str)."""
    if type_name in PLAIN:
        if isinstance(value, PLAIN[type_name]) and not (type_name == "int" and isinstance(value, bool)):
            return []
        return [f"{place}: expected {type_name}"]
    if item := re.fullmatch(r"[lL]ist\[(.+)\]", type_name):
        if not isinstance(value, list):
            return [f"{place}: expected a list"]
        return [p for i, one in enumerate(value) for p in find_problems(one, item[1], f"{place}[{i}]")]
    if item := re.fullmatch(r"[dD]ict[(\[](\w+), (.+)[)\]]", type_name):
        if not isinstance(value, dict):
            return [f"{place}: expected keys and values"]
        return [p for key, one in value.items() for p in find_problems(one, item[2], f"{place}.{key}")]
    if type_name == "ResourceQuantity" or type_name.endswith("IntOrString"):
        return [] if isinstance(value, (int, str)) else [f"{place}: expected a quantity"]
    model = getattr(kserve.models, type_name, None) or getattr(kubernetes.client.models, type_name, None)
    if model is None:
        return [f"{place}: the type {type_name} is not known"]
    if not isinstance(value, dict):
        return [f"{place}: expected a {type_name}"]
    types = {model.attribute_map[name]: kind for name, kind in model.openapi_types.items()}
    problems = [f"{place}.{key}: unknown" for key in value if key not in types]
    for key, one in value.items():
        if key in types:
            problems += find_problems(one, types[key], f"{place}.{key}")
    return problems


def main(paths):
    problems = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for document in yaml.safe_load_all(file):
                version = document["apiVersion"].split("/")[1]
                name = f"{version[0].upper()}{version[1:]}{document['kind']}"
                found = find_problems(document, name, document["kind"])
                # The models ask for what is required when they are made.
                spec = getattr(kserve.models, f"{name}Spec")
                required = [key for key in ("containers", "predictor") if key in spec.openapi_types]
                found += [f"{document['kind']}.spec.{key}: missing" for key in required if key not in document["spec"]]
                problems += [f"{path}: {problem}" for problem in found]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"manifests: {len(paths)} files, {len(problems)} problems")
    return 1 if problems or not paths else 0


sys.exit(main(sys.argv[1:]))
