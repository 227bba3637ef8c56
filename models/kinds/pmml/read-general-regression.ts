/** Reads GeneralRegressionModel. */
import type { GeneralRegressionPlan, Value } from './plan.ts';
import { parseValue } from './read-expression.ts';
import { expectInModel, type ModelHead } from './read-model.ts';
import { requireNumericSlot } from './read-regression.ts';
import { isNumeric } from './values.ts';
import { fail, refuse, toName } from './place.ts';
import {
  expectOnly,
  findChild,
  findNumber,
  findWord,
  listChildren,
  requireAttribute,
  requireChild,
  requireNumber,
  type XmlElement,
} from './xml-element.ts';

type GeneralBody = Pick<
  GeneralRegressionPlan,
  'kind' | 'type' | 'link' | 'parameter' | 'offset' | 'trials' | 'parameters' | 'cells' | 'reference'
>;

const TYPES = {
  regression: 'linear',
  generalLinear: 'linear',
  generalizedLinear: 'generalized',
  multinomialLogistic: 'multinomial',
  ordinalMultinomial: 'ordinal',
} as const;

const LINKS = ['cloglog', 'identity', 'log', 'logc', 'logit', 'loglog', 'negbin', 'oddspower', 'power', 'probit'];
const CUMULATIVE_LINKS = ['logit', 'probit', 'cloglog', 'loglog', 'cauchit'];

export function readGeneralRegressionModel(head: ModelHead): GeneralBody {
  const { element, classList } = head;
  const attributes = ['targetVariableName', 'modelType', 'targetReferenceCategory', 'cumulativeLink', 'linkFunction'];
  const others = ['linkParameter', 'trialsVariable', 'trialsValue', 'distribution', 'distParameter'];
  const offsets = ['offsetVariable', 'offsetValue', 'modelDF'];
  const lists = ['ParameterList', 'FactorList', 'CovariateList', 'PPMatrix', 'PCovMatrix', 'ParamMatrix'];
  const name = requireAttribute(element, 'modelType');
  if (!Object.hasOwn(TYPES, name)) refuse(element, `modelType=${toName(name)}`);
  expectInModel(element, [...attributes, ...others, ...offsets], lists);
  const type = TYPES[name as keyof typeof TYPES];
  if ((type === 'multinomial' || type === 'ordinal') !== (classList !== undefined) && type !== 'generalized')
    fail(
      element,
      `expected functionName="${type === 'linear' ? 'regression' : 'classification'}", for modelType=${toName(name)}`,
    );
  checkVariables(head, type);
  const link = readLink(element, type);
  const parameters = readParameters(head);
  const reference = readReference(head);
  const cells = readCells(head, type, parameters.names, reference);
  return {
    kind: 'general-regression',
    type,
    link,
    parameter: findNumber(element, link === 'negbin' ? 'distParameter' : 'linkParameter') ?? NaN,
    offset: readVariable(head, 'offsetVariable', 'offsetValue', 0),
    trials: readVariable(head, 'trialsVariable', 'trialsValue', 1),
    parameters: parameters.list,
    cells,
    reference,
  };
}

/** Where PMML does not say what an offset or a number of trials changes, engines disagree. */
function checkVariables({ element, classList }: ModelHead, type: GeneralBody['type']): void {
  const modelType = `modelType=${toName(requireAttribute(element, 'modelType'))}`;
  for (const name of ['offsetVariable', 'offsetValue'])
    if (name in element.attributes && type !== 'generalized' && type !== 'ordinal')
      refuse(element, `${name} with ${modelType}`);
  for (const name of ['trialsVariable', 'trialsValue'])
    if (name in element.attributes && (type !== 'generalized' || classList))
      refuse(element, `${name} with ${classList ? 'a classification' : modelType}`);
}

function readLink(element: XmlElement, type: GeneralBody['type']): string {
  if (type === 'generalized') {
    const link = findWord(element, 'linkFunction', LINKS) ?? fail(element, 'expected the attribute linkFunction');
    const parameter = link === 'negbin' ? 'distParameter' : 'linkParameter';
    if (['negbin', 'oddspower', 'power'].includes(link)) requireNumber(element, parameter);
    return link;
  }
  if (type !== 'ordinal') return 'identity';
  return (
    findWord(element, 'cumulativeLink', CUMULATIVE_LINKS) ?? fail(element, 'expected the attribute cumulativeLink')
  );
}

function readVariable(
  { element, scope }: ModelHead,
  variable: string,
  value: string,
  otherwise: number,
): { slot: number; value: number } {
  const name = element.attributes[variable];
  return {
    slot: name === undefined ? -1 : requireNumericSlot(name, element, scope),
    value: findNumber(element, value) ?? otherwise,
  };
}

function readParameters({ element, scope }: ModelHead): {
  names: ReadonlyMap<string, number>;
  list: GeneralBody['parameters'];
} {
  const names = new Map<string, number>();
  const list: { slot: number; exponent: number; category: Value | undefined }[][] = [];
  const parameters = requireChild(element, 'ParameterList');
  expectOnly(parameters, [], ['Parameter']);
  for (const parameter of parameters.children) {
    expectOnly(parameter, ['name', 'label', 'referencePoint'], []);
    if ((findNumber(parameter, 'referencePoint') ?? 0) !== 0) refuse(parameter, 'a referencePoint other than 0');
    const name = requireAttribute(parameter, 'name');
    if (names.has(name)) fail(parameter, `expected each Parameter once, not ${toName(name)} again`);
    names.set(name, list.push([]) - 1);
  }
  const factors = readPredictors(element, 'FactorList');
  const covariates = readPredictors(element, 'CovariateList');
  const matrix = findChild(element, 'PPMatrix');
  if (matrix) expectOnly(matrix, [], ['PPCell']);
  for (const cell of matrix?.children ?? []) {
    expectOnly(cell, ['value', 'predictorName', 'parameterName', 'targetCategory'], []);
    if ('targetCategory' in cell.attributes) refuse(cell, 'the attribute targetCategory of PPCell');
    const predictor = requireAttribute(cell, 'predictorName');
    const index =
      names.get(requireAttribute(cell, 'parameterName')) ?? fail(cell, 'expected a Parameter of ParameterList');
    const { slot, type } = scope.require(predictor, cell);
    if (factors.has(predictor)) {
      list[index]?.push({ slot, exponent: 1, category: parseValue(requireAttribute(cell, 'value'), type, cell) });
    } else if (covariates.has(predictor)) {
      if (!isNumeric(type)) fail(cell, `expected a covariate of a numeric type, not ${type}`);
      list[index]?.push({ slot, exponent: requireNumber(cell, 'value'), category: undefined });
    } else fail(cell, `expected a Predictor of FactorList or CovariateList, not ${toName(predictor)}`);
  }
  return { names, list };
}

function readPredictors(element: XmlElement, name: string): ReadonlySet<string> {
  const list = findChild(element, name);
  if (!list) return new Set();
  expectOnly(list, [], ['Predictor']);
  for (const predictor of list.children) {
    for (const matrix of listChildren(predictor, 'Matrix')) refuse(matrix, 'a contrast Matrix');
    expectOnly(predictor, ['name', 'contrastMatrixType'], ['Categories']);
  }
  return new Set(list.children.map((predictor) => requireAttribute(predictor, 'name')));
}

function readReference({ element, classList, schema }: ModelHead): number {
  if (!classList) return -1;
  const name = element.attributes['targetReferenceCategory'];
  if (name !== undefined) return classList.toIndex(name, element);
  // The one class of the target that has no coefficients.
  const matrix = requireChild(element, 'ParamMatrix');
  const named = new Set(
    matrix.children.map((cell) => cell.attributes['targetCategory']).filter((text) => text !== undefined),
  );
  const indexes = new Set([...named].map((text) => classList.toIndex(text, matrix)));
  const rest = [...classList.values.keys()].filter((index) => !indexes.has(index));
  if (rest.length === 1) return rest[0] as number;
  if (schema.target?.field?.optype === 'ordinal') return classList.values.length - 1;
  return fail(element, 'expected the attribute targetReferenceCategory in GeneralRegressionModel');
}

function readCells(
  head: ModelHead,
  type: GeneralBody['type'],
  names: ReadonlyMap<string, number>,
  reference: number,
): GeneralBody['cells'] {
  const { element, classList } = head;
  const matrix = requireChild(element, 'ParamMatrix');
  expectOnly(matrix, [], ['PCell']);
  const lists = new Map<number, Map<number, number>>();
  for (const cell of matrix.children) {
    expectOnly(cell, ['targetCategory', 'parameterName', 'beta', 'df'], []);
    const category = cell.attributes['targetCategory'];
    if (category !== undefined && !classList) fail(cell, 'expected no targetCategory in a regression');
    const index = category === undefined || !classList ? -1 : classList.toIndex(category, cell);
    const parameter =
      names.get(requireAttribute(cell, 'parameterName')) ?? fail(cell, 'expected a Parameter of ParameterList');
    const list = lists.get(index) ?? new Map<number, number>();
    lists.set(index, list);
    if (list.has(parameter)) fail(cell, 'expected one PCell per parameter and class');
    list.set(parameter, requireNumber(cell, 'beta'));
  }
  const count = classList?.values.length ?? 0;
  if (type === 'generalized' && classList) {
    if (count !== 2) refuse(element, 'generalizedLinear of more than two classes');
    const [only] = lists.keys();
    if (lists.size !== 1 || only === reference) fail(matrix, 'expected coefficients of one class, or without a class');
  }
  if (type === 'multinomial') {
    if (lists.has(-1)) fail(matrix, 'expected a targetCategory in each PCell');
    if (lists.has(reference)) fail(matrix, 'expected no coefficients of the reference category');
    if (lists.size !== count - 1) fail(matrix, 'expected coefficients of each class but the reference category');
  }
  if (type === 'ordinal') {
    if (reference !== count - 1) refuse(element, 'a targetReferenceCategory that is not the last class');
    for (let index = 0; index < count - 1; index++)
      if (!lists.has(index)) fail(matrix, 'expected coefficients of each class but the last');
    if (lists.has(count - 1)) fail(matrix, 'expected no coefficients of the last class');
  }
  return [...lists].map(([classIndex, list]) => ({
    classIndex,
    parameters: Int32Array.from(list.keys()),
    betas: Float64Array.from(list.values()),
  }));
}
