/** Reads RegressionModel. */
import type { Link, RegressionPlan, TermsPlan, Value } from './plan.ts';
import { parseValue } from './read-expression.ts';
import { expectInModel, type ModelHead } from './read-model.ts';
import type { Scope } from './scope.ts';
import { isNumeric } from './values.ts';
import { fail, refuse } from './place.ts';
import {
  expectOnly,
  findInteger,
  findWord,
  listChildren,
  requireAttribute,
  requireNumber,
  type XmlElement,
} from './xml-element.ts';

const LINKS = ['none', 'simplemax', 'softmax', 'logit', 'probit', 'cloglog', 'exp', 'loglog', 'cauchit'] as const;

type RegressionBody = Pick<RegressionPlan, 'kind' | 'link' | 'isOrdinal' | 'tables'>;

export function readRegressionModel(head: ModelHead): RegressionBody {
  const { element, classList, scope, targetType } = head;
  expectInModel(element, ['modelType', 'targetFieldName', 'normalizationMethod'], ['RegressionTable']);
  const link: Link = findWord(element, 'normalizationMethod', LINKS) ?? 'none';
  const elements = listChildren(element, 'RegressionTable');
  const tables = elements.map((table) => {
    expectOnly(table, ['intercept', 'targetCategory'], ['NumericPredictor', 'CategoricalPredictor', 'PredictorTerm']);
    const category = classList ? requireAttribute(table, 'targetCategory') : '';
    return { classIndex: classList ? classList.toIndex(category, table) : -1, terms: readTerms(table, scope) };
  });
  const isOrdinal = targetType === 'ordinal' && classList !== undefined;
  checkTables(head, link, isOrdinal, tables, elements);
  return { kind: 'regression', link, isOrdinal, tables };
}

function checkTables(
  { element, classList }: ModelHead,
  link: Link,
  isOrdinal: boolean,
  tables: RegressionBody['tables'],
  elements: readonly XmlElement[],
): void {
  if (!classList) {
    if (tables.length !== 1) fail(element, 'expected one RegressionTable in a regression');
    if (link === 'simplemax') refuse(element, 'normalizationMethod="simplemax" of a regression');
    return;
  }
  const classes = new Set(tables.map(({ classIndex }) => classIndex));
  if (classes.size < tables.length) fail(element, 'expected one RegressionTable per class');
  const count = classList.values.length;
  const isComplete = tables.length === count;
  if (link === 'exp') refuse(element, 'normalizationMethod="exp" of a classification');
  if (isOrdinal) {
    if (link === 'softmax' || link === 'simplemax' || link === 'none')
      refuse(element, `normalizationMethod="${link}" of a classification whose target is ordinal`);
    if (!isComplete) fail(element, `expected ${count} RegressionTable, one per class`);
    if (tables.some(({ classIndex }, index) => classIndex !== index))
      fail(element, "expected each RegressionTable in the order of the target's values");
    return;
  }
  if (count === 2 && link !== 'softmax' && link !== 'simplemax') {
    if (tables.length === 0 || tables.length > 2) fail(element, 'expected one or two RegressionTable');
    // The probability of the second class is what the first one leaves.
    const rest = tables[1];
    if (rest && !isEmpty(rest.terms))
      fail(
        elements[1] as XmlElement,
        `expected an empty RegressionTable for the second class, with normalizationMethod="${link}"`,
      );
    return;
  }
  if (link !== 'softmax' && link !== 'simplemax' && link !== 'none')
    refuse(element, `normalizationMethod="${link}" of more than two classes`, 'convert the model to softmax');
  if (!isComplete) fail(element, `expected ${count} RegressionTable, one per class`);
  if (link === 'none' && !isEmpty(tables.at(-1)?.terms as TermsPlan))
    fail(element, 'expected an empty RegressionTable for the last class, with normalizationMethod="none"');
}

function isEmpty({ intercept, slots, categories, products }: TermsPlan): boolean {
  return intercept === 0 && slots.length === 0 && categories.length === 0 && products.length === 0;
}

/** Reads the terms of a RegressionTable. */
function readTerms(table: XmlElement, scope: Scope): TermsPlan {
  const numeric = listChildren(table, 'NumericPredictor');
  const slots = numeric.map((predictor) => {
    expectOnly(predictor, ['name', 'exponent', 'coefficient'], []);
    return requireNumericSlot(requireAttribute(predictor, 'name'), predictor, scope);
  });
  const categories = new Map<number, Map<Value, number>>();
  for (const predictor of listChildren(table, 'CategoricalPredictor')) {
    expectOnly(predictor, ['name', 'value', 'coefficient'], []);
    const { slot, type } = scope.require(requireAttribute(predictor, 'name'), predictor);
    const value = parseValue(requireAttribute(predictor, 'value'), type, predictor);
    const coefficients = categories.get(slot) ?? new Map<Value, number>();
    categories.set(slot, coefficients);
    if (coefficients.has(value)) fail(predictor, 'expected one CategoricalPredictor per value');
    coefficients.set(value, requireNumber(predictor, 'coefficient'));
  }
  return {
    intercept: requireNumber(table, 'intercept'),
    slots: Int32Array.from(slots),
    coefficients: Float64Array.from(numeric, (predictor) => requireNumber(predictor, 'coefficient')),
    exponents: Float64Array.from(numeric, (predictor) => findInteger(predictor, 'exponent', -1000, 1000) ?? 1),
    categories: [...categories].map(([slot, coefficients]) => ({ slot, values: [...coefficients] })),
    products: listChildren(table, 'PredictorTerm').map((term) => {
      expectOnly(term, ['name', 'coefficient'], ['FieldRef']);
      const fields = listChildren(term, 'FieldRef');
      if (fields.length === 0) fail(term, 'expected a FieldRef in PredictorTerm');
      for (const field of fields) expectOnly(field, ['field'], []);
      return {
        coefficient: requireNumber(term, 'coefficient'),
        slots: fields.map((field) => requireNumericSlot(requireAttribute(field, 'field'), field, scope)),
      };
    }),
  };
}

/** The slot of a field that can be computed with. */
export function requireNumericSlot(name: string, at: XmlElement, scope: Scope): number {
  const { slot, type } = scope.require(name, at);
  if (!isNumeric(type)) fail(at, `expected a field of a numeric type, not ${type}`);
  return slot;
}
