"""Writes random documents, with every predicate, strategy for missing values, method of mining models and treatment of fields,
and with the scores that JPMML computes. make-pmml.py calls it. Rows that JPMML does not score are left out.
"""

import os
import random

import jpype
from jpmml_evaluator import make_evaluator

from model_case import to_columns, write_case

ROWS = 200
DEPTH = 4
FIELDS = ["x", "i", "f", "s", "b", "o"]
TYPES = {"i": "integer", "s": "string", "b": "boolean", "o": "string"}
CLASSES = ["u", "v", "w"]
pick = random.Random(15)


def to_categories(name, values, optype="categorical"):
    listed = "".join(f'<Value value="{value}"/>' for value in values)
    return f'<DataField name="{name}" optype="{optype}" dataType="string">{listed}</DataField>'


DICTIONARY = "\n".join(
    [
        *(
            f'<DataField name="{name}" optype="continuous" dataType="{kind}"/>'
            for name, kind in [("x", "double"), ("i", "integer"), ("f", "float")]
        ),
        '<DataField name="b" optype="categorical" dataType="boolean"/>',
        to_categories("s", "abc"),
        to_categories("o", ["low", "mid", "high"], "ordinal"),
    ]
)


def to_row(missing):
    row = {
        "x": pick.choice([round(pick.uniform(-3, 3), 2), float(pick.randint(-3, 3)), 1.0]),
        "i": pick.randint(-3, 3),
        "f": pick.choice([0.1, 0.25, -1.5, 2.0, 0.3]),
        "s": pick.choice("abc"),
        "b": pick.random() < 0.5,
        "o": pick.choice(["low", "mid", "high"]),
    }
    return {name: None if pick.random() < missing else value for name, value in row.items()}


def to_simple(field, operator, value):
    return f'<SimplePredicate field="{field}" operator="{operator}" value="{value}"/>'


def to_set(field, operator, items, kind):
    return f'<SimpleSetPredicate field="{field}" booleanOperator="{operator}"><Array type="{kind}">{items}</Array></SimpleSetPredicate>'


def to_atom():
    equality = pick.choice(["equal", "notEqual"])
    operator = pick.choice(["lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual", equality])
    membership = pick.choice(["isIn", "isNotIn"])
    return pick.choice(
        [
            to_simple("x", operator, pick.choice(["0", "1.0", "-1", "2.5", "1e0"])),
            to_simple("x", operator, pick.choice(["-0.5", " 0.10 "])),
            to_simple("i", operator, pick.choice(["0", "1", "-2"])),
            to_simple("f", operator, pick.choice(["0.1", "0.25", "0.3", "2"])),
            to_simple("o", operator, pick.choice(["low", "mid", "high"])),
            to_simple("s", equality, pick.choice("abc")),
            to_simple("b", equality, "true"),
            to_set("s", membership, pick.choice(["a c", "&quot;a&quot; &quot;b&quot;"]), "string"),
            to_set("i", membership, "-1 0 2", "int"),
            f'<SimplePredicate field="{pick.choice("xisb")}" operator="{pick.choice(["isMissing", "isNotMissing"])}"/>',
        ]
    )


def to_predicate(depth=2):
    if depth == 0 or pick.random() < 0.6:
        return pick.choice([to_atom()] * 15 + ["<True/>", "<False/>"])
    operator = pick.choice(["and", "or", "xor", "surrogate"])
    count = 2 if operator == "xor" else pick.randint(2, 3)
    parts = "".join(to_predicate(depth - 1) for _ in range(count))
    return f'<CompoundPredicate booleanOperator="{operator}">{parts}</CompoundPredicate>'


def to_node(name, predicate, depth, is_classifier, write):
    """A node and those in it; each has a defaultChild, without which JPMML fails. write: makes the predicates."""
    children = ""
    default = ""
    if depth == DEPTH or (depth > 0 and pick.random() < 0.9):
        predicates = [write() for _ in range(pick.randint(2, 3))] + pick.choice([["<True/>"], []])
        default = f' defaultChild="{name}.{pick.randrange(len(predicates))}"'
        for index, one in enumerate(predicates):
            children += to_node(f"{name}.{index}", one, depth - 1, is_classifier, write)
    shares = ""
    score = str(pick.randint(-99, 99) / 8)
    if is_classifier:
        counts = pick.sample(range(1, 20), 3)
        score = CLASSES[counts.index(max(counts))]
        shares = "".join(
            f'<ScoreDistribution value="{value}" recordCount="{count}"/>' for value, count in zip(CLASSES, counts)
        )
    return f'<Node id="{name}" score="{score}"{default}>{predicate}{shares}{children}</Node>'


def to_function(is_classifier):
    return "classification" if is_classifier else "regression"


def to_schema():
    fields = "".join(f'<MiningField name="{name}"/>' for name in FIELDS)
    return f'<MiningSchema><MiningField name="y" usageType="target"/>{fields}</MiningSchema>'


def to_tree(is_classifier, strategy, last, write):
    node = to_node("n", "<True/>", DEPTH, is_classifier, write)
    child = "returnLastPrediction" if last else "returnNullPrediction"
    return f'<TreeModel functionName="{to_function(is_classifier)}" missingValueStrategy="{strategy}" noTrueChildStrategy="{child}">{to_schema()}{node}</TreeModel>'


def to_mining(is_classifier, method, skips):
    segments = ""
    for weight in [1, 2.5, 4.25]:
        strategy = pick.choice(["none", "lastPrediction", "defaultChild"])
        tree = to_tree(is_classifier, strategy, not skips, pick.choice([to_atom, to_predicate]))
        predicate = "<True/>" if weight < 2 else pick.choice(["<True/>", to_atom()])
        segments += f'<Segment weight="{weight}">{predicate}{tree}</Segment>'
    treatment = "skipSegment" if skips else "continue"
    return f'<MiningModel functionName="{to_function(is_classifier)}">{to_schema()}<Segmentation multipleModelMethod="{method}" missingPredictionTreatment="{treatment}">{segments}</Segmentation></MiningModel>'


def evaluate(path, rows, classes):
    """The rows that JPMML scores, with its predictions and probabilities."""
    evaluator = make_evaluator(path, backend="jpype").javaEvaluator
    scored = []
    for row in rows:
        arguments = jpype.JClass("java.util.HashMap")()
        for name, value in row.items():
            if isinstance(value, bool):
                value = jpype.JClass("java.lang.Boolean")(value)
            if value is not None:
                arguments.put(name, jpype.JClass("java.lang.Integer")(value) if type(value) is int else value)
        try:
            result = evaluator.evaluate(arguments).get("y")
        except jpype.JException:
            continue
        value = result.getResult() if hasattr(result, "getResult") else result
        if value is None:
            continue
        # The result of a chain is only a class.
        if not hasattr(result, "getProbability"):
            scored.append((row, float(value) if classes is None else str(value), None))
            continue
        shares = [result.getProbability(name) for name in classes]
        scored.append((row, str(value), [0.0 if share is None else float(share) for share in shares]))
    return scored


def write_document(folder, name, is_classifier, model):
    target = to_categories("y", CLASSES) if is_classifier else '<DataField name="y" optype="continuous" dataType="double"/>'
    classes = CLASSES if is_classifier else None
    path = os.path.join(folder, "document.pmml")
    with open(path, "w") as file:
        file.write(
            '<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4"><Header/>\n'
            f"<DataDictionary>{DICTIONARY}\n{target}</DataDictionary>\n{model}\n</PMML>\n"
        )
    scored = evaluate(path, [to_row(0.2) for _ in range(ROWS)], classes)
    if len(scored) < 10:
        raise ValueError(f"{name}: JPMML scores {len(scored)} rows of {ROWS}")
    rows, predictions, probabilities = zip(*scored)
    write_case(
        folder,
        name,
        "pmml",
        lambda to: os.replace(path, os.path.join(to, "model.pmml")),
        to_columns(FIELDS, TYPES),
        [[row[field] for field in FIELDS] for row in rows],
        predictions,
        None if probabilities[0] is None else probabilities,
        classes,
        tolerance=1e-12,
    )


def write_documents(folder):
    for is_classifier in [False, True]:
        kind = to_function(is_classifier)
        for strategy in ["none", "lastPrediction", "nullPrediction", "defaultChild"]:
            for last in [False, True]:
                for write in [to_atom, to_predicate]:
                    name = f"tree-{kind}-{strategy}{'-last' if last else ''}-{write.__name__[3:]}"
                    write_document(folder, name, is_classifier, to_tree(is_classifier, strategy, last, write))
        methods = ["average", "weightedAverage", "selectFirst", "modelChain"]
        methods += ["weightedMajorityVote"] if is_classifier else ["sum", "weightedSum", "median"]
        for method in methods:
            for skips in [False, True]:
                # JPMML says 0 where no segment has a prediction, and we nothing; it skips none in chains.
                if skips and method in ["sum", "weightedSum", "modelChain"]:
                    continue
                name = f"mining-{kind}-{method}{'-skip' if skips else ''}"
                write_document(folder, name, is_classifier, to_mining(is_classifier, method, skips))
