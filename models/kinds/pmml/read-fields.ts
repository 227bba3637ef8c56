/** Reads the data dictionary and mining schemas: which fields there are, and how their values are treated. */
import type { InputPlan, Treatment, Value } from './plan.ts';
import { findDataType, parseValue, readInterval } from './read-expression.ts';
import { Scope, type DataField, type Field, type FileContext, type Optype } from './scope.ts';
import { isNumeric } from './values.ts';
import { fail, refuse, toName } from './place.ts';
import { expectOnly, findNumber, findWord, listChildren, requireAttribute, type XmlElement } from './xml-element.ts';

const OPTYPES = ['categorical', 'ordinal', 'continuous'] as const;

/** Reads the DataDictionary. */
export function readDataDictionary(element: XmlElement, context: FileContext): void {
  expectOnly(element, ['numberOfFields'], ['DataField', 'Taxonomy']);
  for (const field of listChildren(element, 'DataField')) {
    expectOnly(field, ['name', 'displayName', 'optype', 'dataType', 'taxonomy', 'isCyclic'], ['Interval', 'Value']);
    const name = requireAttribute(field, 'name');
    if (context.dataFields.has(name)) fail(field, `expected each DataField once, not ${toName(name)} again`);
    // A type that the engine does not know is refused where the field is used.
    const optype: Optype =
      findWord(field, 'optype', OPTYPES) ?? fail(field, 'expected the attribute optype in DataField');
    const type = isKnownType(field)
      ? (findDataType(field) ?? fail(field, 'expected the attribute dataType in DataField'))
      : undefined;
    if (type === undefined) continue;
    context.dataFields.set(name, { element: field, type, optype, valid: listValues(field, type, 'valid') });
  }
}

function isKnownType({ attributes }: XmlElement): boolean {
  return !/^(?:date|dateTime|time)(?:Days|Seconds)/.test(attributes['dataType'] ?? '');
}

function listValues(field: XmlElement, type: DataField['type'], property: 'valid' | 'invalid' | 'missing'): Value[] {
  const values: Value[] = [];
  for (const value of listChildren(field, 'Value')) {
    expectOnly(value, ['value', 'displayValue', 'property'], []);
    if ((findWord(value, 'property', ['valid', 'invalid', 'missing']) ?? 'valid') !== property) continue;
    values.push(
      property === 'valid'
        ? parseValue(requireAttribute(value, 'value'), type, value)
        : toLoose(requireAttribute(value, 'value'), type, value),
    );
  }
  if (property === 'valid' && new Set(values).size < values.length) fail(field, 'expected each Value once');
  return values;
}

/** A text such as N/A stands for a missing number: it is kept as a text. */
function toLoose(text: string, type: DataField['type'], at: XmlElement): Value {
  return isNumeric(type) && !/^\s*[+-]?[\d.]/.test(text) ? text : parseValue(text, type, at);
}

const MINING_ATTRIBUTES = [
  'name',
  'usageType',
  'optype',
  'importance',
  'outliers',
  'lowValue',
  'highValue',
  'missingValueReplacement',
  'missingValueTreatment',
  'invalidValueTreatment',
  'invalidValueReplacement',
];

const INVALID = ['returnInvalid', 'asIs', 'asMissing', 'asValue'] as const;

/** What a mining schema says. */
export interface MiningSchema {
  readonly scope: Scope;
  /** The field that the model predicts; undefined where the schema has none. */
  readonly target: { readonly name: string; readonly field: DataField | undefined } | undefined;
  readonly inputs: readonly InputPlan[];
}

/**
 * Reads the MiningSchema of a model.
 * @param outer what the model around it knows; undefined for the model of the file, whose fields are its inputs
 */
export function readMiningSchema(element: XmlElement, context: FileContext, outer: Scope | undefined): MiningSchema {
  expectOnly(element, [], ['MiningField']);
  const scope = new Scope(context, outer);
  const inputs: InputPlan[] = [];
  const names = new Set<string>();
  let target: MiningSchema['target'];
  for (const field of listChildren(element, 'MiningField')) {
    expectOnly(field, MINING_ATTRIBUTES, []);
    const name = requireAttribute(field, 'name');
    if (names.has(name)) fail(field, `expected each MiningField once, not ${toName(name)} again`);
    names.add(name);
    const usage =
      findWord(field, 'usageType', [
        'active',
        'target',
        'predicted',
        'supplementary',
        'group',
        'order',
        'frequencyWeight',
        'analysisWeight',
      ]) ?? 'active';
    if (usage === 'target' || usage === 'predicted') {
      if (target) refuse(field, 'a model of several targets');
      target = { name, field: context.dataFields.get(name) };
    } else if (usage === 'active') {
      if (outer) addInner(field, name, scope, outer);
      else inputs.push(addInput(field, name, scope));
    } else if (usage === 'group' || usage === 'order') refuse(field, `the usage type ${usage}`);
  }
  return { scope, target, inputs };
}

function addInput(element: XmlElement, name: string, scope: Scope): InputPlan {
  const { context } = scope;
  const data = context.dataFields.get(name);
  if (!data) fail(element, `expected a DataField ${toName(name)} of a type that the engine knows`);
  const { type, element: dataField } = data;
  const field = toField(element, data, context.addSlot({ kind: 'written' }));
  scope.add(name, field);
  const invalid = findWord(element, 'invalidValueTreatment', INVALID) ?? 'returnInvalid';
  const replacement = element.attributes['invalidValueReplacement'];
  if (invalid === 'asValue' && replacement === undefined)
    fail(element, 'expected the attribute invalidValueReplacement');
  const intervals = listChildren(dataField, 'Interval').map(readInterval);
  if (intervals.length > 0 && !isNumeric(type))
    fail(dataField, 'expected no Interval in a DataField of no numeric type');
  return {
    name,
    slot: field.slot,
    type,
    missingValues: listValues(dataField, type, 'missing'),
    invalidValues: listValues(dataField, type, 'invalid'),
    validValues: data.valid,
    intervals,
    invalid: ({ returnInvalid: 'reject', asIs: 'keep', asMissing: 'missing', asValue: 'replace' } as const)[invalid],
    invalidReplacement: replacement === undefined ? null : parseValue(replacement, type, element),
    treatment: readTreatment(element, type),
  };
}

function toField(element: XmlElement, { type, optype, valid }: DataField, slot: number): Field {
  const own = findWord(element, 'optype', OPTYPES) ?? optype;
  return { slot, type, optype: own, ...(own === 'ordinal' && { order: valid }) };
}

/** The same field for an inner model, where it may be treated again. */
function addInner(element: XmlElement, name: string, scope: Scope, outer: Scope): void {
  const field = outer.require(name, element);
  const invalid = findWord(element, 'invalidValueTreatment', INVALID);
  if (invalid === 'asMissing' || invalid === 'asValue')
    refuse(element, `invalidValueTreatment="${invalid}" in a model inside another`, 'set it in the outer model');
  const treatment = readTreatment(element, field.type);
  const optype = findWord(element, 'optype', OPTYPES) ?? field.optype;
  if (treatment.outliers === 'asIs' && treatment.missing === 'keep') return scope.add(name, { ...field, optype });
  const slot = scope.context.addSlot(
    { kind: 'treated', source: field.slot, treatment },
    scope.context.countLevels(field.slot) + 1,
  );
  scope.add(name, { ...field, optype, slot });
}

function readTreatment(element: XmlElement, type: DataField['type']): Treatment {
  const outliers = findWord(element, 'outliers', ['asIs', 'asMissingValues', 'asExtremeValues']) ?? 'asIs';
  const low = findNumber(element, 'lowValue') ?? -Infinity;
  const high = findNumber(element, 'highValue') ?? Infinity;
  if (outliers !== 'asIs' && !isNumeric(type)) fail(element, 'expected no outliers in a field of no numeric type');
  if (low > high) fail(element, 'expected lowValue below highValue');
  const replacement = element.attributes['missingValueReplacement'];
  const treatment = findWord(element, 'missingValueTreatment', [
    'asIs',
    'asMean',
    'asMode',
    'asMedian',
    'asValue',
    'returnInvalid',
  ]);
  if (treatment === 'returnInvalid' && replacement !== undefined)
    fail(element, 'expected either missingValueReplacement or missingValueTreatment="returnInvalid"');
  return {
    outliers,
    low: type === 'float' ? Math.fround(low) : low,
    high: type === 'float' ? Math.fround(high) : high,
    missing: treatment === 'returnInvalid' ? 'reject' : replacement === undefined ? 'keep' : 'replace',
    replacement: replacement === undefined ? null : parseValue(replacement, type, element),
  };
}
