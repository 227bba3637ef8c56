#!/usr/bin/env python3
"""Writes a fitted scikit-learn model as JSON, for the kind scikit-learn of custom-ml-engine.

    python export.py model.joblib --rows sample.csv --label risk --out model.json

Run it where the model was fitted: it needs scikit-learn 1.0 or newer, and pandas only if the model selects columns by
name. The rows are scored by the model itself, so that whoever serves the file can prove that the scores are the same. What
this script does not know it names, and writes nothing.
"""
import argparse
import csv
import inspect
import json
import math
import os
import platform
import shutil
import sys
import tempfile
import warnings

import joblib
import numpy as np
import sklearn

FORMAT = "custom-ml-engine/scikit-learn"
FORMAT_VERSION = 1
MAX_ROWS = 1000
VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])

# What pandas.read_csv reads as missing.
MISSING = set(
    "#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null".split("|")
) | {""}

# The functions of a FunctionTransformer, by the name that numpy gives them.
FUNCTIONS = {
    "absolute", "cbrt", "ceil", "cos", "exp", "expm1", "fabs", "floor", "log", "log10", "log1p", "log2", "negative",
    "rint", "sign", "sin", "sqrt", "square", "tan", "tanh", "trunc",
}  # fmt: skip


class Unsupported(Exception):
    """The model has a part that cannot be exported exactly."""


class BadInput(Exception):
    """A file or an option that the user can put right."""


def stop(place, reason):
    raise Unsupported("%s: %s" % (place, reason))


def reject(place, reason):
    raise BadInput("%s: %s" % (place, reason))


def name_of(estimator):
    return type(estimator).__name__


def is_sklearn(estimator):
    return type(estimator).__module__.split(".")[0] == "sklearn"


def is_nan(value):
    return value is None or (isinstance(value, (float, np.floating)) and math.isnan(value)) or name_of(value) == "NAType"


def to_scalar(value, place):
    """A category, a class or a fill value as JSON has it; None for NaN, None and pandas' NA."""
    if is_nan(value):
        return None
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        if abs(int(value)) > 2**53:
            stop(place, "an integer above 2^53 cannot be written exactly")
        return int(value)
    if isinstance(value, (float, np.floating)):
        if math.isinf(value):
            stop(place, "an infinite value")
        return int(value) if float(value).is_integer() and abs(value) <= 2**53 else float(value)
    if isinstance(value, str):
        return str(value)
    stop(place, "a value of the type %s; expected text, a number or a boolean" % name_of(value))


def floats(values, place):
    array = np.asarray(values, dtype=np.float64).ravel()
    if not np.isfinite(array).all():
        stop(place, "expected finite numbers only")
    return array.tolist()


def rows_of(values, place):
    return [floats(row, place) for row in np.atleast_2d(np.asarray(values, dtype=np.float64))]


def thresholds(values):
    """Only missing values are not at most infinity, which JSON does not have: it is written as null."""
    return [None if value == math.inf else value for value in values.tolist()]


class Column:
    """A column of the model's input, and what the model does with it."""

    def __init__(self, name):
        self.name = name
        self.used = False
        self.number_at = None  # the place that needs numbers
        self.categories = []  # in the order of their codes
        self.has_missing = False  # whether a missing cell is a category
        self.nones = set()  # how a missing cell is written among the categories
        self.fills = []  # what imputers look for and put in; categories too if the column is categorical

    def need_number(self, place):
        self.used = True
        if self.number_at is None:
            self.number_at = place

    def need_categories(self, values, place):
        self.used = True
        for value in values:
            scalar = to_scalar(value, place)
            if scalar is None:
                self.nones.add(name_of(value))
            # 1, 1.0 and True are the same category for Python and for the encoders.
            elif scalar not in self.categories:
                self.categories.append(scalar)
        if len(self.nones) > 1:
            stop(place, "column %r has several missing values among its categories (None and NaN)" % self.name)

    @property
    def is_text(self):
        return any(isinstance(value, str) for value in self.categories)

    @property
    def is_coded(self):
        return bool(self.categories) and self.number_at is None

    def settle(self):
        """Called when the whole model has been read."""
        if self.number_at is None:
            for values, place in self.fills:
                self.need_categories([value for value in values if value is not None], place)
        elif self.is_text:
            stop(self.number_at, "it needs numbers, and column %r is text" % self.name)

    def read(self, text, place):
        """A cell of a CSV file."""
        if not self.used:
            return text  # the model drops it, whatever it is
        if text in self.categories and self.is_text:
            return text
        if text.strip() in MISSING:
            return None
        if self.is_text:
            return text
        if text.strip().lower() in ("true", "false"):
            return text.strip().lower() == "true"
        try:
            return float(text)
        except ValueError:
            reject(place, "column %r: expected a number, as the model takes it" % self.name)

    def type(self, cells):
        if self.is_text or any(isinstance(cell, str) for cell in cells):
            return "string"
        known = [cell for cell in cells if cell is not None] + self.categories
        if known and all(isinstance(cell, bool) for cell in known):
            return "boolean"
        return "integer" if known and all(float(cell).is_integer() for cell in known) else "double"


class Slots(list):
    """The columns of the matrix between two steps: the input column that each still holds unchanged, or None."""

    def __init__(self, slots, sparse=False, has_zeros=False):
        super().__init__(slots)
        self.sparse = sparse
        self.has_zeros = has_zeros  # whether a sparse matrix may hold zeros that are not left out

    def pick(self, positions):
        return Slots([self[at] for at in positions], self.sparse, self.has_zeros)


# Transformers whose output is dense, whatever they get; the others keep a matrix sparse, or say below what they do.
DENSE = {"OrdinalEncoder", "TargetEncoder", "MinMaxScaler", "PowerTransformer", "PCA", "IncrementalPCA", "TruncatedSVD"}
# Those that may write zeros into a sparse matrix instead of leaving them out.
WRITE_ZEROS = {"FunctionTransformer", "QuantileTransformer", "SimpleImputer"}


class Exporter:
    def __init__(self, columns):
        self.columns = columns

    def numbers(self, slots, place):
        for slot in slots:
            if slot is not None:
                slot.need_number(place)

    def derived(self, count):
        return [None] * count

    def checked(self, node):
        """A step that refuses missing and infinite numbers, and another."""
        return {"type": "pipeline", "steps": [{"type": "finite"}, node]}

    # ---------------------------------------------------------------------------------------------- transformers

    def transformer(self, step, slots, place):
        """Returns the node, and the slots after it."""
        if step is None or step == "passthrough":
            return {"type": "pass"}, slots
        name = name_of(step)
        place = "%s (%s)" % (place, name)
        write = getattr(self, "write_" + name, None)
        if not is_sklearn(step) or write is None:
            stop(place, "this transformer is not known to the export")
        count = getattr(step, "n_features_in_", None)
        if count is not None and count != len(slots):
            stop(place, "it was fitted with %d columns, and gets %d" % (count, len(slots)))
        node, after = self.fitted(write, step, slots, place)
        if isinstance(after, Slots):
            return node, after
        sparse = self.is_sparse(step, name, slots)
        return node, Slots(after, sparse, sparse and (slots.has_zeros or slots.sparse and name in WRITE_ZEROS))

    def fitted(self, write, step, slots, place):
        try:
            return write(step, slots, place)
        except AttributeError as problem:
            stop(place, "%s; was it fitted, with this version of scikit-learn?" % problem)

    def is_sparse(self, step, name, slots):
        if name == "OneHotEncoder":
            return bool(step.sparse_output if hasattr(step, "sparse_output") else step.sparse)
        if name == "KBinsDiscretizer":
            return step.encode == "onehot"
        return slots.sparse and name not in DENSE

    def write_Pipeline(self, pipeline, slots, place):
        steps = []
        for name, step in pipeline.steps:
            node, slots = self.transformer(step, slots, "%s, step %r" % (place, name))
            steps.append(node)
        return {"type": "pipeline", "steps": steps}, slots

    def write_ColumnTransformer(self, transformer, slots, place):
        parts, after = [], []
        for name, step, selected in transformer.transformers_:
            if isinstance(step, str) and step == "drop":
                continue
            where = "%s, %r" % (place, name)
            positions = self.positions(transformer, selected, len(slots), where)
            if not positions:
                continue
            node, part = self.transformer(step, slots.pick(positions), where)
            node, part = self.weighted(node, part, (transformer.transformer_weights or {}).get(name), where)
            parts.append({"columns": positions, "step": node})
            after.append(part)
        if not any(after):
            stop(place, "it has no columns")
        return {"type": "columns", "parts": parts}, self.joined(after, transformer.sparse_output_)

    def weighted(self, node, slots, weight, place):
        """The output of a part, multiplied by its weight."""
        if weight is None:
            return node, slots
        self.numbers(slots, place)
        scale = {"type": "scale", "multiply": [float(weight)] * len(slots)}
        return {"type": "pipeline", "steps": [node, scale]}, Slots([None] * len(slots), slots.sparse, slots.has_zeros)

    def joined(self, parts, sparse):
        has_zeros = sparse and any(part.has_zeros for part in parts)
        return Slots([slot for part in parts for slot in part], sparse, has_zeros)

    def positions(self, transformer, selected, count, place):
        """The positions of the columns that a ColumnTransformer selects."""
        if isinstance(selected, str):
            stop(place, "a single column as text is passed on as a vector; select it as a list, [%r]" % selected)
        if np.isscalar(selected):
            stop(place, "a single column as a number is passed on as a vector; select it as a list")
        names = list(getattr(transformer, "feature_names_in_", []))
        if isinstance(selected, slice):
            start, end = selected.start, selected.stop
            if isinstance(start, str) or isinstance(end, str):
                first = names.index(start) if start is not None else 0
                last = names.index(end) + 1 if end is not None else count
                return list(range(count))[slice(first, last, selected.step)]
            return list(range(count))[selected]
        selected = list(selected)
        if selected and all(isinstance(value, (bool, np.bool_)) for value in selected):
            return [at for at, chosen in enumerate(selected) if chosen]
        positions = []
        for value in selected:
            if isinstance(value, str):
                if value not in names:
                    stop(place, "the column %r is selected by name, and the transformer was fitted without names" % value)
                positions.append(names.index(value))
            else:
                positions.append(int(value) % count)
        return positions

    def write_FeatureUnion(self, union, slots, place):
        parts, after = [], []
        for name, step in union.transformer_list:
            if isinstance(step, str) and step == "drop":
                continue
            where = "%s, %r" % (place, name)
            node, part = self.transformer(step, slots, where)
            node, part = self.weighted(node, part, (union.transformer_weights or {}).get(name), where)
            parts.append({"columns": list(range(len(slots))), "step": node})
            after.append(part)
        if not any(after):
            stop(place, "it has no columns")
        return {"type": "columns", "parts": parts}, self.joined(after, any(part.sparse for part in after))

    def write_SimpleImputer(self, imputer, slots, place):
        for slot in slots:
            if slot is not None:
                slot.used = True  # also if it is dropped because it was empty
                if imputer.missing_values is None:
                    slot.nones.add("NoneType")
        missing = to_scalar(imputer.missing_values, place)
        statistics = [to_scalar(value, place) for value in np.asarray(imputer.statistics_, dtype=object)]
        kept = list(range(len(slots)))
        if not getattr(imputer, "keep_empty_features", False):
            kept = [at for at in kept if statistics[at] is not None]
        elif any(value is None for value in statistics):
            # With keep_empty_features, an empty column is filled with 0, or with fill_value.
            filled = imputer.fill_value if imputer.strategy == "constant" else 0
            filled = 0 if filled is None else to_scalar(filled, place)
            statistics = [filled if value is None else value for value in statistics]
        after = [slots[at] for at in kept]
        for slot, value in zip(after, [statistics[at] for at in kept]):
            if slot is not None:
                slot.fills.append(([missing, value], place))
        node = {"type": "impute", "missing": missing, "columns": kept, "values": [statistics[at] for at in kept]}
        if imputer.add_indicator:
            indicator = imputer.indicator_
            if indicator.features == "missing-only" and indicator.error_on_new:
                stop(place, "an indicator with error_on_new=True is not supported")
            node["indicators"] = [int(at) for at in indicator.features_]
            after = after + self.derived(len(node["indicators"]))
        return node, after

    def write_StandardScaler(self, scaler, slots, place):
        return self.scale(slots, place, scaler.mean_ if scaler.with_mean else None, scaler.scale_)

    def write_RobustScaler(self, scaler, slots, place):
        return self.scale(
            slots, place, scaler.center_ if scaler.with_centering else None, scaler.scale_ if scaler.with_scaling else None
        )

    def write_MaxAbsScaler(self, scaler, slots, place):
        if getattr(scaler, "clip", False):
            stop(place, "clip is not supported")
        return self.scale(slots, place, None, scaler.scale_)

    def scale(self, slots, place, subtract, divide):
        self.numbers(slots, place)
        node = {"type": "scale"}
        if subtract is not None:
            node["subtract"] = floats(subtract, place)
        if divide is not None:
            node["divide"] = floats(divide, place)
        return node, self.derived(len(slots))

    def write_MinMaxScaler(self, scaler, slots, place):
        self.numbers(slots, place)
        node = {"type": "scale", "multiply": floats(scaler.scale_, place), "add": floats(scaler.min_, place)}
        if getattr(scaler, "clip", False):
            node["clip"] = floats(scaler.feature_range, place)
        return node, self.derived(len(slots))

    def write_OneHotEncoder(self, encoder, slots, place):
        # The encoder is asked where it puts each category: drop, max_categories, min_frequency and handle_unknown have
        # changed from version to version.
        features = []
        widths = self.encoded_widths(encoder)
        for at, categories in enumerate(encoder.categories_):
            self.need_categories(slots[at], categories, place)
            start = sum(widths[:at])
            cells = self.probe(encoder, at, categories)
            feature = {
                "categories": [to_scalar(value, place) for value in categories],
                "outputs": [self.hot(row[start : start + widths[at]], place) for row in cells],
                "width": int(widths[at]),
            }
            unknown = self.probe(encoder, at, [self.unknown_value(categories)])
            feature["unknown"] = "error" if unknown is None else self.hot(unknown[0][start : start + widths[at]], place)
            features.append(feature)
        return {"type": "one_hot", "features": features}, self.derived(sum(widths))

    def encoded_widths(self, encoder):
        total = self.probe(encoder, 0, encoder.categories_[0][:1]).shape[1]
        if hasattr(encoder, "_n_features_outs"):
            widths = [int(width) for width in encoder._n_features_outs]
        else:
            dropped = encoder.drop_idx_ if encoder.drop_idx_ is not None else [None] * len(encoder.categories_)
            widths = [len(values) - (drop is not None) for values, drop in zip(encoder.categories_, dropped)]
        if sum(widths) != total:
            stop("OneHotEncoder", "its output has another width than its categories")
        return widths

    def hot(self, row, place):
        """The place of the 1 in a row of zeros, or -1."""
        ones = np.flatnonzero(row)
        if len(ones) > 1 or (len(ones) == 1 and row[ones[0]] != 1):
            stop(place, "expected at most one 1 per feature")
        return int(ones[0]) if len(ones) else -1

    def unknown_value(self, categories):
        if np.asarray(categories).dtype.kind in "OUS" and any(isinstance(value, str) for value in categories):
            return "\u0000unknown\u0000"
        numbers = [float(value) for value in categories if not is_nan(value)]
        return (max(numbers) if numbers else 0.0) + 1.5

    def probe(self, encoder, at, values):
        """The encoded rows of values of one feature, the others having their first category; None if they are refused."""
        count = len(values)
        columns = [np.array([categories[0]] * count, dtype=object) for categories in encoder.categories_]
        columns[at] = np.empty(count, dtype=object)
        columns[at][:] = list(values)
        names = getattr(encoder, "feature_names_in_", None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                if names is not None and "pandas" in sys.modules:
                    # Numbers as numbers: an array of objects is compared as objects.
                    # Series of objects stay what they are; pandas 3 would make text of an array, and NaN of None in it.
                    series = sys.modules["pandas"].Series
                    typed = [
                        series(column, dtype=object if np.asarray(categories).dtype.kind in "OUS" else np.float64)
                        for column, categories in zip(columns, encoder.categories_)
                    ]
                    table = sys.modules["pandas"].DataFrame(dict(zip(names, typed)), columns=list(names))
                else:
                    table = np.column_stack(columns)
                encoded = encoder.transform(table)
            except ValueError:
                return None
        encoded = encoded.toarray() if hasattr(encoded, "toarray") else np.asarray(encoded)
        return encoded.astype(np.float64)

    def need_categories(self, slot, values, place):
        if slot is not None:
            slot.need_categories(values, place)

    def write_OrdinalEncoder(self, encoder, slots, place):
        features = []
        for at, categories in enumerate(encoder.categories_):
            self.need_categories(slots[at], categories, place)
            cells = self.probe(encoder, at, categories)
            unknown = self.probe(encoder, at, [self.unknown_value(categories)])
            missing = self.probe(encoder, at, [np.nan])
            to_code = lambda rows: "error" if rows is None else to_scalar(rows[0][at], place)  # noqa: E731
            features.append(
                {
                    "categories": [to_scalar(value, place) for value in categories],
                    "codes": [to_scalar(row[at], place) for row in cells],
                    "unknown": to_code(unknown),
                    "missing": to_code(missing),
                }
            )
        return {"type": "ordinal", "features": features}, self.derived(len(slots))

    def write_KBinsDiscretizer(self, bins, slots, place):
        self.numbers(slots, place)
        # Older versions move numbers that are nearly on an edge to the next bin.
        near = "digitize" in inspect.unwrap(type(bins).transform).__code__.co_names
        node = {
            "type": "bins",
            "edges": [floats(edges, place) for edges in bins.bin_edges_],
            "bins": [int(count) for count in bins.n_bins_],
            "near": near,
            "one_hot": bins.encode != "ordinal",
        }
        width = sum(node["bins"]) if node["one_hot"] else len(slots)
        return node, self.derived(width)

    def write_FunctionTransformer(self, transformer, slots, place):
        function = transformer.func
        if function is None:
            return {"type": "pass"}, slots
        if transformer.kw_args:
            stop(place, "kw_args are not supported")
        if getattr(function, "func", None) is not None and getattr(function.func, "__name__", "") == "check_array":
            return {"type": "pass"}, slots  # HistGradientBoosting's own
        name = getattr(function, "__name__", "")
        if not isinstance(function, np.ufunc) or name not in FUNCTIONS:
            known = ", ".join(sorted(FUNCTIONS))
            stop(place, "the function %r is not known; numpy's %s are" % (name or str(function), known))
        self.numbers(slots, place)
        node = {"type": "function", "name": name}
        return self.checked(node) if transformer.validate else node, self.derived(len(slots))

    def write_TargetEncoder(self, encoder, slots, place):
        # One column per feature, or one per feature and class.
        count = len(encoder.encodings_) // len(slots)
        means = np.broadcast_to(np.asarray(encoder.target_mean_, dtype=np.float64), (count,))
        features = []
        for at, categories in enumerate(encoder.categories_):
            self.need_categories(slots[at], categories, place)
            has_missing = any(is_nan(value) for value in categories)
            for output in range(count):
                codes = floats(encoder.encodings_[at * count + output], place)
                mean = float(means[output])
                missing = codes[[is_nan(value) for value in categories].index(True)] if has_missing else mean
                features.append(
                    {
                        "categories": [to_scalar(value, place) for value in categories],
                        "codes": codes,
                        "unknown": mean,
                        "missing": missing,
                    }
                )
        columns = [at for at in range(len(slots)) for _ in range(count)]
        step = {"type": "ordinal", "features": features}
        return {"type": "columns", "parts": [{"columns": columns, "step": step}]}, self.derived(len(columns))

    def write_PolynomialFeatures(self, features, slots, place):
        self.numbers(slots, place)
        terms = [[int(at) for at in np.repeat(np.arange(len(slots)), powers)] for powers in features.powers_]
        if any(len(term) > 64 for term in terms):
            stop(place, "a degree above 64")
        return {"type": "products", "terms": terms}, self.derived(len(terms))

    def write_PowerTransformer(self, transformer, slots, place):
        self.numbers(slots, place)
        steps = [self.power(transformer, place)]
        if transformer.standardize:
            steps.append(self.write_StandardScaler(transformer._scaler, slots, place)[0])
        return {"type": "pipeline", "steps": steps}, self.derived(len(slots))

    def power(self, transformer, place, inverse=False):
        # Newer versions use SciPy's formula, which keeps the digits of small numbers.
        transform = getattr(type(transformer), "_yeo_johnson_transform", None)
        precise = transform is None or "power" not in inspect.unwrap(transform).__code__.co_names
        return {
            "type": "power",
            "method": transformer.method,
            "lambdas": floats(transformer.lambdas_, place),
            "precise": precise,
            "inverse": inverse,
        }

    def write_QuantileTransformer(self, transformer, slots, place):
        self.numbers(slots, place)
        return self.quantiles(transformer, place), self.derived(len(slots))

    def quantiles(self, transformer, place, inverse=False):
        if np.isnan(transformer.quantiles_).any():
            stop(place, "a column without any value")
        return {
            "type": "quantiles",
            "quantiles": rows_of(np.asarray(transformer.quantiles_).T, place),
            "references": floats(transformer.references_, place),
            "normal": transformer.output_distribution == "normal",
            "inverse": inverse,
        }

    def write_Normalizer(self, normalizer, slots, place):
        self.numbers(slots, place)
        return {"type": "normalize", "norm": normalizer.norm}, self.derived(len(slots))

    def write_MissingIndicator(self, indicator, slots, place):
        if indicator.features == "missing-only" and indicator.error_on_new:
            stop(place, "error_on_new=True is not supported; fit it with error_on_new=False")
        for slot in slots:
            if slot is not None:
                slot.used = True
                slot.fills.append(([indicator.missing_values], place))
        found = [int(at) for at in indicator.features_]
        node = {"type": "impute", "missing": to_scalar(indicator.missing_values, place), "columns": [], "values": []}
        return dict(node, indicators=found), self.derived(len(found))

    def write_selection(self, selector, slots, place):
        support = [int(at) for at in selector.get_support(indices=True)]
        if not support:
            stop(place, "it selects no columns")
        self.numbers(slots, place)
        node = {"type": "columns", "parts": [{"columns": support, "step": {"type": "pass"}}]}
        takes_missing = self.accepts_missing(selector, len(slots), "transform")
        return node if takes_missing else self.checked(node), slots.pick(support)

    write_SelectKBest = write_SelectPercentile = write_SelectFromModel = write_VarianceThreshold = write_selection
    write_RFE = write_RFECV = write_SelectFpr = write_SelectFdr = write_SelectFwe = write_selection
    write_GenericUnivariateSelect = write_SequentialFeatureSelector = write_selection

    def write_PCA(self, pca, slots, place):
        self.numbers(slots, place)
        mean = getattr(pca, "mean_", None)
        mean = np.zeros(len(slots)) if mean is None else mean
        node = {"type": "project", "subtract": floats(mean, place), "components": rows_of(pca.components_, place)}
        after = self.derived(len(node["components"]))
        if getattr(pca, "whiten", False):
            scale = np.sqrt(np.asarray(pca.explained_variance_, dtype=np.float64))
            # As scikit-learn bounds it since 1.5; before, a component without variance was divided by 0.
            scale = np.maximum(scale, np.finfo(scale.dtype).eps)
            node = {"type": "pipeline", "steps": [node, {"type": "scale", "divide": floats(scale, place)}]}
        return node, after

    write_IncrementalPCA = write_TruncatedSVD = write_PCA

    # ------------------------------------------------------------------------------------------------ estimators

    def estimator(self, estimator, slots, place):
        """Returns the node of an estimator, or of a pipeline that ends with one."""
        name = name_of(estimator)
        if is_sklearn(estimator) and name in ("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV"):
            if not hasattr(estimator, "best_estimator_"):
                stop("%s (%s)" % (place, name), "it has no best estimator: fit it, with refit=True")
            return self.estimator(estimator.best_estimator_, slots, place)
        if is_sklearn(estimator) and name == "Pipeline":
            steps = []
            for step_name, step in estimator.steps[:-1]:
                node, slots = self.transformer(step, slots, "%s, step %r" % (place, step_name))
                steps.append(node)
            step_name, step = estimator.steps[-1]
            steps.append(self.estimator(step, slots, "%s, step %r" % (place, step_name)))
            return {"type": "pipeline", "steps": steps}
        if name == "FrozenEstimator" and is_sklearn(estimator):
            return self.estimator(estimator.estimator, slots, place)
        if name == "RANSACRegressor" and is_sklearn(estimator) and hasattr(estimator, "estimator_"):
            return self.estimator(estimator.estimator_, slots, "%s (%s)" % (place, name))
        place = "%s (%s)" % (place, name)
        library = type(estimator).__module__.split(".")[0]
        if library in ("xgboost", "lightgbm", "catboost"):
            return self.embed(estimator, slots, place, library)
        write = getattr(self, "estimate_" + name, None)
        if not is_sklearn(estimator) or write is None:
            if not hasattr(estimator, "predict"):
                stop(place, "the last step has no predict(): it is no model")
            stop(place, "this estimator is not known to the export")
        if getattr(estimator, "n_outputs_", 1) != 1 and not name.startswith("MLP"):
            stop(place, "a model of several targets")
        if name not in ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor", "VotingClassifier", "VotingRegressor",
                        "StackingClassifier", "StackingRegressor", "CalibratedClassifierCV", "TransformedTargetRegressor"):  # fmt: skip
            self.numbers(slots, place)
        node = self.fitted(write, estimator, slots, place)
        if hasattr(estimator, "classes_"):
            node["classes"] = self.class_count(estimator, place)
        return node

    def class_count(self, estimator, place):
        classes = estimator.classes_
        if isinstance(classes, list):
            stop(place, "a model of several targets")
        if len(classes) < 2:
            stop(place, "a model of a single class")
        return len(classes)

    def embed(self, estimator, slots, place, library):
        """A model of another library: its own text becomes part of the file."""
        name = name_of(estimator)
        if name in ("XGBClassifier", "XGBRegressor", "XGBRFClassifier", "XGBRFRegressor"):
            text = self.xgboost_text(estimator, place)
        elif name in ("LGBMClassifier", "LGBMRegressor"):
            text = self.lightgbm_text(estimator, place)
        elif name in ("CatBoostClassifier", "CatBoostRegressor"):
            text = self.catboost_text(estimator, place)
        else:
            stop(place, "models of this kind inside a pipeline are not supported; serve the file that %s saves" % library)
        self.numbers(slots, place)
        node = {"type": "embedded", "library": library, "text": text}
        if library == "xgboost" and slots.sparse:
            if slots.has_zeros:
                stop(place, "it gets a sparse matrix that may hold zeros; make the matrix dense, such as with sparse_threshold=0")
            node["missing_zeros"] = True  # what a sparse matrix leaves out is missing to XGBoost
        if name.endswith("Classifier"):
            node["classes"] = self.class_count(estimator, place)
        return node

    def xgboost_text(self, estimator, place):
        missing = estimator.get_params().get("missing")
        if missing is not None and not is_nan(missing):
            stop(place, "missing=%r; replace missing values by NaN before this step" % (missing,))
        booster = estimator.get_booster()
        # With feature_types the categories are numbers; without, they are those of a data frame.
        if any(kind == "c" for kind in booster.feature_types or []) and estimator.get_params().get("feature_types") is None:
            stop(place, "categories of a data frame; encode them before this step")
        return self.saved(booster.save_model)

    def lightgbm_text(self, estimator, place):
        booster = estimator.booster_
        if any(booster.pandas_categorical or []):
            stop(place, "categories of a data frame; encode them before this step")
        return booster.model_to_string()

    def catboost_text(self, estimator, place):
        for kind in ("cat", "text", "embedding"):
            find = getattr(estimator, "get_%s_feature_indices" % kind, None)
            if find is not None and len(find()) > 0:
                stop(place, "%s_features; encode them before this step" % kind)
        return self.saved(lambda path: estimator.save_model(path, format="json"))

    def saved(self, save):
        """The text of the file that a function saves."""
        folder = tempfile.mkdtemp()
        try:
            path = os.path.join(folder, "model.json")
            save(path)
            with open(path, encoding="utf-8") as file:
                return file.read()
        finally:
            shutil.rmtree(folder)

    def accepts_missing(self, estimator, count, method="predict"):
        """Whether the estimator takes a row with NaN: the versions differ, so it is asked."""
        row = np.zeros((1, count))
        row[0, 0] = np.nan
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                getattr(estimator, method)(row)
                return True
            except ValueError:
                return False

    def tree(self, tree, values):
        """The arrays of a tree. `values` has a row of numbers per node; only those of leaves are written."""
        left = tree.children_left
        is_leaf = left < 0
        node = {
            "feature": np.where(is_leaf, -1, tree.feature).tolist(),
            "threshold": thresholds(np.where(is_leaf, 0.0, tree.threshold)),
            "left": np.where(is_leaf, 0, left).tolist(),
            "right": np.where(is_leaf, 0, tree.children_right).tolist(),
            "value": np.asarray(values, dtype=np.float64).reshape(tree.node_count, -1)[is_leaf].ravel().tolist(),
        }
        missing = getattr(tree, "missing_go_to_left", None)
        if missing is not None and np.any(missing):
            node["missing_left"] = np.where(is_leaf, 0, missing).astype(int).tolist()
        return node

    def distribution(self, estimator):
        """The probabilities of each node of a classification tree, as predict_proba computes them."""
        values = estimator.tree_.value[:, 0, : estimator.n_classes_]
        if np.abs(values.sum(axis=1) - 1).max() < 1e-9:
            return values  # newer versions keep shares, older ones the weights of the samples
        total = values.sum(axis=1)[:, np.newaxis]
        total[total == 0.0] = 1.0
        return values / total

    def forest(self, trees, outputs, slots, **more):
        node = {"type": "forest", "features": len(slots), "outputs": outputs, "precision": 32, "missing": False}
        node.update(more)
        node["trees"] = trees
        return node

    def estimate_forest(self, forest, slots, place):
        if hasattr(forest, "classes_"):
            count = self.class_count(forest, place)
            trees = [self.tree(each.tree_, self.distribution(each)) for each in forest.estimators_]
        else:
            count = 1
            trees = [self.tree(each.tree_, each.tree_.value[:, 0, 0]) for each in forest.estimators_]
        link = "probabilities" if hasattr(forest, "classes_") else "identity"
        missing = self.accepts_missing(forest, len(slots))
        return self.forest(trees, count, slots, aggregation="mean", link=link, missing=missing)

    estimate_RandomForestClassifier = estimate_RandomForestRegressor = estimate_forest
    estimate_ExtraTreesClassifier = estimate_ExtraTreesRegressor = estimate_forest

    def estimate_tree(self, tree, slots, place):
        if hasattr(tree, "classes_"):
            count, link, values = self.class_count(tree, place), "probabilities", self.distribution(tree)
        else:
            count, link, values = 1, "identity", tree.tree_.value[:, 0, 0]
        missing = self.accepts_missing(tree, len(slots))
        return self.forest([self.tree(tree.tree_, values)], count, slots, aggregation="mean", link=link, missing=missing)

    estimate_DecisionTreeClassifier = estimate_DecisionTreeRegressor = estimate_tree
    estimate_ExtraTreeClassifier = estimate_ExtraTreeRegressor = estimate_tree

    def estimate_gradient_boosting(self, boosting, slots, place):
        init = boosting.init_
        constant = name_of(init) in ("DummyClassifier", "DummyRegressor") and init.strategy not in ("stratified", "uniform")
        if not isinstance(init, str) and not constant:
            stop(place, "init=%s: only the default and 'zero' are supported" % name_of(init))
        base = boosting._raw_predict_init(np.zeros((1, len(slots))))[0]
        outputs = boosting.estimators_.shape[1]
        trees = []
        for stage in boosting.estimators_:
            for output, each in enumerate(stage):
                tree = self.tree(each.tree_, boosting.learning_rate * each.tree_.value[:, 0, 0])
                tree["output"] = output
                trees.append(tree)
        more = {"aggregation": "sum", "base": floats(base, place), "missing": False}
        if not hasattr(boosting, "classes_"):
            return self.forest(trees, 1, slots, link="identity", **more)
        if outputs > 1:
            return self.forest(trees, outputs, slots, link="softmax", **more)
        scale = 2 if boosting.loss == "exponential" else 1
        second = VERSION >= (1, 4) or boosting.loss == "exponential"
        return self.forest(trees, 1, slots, link="sigmoid", scale=scale, tie=int(second), **more)

    estimate_GradientBoostingClassifier = estimate_GradientBoostingRegressor = estimate_gradient_boosting

    def estimate_hist_gradient_boosting(self, boosting, slots, place):
        preprocessor = getattr(boosting, "_preprocessor", None)
        steps = []
        if preprocessor is not None:
            node, slots = self.transformer(preprocessor, slots, place)
            steps.append(node)
        self.numbers(slots, place)
        known, index_of = boosting._bin_mapper.make_known_categories_bitsets()
        base = np.asarray(boosting._baseline_prediction, dtype=np.float64).ravel()
        outputs = boosting.n_trees_per_iteration_
        base = np.broadcast_to(base, (outputs,))
        coded = set()
        trees = []
        for iteration in boosting._predictors:
            for output, predictor in enumerate(iteration):
                trees.append(self.hist_tree(predictor, known, index_of, coded))
                trees[-1]["output"] = output
        more = {"aggregation": "sum", "base": floats(base, place), "missing": True, "precision": 64}
        if coded:
            more["codes"] = sorted(coded)
        if hasattr(boosting, "classes_"):
            more["link"] = "sigmoid" if outputs == 1 else "softmax"
        else:
            loss = boosting.loss if isinstance(boosting.loss, str) else name_of(boosting.loss)
            if loss in ("poisson", "gamma"):
                more["link"] = "exp"
            elif loss in ("squared_error", "least_squares", "absolute_error", "least_absolute_deviation", "quantile"):
                more["link"] = "identity"
            else:
                stop(place, "the loss %r is not known" % loss)
        steps.append(self.forest(trees, outputs, slots, **more))
        if len(steps) == 1:
            return steps[0]
        if hasattr(boosting, "classes_"):
            steps[1]["classes"] = self.class_count(boosting, place)
        return {"type": "pipeline", "steps": steps}

    estimate_HistGradientBoostingClassifier = estimate_HistGradientBoostingRegressor = estimate_hist_gradient_boosting

    def hist_tree(self, predictor, known, index_of, coded):
        nodes = predictor.nodes
        leaf = nodes["is_leaf"].astype(bool)
        tree = {
            "feature": np.where(leaf, -1, nodes["feature_idx"].astype(np.int64)).tolist(),
            "threshold": thresholds(np.where(leaf, 0.0, nodes["num_threshold"])),
            "left": np.where(leaf, 0, nodes["left"].astype(np.int64)).tolist(),
            "right": np.where(leaf, 0, nodes["right"].astype(np.int64)).tolist(),
            "missing_left": np.where(leaf, 0, nodes["missing_go_to_left"]).astype(int).tolist(),
            "value": nodes["value"][leaf].astype(np.float64).tolist(),
        }
        sets = {}
        for at in np.flatnonzero(nodes["is_categorical"].astype(bool) & ~leaf):
            feature = int(nodes["feature_idx"][at])
            coded.add(feature)
            left = self.bits(predictor.raw_left_cat_bitsets[nodes["bitset_idx"][at]])
            right = self.bits(known[index_of[feature]]) - left
            sets[str(int(at))] = {"left": sorted(left), "right": sorted(right)}
            tree["threshold"][at] = 0
        if sets:
            tree["sets"] = sets
        return tree

    def bits(self, words):
        return {32 * at + bit for at, word in enumerate(words) for bit in range(32) if (int(word) >> bit) & 1}

    def linear(self, estimator, place, link):
        coefficients = estimator.coef_
        coefficients = rows_of(coefficients.toarray() if hasattr(coefficients, "toarray") else coefficients, place)
        intercepts = np.broadcast_to(np.asarray(estimator.intercept_, dtype=np.float64).ravel(), (len(coefficients),))
        return {"type": "linear", "coefficients": coefficients, "intercepts": floats(intercepts, place), "link": link}

    def estimate_LogisticRegression(self, model, slots, place):
        count = self.class_count(model, place)
        option = getattr(model, "multi_class", "auto")
        one_by_one = option == "ovr" or count == 2 and option != "multinomial"
        one_by_one = one_by_one or (option in ("auto", "deprecated") and self.splits_classes(model))
        pair = "sigmoid" if one_by_one else "softmax_pair"
        return self.linear(model, place, pair if count == 2 else "sigmoids" if one_by_one else "softmax")

    estimate_LogisticRegressionCV = estimate_LogisticRegression

    def splits_classes(self, model):
        """Whether the solver learns one class against the others: told by predict_proba itself, versions differ."""
        if model.classes_.size == 2:
            return True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = np.random.RandomState(1).normal(size=(16, model.n_features_in_))
            scores = model.decision_function(rows)
            probabilities = model.predict_proba(rows)
        with np.errstate(over="ignore"):
            parts = 1 / (1 + np.exp(-scores))
        softmax = np.exp(scores - scores.max(axis=1, keepdims=True))
        distances = [
            np.abs(each / each.sum(axis=1, keepdims=True) - probabilities).max() for each in (parts, softmax)
        ]
        return bool(distances[0] < distances[1])

    def estimate_regression(self, model, slots, place):
        return self.linear(model, place, "identity")

    for _name in ("LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "ElasticNet", "ElasticNetCV", "SGDRegressor",
                  "LinearSVR", "HuberRegressor", "BayesianRidge", "ARDRegression", "Lars", "LassoLars", "LassoLarsCV",
                  "LassoLarsIC", "LarsCV", "OrthogonalMatchingPursuit", "OrthogonalMatchingPursuitCV", "TheilSenRegressor", "QuantileRegressor",
                  "PassiveAggressiveRegressor"):  # fmt: skip
        locals()["estimate_" + _name] = estimate_regression

    def estimate_generalized(self, model, slots, place):
        if name_of(model) == "TweedieRegressor":
            link = model.link if model.link != "auto" else "identity" if model.power <= 0 else "log"
            return self.linear(model, place, "exp" if link == "log" else "identity")
        return self.linear(model, place, "exp")

    estimate_PoissonRegressor = estimate_GammaRegressor = estimate_TweedieRegressor = estimate_generalized

    def estimate_decision(self, model, slots, place):
        return self.linear(model, place, "none")

    estimate_LinearSVC = estimate_RidgeClassifier = estimate_RidgeClassifierCV = estimate_decision
    estimate_Perceptron = estimate_PassiveAggressiveClassifier = estimate_decision

    def estimate_SGDClassifier(self, model, slots, place):
        binary = self.class_count(model, place) == 2
        if model.loss in ("log_loss", "log"):
            return self.linear(model, place, "sigmoid" if binary else "sigmoids")
        return self.linear(model, place, "huber" if model.loss == "modified_huber" else "none")

    # ------------------------------------------------------------------------------- combinations of trees and others

    def estimate_AdaBoostClassifier(self, boosting, slots, place):
        count = self.class_count(boosting, place)
        algorithm = getattr(boosting, "algorithm", "SAMME")
        trees = []
        for each, weight in zip(boosting.estimators_, boosting.estimator_weights_):
            if name_of(each) not in ("DecisionTreeClassifier", "ExtraTreeClassifier"):
                stop(place, "of %s; only decision trees are supported" % name_of(each))
            if each.n_classes_ != count:
                stop(place, "a tree that has not seen every class")
            shares = np.array(self.distribution(each), dtype=np.float64)
            if algorithm == "SAMME.R":
                logs = np.log(np.clip(shares, np.finfo(shares.dtype).eps, None))
                values = (count - 1) * (logs - (1.0 / count) * logs.sum(axis=1)[:, np.newaxis])
            else:
                hits = shares.argmax(axis=1)[:, np.newaxis] == np.arange(count)
                values = np.where(hits, weight, -1 / (count - 1) * weight if self.penalizes(boosting) else 0.0)
            trees.append(self.tree(each.tree_, values))
        node = self.forest(
            trees, count, slots, aggregation="sum", divide=float(boosting.estimator_weights_.sum()),
            link="softmax_pair" if count == 2 else "softmax", scale=0.5 if count == 2 else 1 / (count - 1),
            missing=self.accepts_missing(boosting, len(slots)),
        )  # fmt: skip
        if count == 2:
            node["difference"] = True
        return node

    def penalizes(self, boosting):
        """Whether SAMME gives the classes that a tree does not predict a negative weight: newer versions do."""
        return "where" in type(boosting).decision_function.__code__.co_names or any(
            "where" in getattr(constant, "co_names", ()) for constant in type(boosting).decision_function.__code__.co_consts
        )

    def estimate_AdaBoostRegressor(self, boosting, slots, place):
        trees = []
        for each in boosting.estimators_:
            if name_of(each) not in ("DecisionTreeRegressor", "ExtraTreeRegressor"):
                stop(place, "of %s; only decision trees are supported" % name_of(each))
            trees.append(self.tree(each.tree_, each.tree_.value[:, 0, 0]))
            trees[-1]["output"] = 0
        weights = floats(boosting.estimator_weights_[: len(trees)], place)
        missing = self.accepts_missing(boosting, len(slots))
        return self.forest(trees, 1, slots, aggregation="median", weights=weights, link="identity", missing=missing)

    def estimate_BaggingClassifier(self, bagging, slots, place):
        members = []
        for at, (each, features) in enumerate(zip(bagging.estimators_, bagging.estimators_features_)):
            features = [int(feature) for feature in features]
            part = slots.pick(features)
            node = self.estimator(each, part, "%s, estimator %d" % (place, at))
            if "classes" in node and node["classes"] != len(getattr(bagging, "classes_", [])):
                stop(place, "an estimator that has not seen every class")
            if "classes" in node and not hasattr(each, "predict_proba"):
                stop(place, "of estimators without probabilities")
            select = {"type": "columns", "parts": [{"columns": features, "step": {"type": "pass"}}]}
            members.append({"type": "pipeline", "steps": [select, node]})
        return {"type": "average", "members": members}

    estimate_BaggingRegressor = estimate_BaggingClassifier

    def members(self, estimators, slots, place):
        return [self.estimator(each, slots, "%s, estimator %d" % (place, at)) for at, each in enumerate(estimators)]

    def estimate_VotingClassifier(self, voting, slots, place):
        members = self.members(voting.estimators_, slots, place)
        node = {"type": "average" if voting.voting == "soft" else "vote", "members": members}
        if voting._weights_not_none is not None:
            node["weights"] = floats(voting._weights_not_none, place)
        return node

    def estimate_VotingRegressor(self, voting, slots, place):
        node = {"type": "average", "members": self.members(voting.estimators_, slots, place)}
        if voting._weights_not_none is not None:
            node["weights"] = floats(voting._weights_not_none, place)
        return node

    def estimate_StackingClassifier(self, stacking, slots, place):
        if getattr(stacking, "passthrough", False):
            self.numbers(slots, place)
        methods = [method for method in stacking.stack_method_ if method is not None]
        members = self.members(stacking.estimators_, slots, place)
        if isinstance(getattr(stacking, "_label_encoder", None), list):
            stop(place, "a model of several targets")
        if len(methods) != len(members):
            stop(place, "expected a method for each estimator")
        final = stacking.final_estimator_
        # A sparse matrix that is passed on makes the whole one sparse.
        sparse = slots.sparse and bool(stacking.passthrough)
        count = Slots(self.derived(getattr(final, "n_features_in_", 0)), sparse, sparse and slots.has_zeros)
        return {
            "type": "stack",
            "members": [
                self.stacked(each, node, method, place) for each, node, method in zip(stacking.estimators_, members, methods)
            ],
            "pass": bool(stacking.passthrough),
            "final": self.estimator(final, count, "%s, final_estimator" % place),
        }

    estimate_StackingRegressor = estimate_StackingClassifier

    def stacked(self, estimator, node, method, place):
        member = {"estimator": node, "method": method}
        if method == "predict" and hasattr(estimator, "classes_"):
            member["values"] = floats(estimator.classes_, place)  # what the final estimator is given
        return member

    def estimate_CalibratedClassifierCV(self, calibrated, slots, place):
        members = []
        for at, each in enumerate(calibrated.calibrated_classifiers_):
            where = "%s, classifier %d" % (place, at)
            if each.method not in ("sigmoid", "isotonic"):
                stop(where, "the method %r is not supported" % each.method)
            inner = each.estimator if hasattr(each, "estimator") else each.base_estimator
            positions = [int(np.flatnonzero(calibrated.classes_ == value)[0]) for value in inner.classes_]
            calibrators = each.calibrators if hasattr(each, "calibrators") else each.calibrators_
            members.append(
                {
                    "estimator": self.estimator(inner, slots, where),
                    "method": "decision_function" if hasattr(inner, "decision_function") else "predict_proba",
                    "classes": positions,
                    "calibrators": [self.calibrator(calibrator, where) for calibrator in calibrators],
                }
            )
        return {"type": "calibrated", "members": members}

    def calibrator(self, calibrator, place):
        if name_of(calibrator) == "_SigmoidCalibration":
            return {"type": "sigmoid", "slope": float(calibrator.a_), "offset": float(calibrator.b_)}
        if name_of(calibrator) != "IsotonicRegression":
            stop(place, "the calibrator %s is not known" % name_of(calibrator))
        return self.isotonic(calibrator, place)

    def isotonic(self, regression, place):
        if regression.out_of_bounds != "clip":
            stop(place, "an isotonic regression with out_of_bounds=%r; only 'clip' has an answer for every number"
                 % regression.out_of_bounds)  # fmt: skip
        thresholds = np.asarray(regression.X_thresholds_)
        node = {"type": "isotonic", "x": floats(thresholds, place), "y": floats(regression.y_thresholds_, place)}
        if thresholds.dtype == np.float32:
            node["single"] = True
        elif thresholds.dtype != np.float64:
            stop(place, "an isotonic regression in %s" % thresholds.dtype)
        return node

    def estimate_IsotonicRegression(self, regression, slots, place):
        if len(slots) != 1:
            stop(place, "expected one column")
        return dict(self.isotonic(regression, place), type="isotonic")

    def estimate_TransformedTargetRegressor(self, regressor, slots, place):
        estimator = self.estimator(regressor.regressor_, slots, place + ", regressor")
        return {"type": "target", "estimator": estimator, "inverse": self.inverse(regressor.transformer_, place + ", transformer")}

    def inverse(self, transformer, place):
        """The steps that undo a transformation of the target."""
        if transformer is None or isinstance(transformer, str) and transformer == "passthrough":
            return [{"type": "pass"}]
        name = name_of(transformer)
        place = "%s (%s)" % (place, name)
        if not is_sklearn(transformer):
            stop(place, "this transformer of the target is not known to the export")
        if name == "Pipeline":
            return [node for _, step in reversed(transformer.steps) for node in self.inverse(step, place)]
        if name == "FunctionTransformer":
            function = transformer.inverse_func
            if function is None:
                return [{"type": "pass"}]
            if not isinstance(function, np.ufunc) or function.__name__ not in FUNCTIONS or transformer.inv_kw_args:
                stop(place, "the inverse function %r is not known" % getattr(function, "__name__", str(function)))
            return [{"type": "function", "name": function.__name__}]
        if name == "MinMaxScaler":
            return [{"type": "scale", "subtract": floats(transformer.min_, place), "divide": floats(transformer.scale_, place)}]
        if name == "PowerTransformer":
            scaled = self.inverse(transformer._scaler, place) if transformer.standardize else []
            return scaled + [self.power(transformer, place, inverse=True)]
        if name == "QuantileTransformer":
            return [self.quantiles(transformer, place, inverse=True)]
        if name not in ("StandardScaler", "RobustScaler", "MaxAbsScaler"):
            stop(place, "this transformer of the target is not known to the export")
        node = {"type": "scale"}
        factor = getattr(transformer, "scale_", None)
        offset = getattr(transformer, "center_" if name == "RobustScaler" else "mean_", None)
        if factor is not None:
            node["multiply"] = floats(factor, place)
        if offset is not None and getattr(transformer, "with_mean", True):
            node["add"] = floats(offset, place)
        return [node]

    # ------------------------------------------------------------------------------------------------------- others

    def estimate_svm(self, machine, slots, place):
        if callable(machine.kernel) or machine.kernel not in ("linear", "poly", "rbf", "sigmoid"):
            stop(place, "the kernel %r is not supported" % (machine.kernel,))
        dense = lambda matrix: matrix.toarray() if hasattr(matrix, "toarray") else matrix  # noqa: E731
        classifier = hasattr(machine, "classes_")
        node = {
            "type": "svm",
            "kernel": machine.kernel,
            "gamma": float(machine._gamma),
            "coef0": float(machine.coef0),
            "degree": int(machine.degree),
            "vectors": rows_of(dense(machine.support_vectors_), place) if len(machine.support_) else [],
            "coefficients": rows_of(dense(machine._dual_coef_), place),
            "intercepts": floats(machine._intercept_, place),
        }
        if classifier:
            node["counts"] = [int(count) for count in machine._n_support]
            node["ovr"] = machine.decision_function_shape == "ovr"
            node["break_ties"] = bool(machine.break_ties)
            if np.size(machine._probA) and getattr(machine, "probability", False) is True:
                node["probability"] = {"a": floats(machine._probA, place), "b": floats(machine._probB, place)}
        return node

    estimate_SVC = estimate_NuSVC = estimate_SVR = estimate_NuSVR = estimate_svm

    def estimate_neighbors(self, model, slots, place):
        metric = model.effective_metric_
        if metric not in ("euclidean", "manhattan", "chebyshev", "minkowski", "cityblock", "l1", "l2") or callable(metric):
            stop(place, "the metric %r is not supported" % (metric,))
        if model.effective_metric_params_.get("w") is not None:
            stop(place, "a weighted metric is not supported")
        if model.weights not in ("uniform", "distance"):
            stop(place, "weights=%r; 'uniform' and 'distance' are supported" % (model.weights,))
        points = model._fit_X.toarray() if hasattr(model._fit_X, "toarray") else np.asarray(model._fit_X)
        targets = np.asarray(model._y)
        if targets.ndim > 1 and targets.shape[1] != 1:
            stop(place, "a model of several targets")
        node = {
            "type": "neighbors",
            "metric": {"cityblock": "manhattan", "l1": "manhattan", "l2": "euclidean"}.get(metric, metric),
            "k": int(model.n_neighbors),
            "weighted": model.weights == "distance",
            "points": rows_of(points, place),
            "targets": floats(targets, place),
        }
        if metric == "minkowski":
            node["p"] = float(model.effective_metric_params_["p"])
        if model._tree is not None:
            _, order, nodes, bounds = model._tree.get_arrays()
            node["tree"] = {
                "type": model._fit_method,
                "order": [int(at) for at in np.asarray(order)],
                "start": [int(each["idx_start"]) for each in np.asarray(nodes)],
                "end": [int(each["idx_end"]) for each in np.asarray(nodes)],
                "leaf": [int(each["is_leaf"]) for each in np.asarray(nodes)],
                "radius": floats([each["radius"] for each in np.asarray(nodes)], place),
                "bounds": [rows_of(bound, place) for bound in np.asarray(bounds)],
            }
        return node

    estimate_KNeighborsClassifier = estimate_KNeighborsRegressor = estimate_neighbors

    def estimate_GaussianNB(self, bayes, slots, place):
        variances = bayes.var_ if hasattr(bayes, "var_") else bayes.sigma_
        return {
            "type": "gaussian_bayes",
            "priors": floats(bayes.class_prior_, place),
            "means": rows_of(bayes.theta_, place),
            "variances": rows_of(variances, place),
        }

    def estimate_MultinomialNB(self, bayes, slots, place):
        return {
            "type": "linear",
            "coefficients": rows_of(bayes.feature_log_prob_, place),
            "intercepts": floats(bayes.class_log_prior_, place),
            "link": "softmax",
            "positive": True,
        }

    def estimate_ComplementNB(self, bayes, slots, place):
        zeros = [0.0] * len(bayes.classes_)
        return dict(self.estimate_MultinomialNB(bayes, slots, place), intercepts=zeros)

    def estimate_BernoulliNB(self, bayes, slots, place):
        negative = np.log(1 - np.exp(bayes.feature_log_prob_))
        linear = {
            "type": "linear",
            "coefficients": rows_of(bayes.feature_log_prob_ - negative, place),
            "intercepts": floats(bayes.class_log_prior_ + negative.sum(axis=1), place),
            "link": "softmax",
            "classes": len(bayes.classes_),
        }
        if bayes.binarize is None:
            return linear
        return {"type": "pipeline", "steps": [{"type": "binarize", "threshold": float(bayes.binarize)}, linear]}

    def write_Binarizer(self, binarizer, slots, place):
        self.numbers(slots, place)
        return {"type": "binarize", "threshold": float(binarizer.threshold)}, self.derived(len(slots))

    def estimate_LinearDiscriminantAnalysis(self, model, slots, place):
        return self.linear(model, place, "sigmoid" if self.class_count(model, place) == 2 else "softmax")

    def estimate_network(self, network, slots, place):
        if network.n_outputs_ != 1 and (not hasattr(network, "classes_") or network.out_activation_ == "logistic"):
            stop(place, "a model of several targets")
        if network.out_activation_ not in ("identity", "logistic", "softmax"):
            stop(place, "the output %r with %d outputs" % (network.out_activation_, network.n_outputs_))
        if network.coefs_[0].dtype != np.float64:
            stop(place, "a network in %s; fit it on numbers of 64 bits" % network.coefs_[0].dtype)
        return {
            "type": "network",
            "layers": [
                {"weights": rows_of(weights.T, place), "biases": floats(biases, place)}
                for weights, biases in zip(network.coefs_, network.intercepts_)
            ],
            "activation": network.activation,
            "output": network.out_activation_,
        }

    estimate_MLPClassifier = estimate_MLPRegressor = estimate_network


# ------------------------------------------------------------------------------------------------------------ the file


def input_names(model, header, labels):
    """The columns of the model's input, in order."""
    names = getattr(model, "feature_names_in_", None)
    if names is None and name_of(model).startswith("CatBoost"):
        names = getattr(model, "feature_names_", None)
        if names is not None and [str(name) for name in names] == [str(at) for at in range(len(names))]:
            names = None  # CatBoost numbers the columns of an array
    if names is not None:
        found = [find_name(str(name), header) for name in names]
        absent = [str(name) for name, place in zip(names, found) if place is None]
        if absent:
            reject("--rows", "columns that the model has are missing: %s" % ", ".join(absent))
        return found
    names = [name for name in header if name not in labels]
    count = getattr(model, "n_features_in_", None) or len(getattr(model, "feature_names_", None) or []) or None
    if count is not None and len(names) != count:
        reject("--rows", "the model has %d columns without names, and the file %d; leave only these, and tell the target "
               "with --label" % (count, len(names)))  # fmt: skip
    return names


def find_name(name, header):
    """The column of the file with a name. LightGBM writes an underscore for a blank."""
    if name in header:
        return name
    similar = [other for other in header if "_".join(other.split(" ")) == name]
    return similar[0] if len(similar) == 1 else None


def read_table(path):
    """The header and the rows of a CSV file, or of a JSON file with fields and values."""
    try:
        if path.endswith(".json"):
            with open(path, encoding="utf-8-sig") as file:
                table = json.load(file)
            if not isinstance(table, dict) or not isinstance(table.get("fields"), list) or not isinstance(table.get("values"), list):
                reject("--rows", 'expected {"fields": [...], "values": [[...]]}')
            return table["fields"], table["values"]
        with open(path, newline="", encoding="utf-8-sig") as file:
            sample = file.read(65536)
            file.seek(0)
            header = sample.split("\n", 1)[0]
            delimiter = max(",;\t|", key=header.count)
            rows = [row for row in csv.reader(file, delimiter=delimiter) if row]
    except OSError as problem:
        reject("--rows", "the file cannot be read (%s)" % problem.strerror)
    except UnicodeDecodeError:
        reject("--rows", "expected a file in UTF-8; save it in this encoding")
    except (csv.Error, ValueError) as problem:
        reject("--rows", "the file cannot be read: %s" % problem)
    if not rows:
        reject("--rows", "the file is empty")
    if len(rows) == 1:
        reject("--rows", "the file has a header and no rows")
    return rows[0], rows[1 : MAX_ROWS + 1]


def read_cells(columns, header, rows):
    table = []
    for line, row in enumerate(rows, 2):
        place = "--rows, line %d" % line
        if len(row) != len(header):
            reject(place, "expected %d cells, as in the header, not %d" % (len(header), len(row)))
        cells = []
        for column in columns:
            cell = row[header.index(column.name)]
            if isinstance(cell, str):
                cell = column.read(cell, place)
            elif cell is not None and isinstance(cell, (int, float)) and not isinstance(cell, bool):
                cell = float(cell)
            cells.append(cell)
        table.append(cells)
    return table


def to_input(model, columns, cells):
    """The rows as the model takes them: a data frame if it was fitted on one, else an array."""
    values = [
        [(None if "NoneType" in column.nones else np.nan) if row[at] is None else row[at] for row in cells]
        for at, column in enumerate(columns)
    ]
    is_number = [not any(isinstance(cell, (str, bool)) for cell in column) for column in values]
    if not hasattr(model, "feature_names_in_"):
        if any(column.is_text for column in columns):
            return np.array(values, dtype=object).T
        return np.array(values, dtype=np.float64).T
    try:
        import pandas
    except ImportError:
        reject("--rows", "the model was fitted on a data frame; install pandas")
    frame = {}
    for column, cells, number in zip(columns, values, is_number):
        all_known = not any(is_nan(cell) for cell in cells)
        boolean = all_known and all(isinstance(cell, bool) for cell in cells)
        frame[column.name] = pandas.Series(cells, dtype=np.float64 if number else bool if boolean else object)
    return pandas.DataFrame(frame, columns=[column.name for column in columns])


def to_cell(cell):
    return int(cell) if isinstance(cell, float) and cell.is_integer() and abs(cell) <= 2**53 else cell


def to_class(value, place):
    scalar = to_scalar(value, place)
    return str(scalar) if isinstance(scalar, bool) else scalar


def export(model, header, rows, labels, source):
    columns = [Column(name) for name in input_names(model, header, labels)]
    exporter = Exporter(columns)
    node = exporter.estimator(model, Slots(columns), "the model")
    for column in columns:
        column.settle()
    cells = read_cells(columns, header, rows)
    table = to_input(model, columns, cells)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            predictions = np.asarray(model.predict(table))
            probabilities = model.predict_proba(table) if hasattr(model, "predict_proba") else None
    except Exception as problem:
        reject("--rows", "the model cannot score these rows (%s: %s)" % (name_of(problem), str(problem).split("\n")[0]))
    if predictions.ndim > 1 and predictions.shape[1] == 1:
        predictions = predictions.ravel()
    if predictions.ndim != 1:
        stop("the model", "a model of several targets")
    used = [at for at, column in enumerate(columns) if column.used]
    document = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "scikit_learn": sklearn.__version__,
        "python": platform.python_version(),
        "model_type": name_of(model),
    }
    if labels:
        document["label"] = labels[0]
    classes = getattr(model, "classes_", None)
    if classes is not None and len(classes) == 0:
        classes = None  # a regression of CatBoost
    if classes is not None:
        document["classes"] = [to_class(value, "classes_") for value in classes]
    document["columns"] = []
    for at, column in enumerate(columns):
        item = {"name": column.name, "type": column.type([row[at] for row in cells])}
        if not column.used:
            item["used"] = False
        elif column.is_coded:
            item["categories"] = column.categories
        document["columns"].append(item)
    document["model"] = node
    scored = {
        "fields": [columns[at].name for at in used],
        "values": [[to_cell(row[at]) for at in used] for row in cells],
    }
    if classes is not None:
        scored["predictions"] = [to_class(value, "the predictions") for value in predictions]
        if probabilities is not None:
            scored["probabilities"] = rows_of(probabilities, "the probabilities")
    else:
        scored["predictions"] = floats(predictions, "the predictions")
    document["rows"] = scored
    return document


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="the fitted model, as joblib.dump or pickle.dump wrote it; only open files that you trust")
    parser.add_argument("--rows", required=True, help="sample rows as the model takes them: CSV with a header, up to %d are used" % MAX_ROWS)
    parser.add_argument("--label", action="append", default=[], help="the column of the rows that is the target, not an input")
    parser.add_argument("--out", default="model.json", help="the file to write (default: model.json)")
    options = parser.parse_args()
    try:
        header, rows = read_table(options.rows)
        document = export(load_model(options.model), header, rows[:MAX_ROWS], options.label, options.model)
        text = json.dumps(document, allow_nan=False, separators=(",", ":"))
        with open(options.out, "w", encoding="utf-8") as file:
            file.write(text)
    except Unsupported as problem:
        sys.exit("Cannot export %s.\n%s" % (problem, OTHER_WAYS))
    except BadInput as problem:
        sys.exit("%s." % problem)
    except OSError as problem:
        sys.exit("--out: the file cannot be written (%s)." % problem.strerror)
    count = len(document["rows"]["values"])
    print("Wrote %s: %s, scikit-learn %s, %d scored rows." % (options.out, document["model_type"], sklearn.__version__, count))


OTHER_WAYS = (
    "docs/importing.md lists what can be exported. Other ways to serve the model: replace this part, convert the model to PMML or "
    "ONNX, or run it on a server of its own and wrap that (docs/wrapping.md)."
)


def load_model(path):
    try:
        return joblib.load(path)
    except OSError as problem:
        reject("the model", "the file cannot be read (%s)" % problem.strerror)
    except Exception as problem:
        reject("the model", "the file cannot be loaded (%s: %s); load it where the model was fitted, with the same packages "
               "and classes" % (name_of(problem), str(problem).split("\n")[0]))  # fmt: skip


if __name__ == "__main__":
    main()
