/**
 * The nodes and predicates of a tree model as they stand in the file, in arrays: a forest has millions of them. Names and
 * values are numbered texts, which are understood later, when the types of the fields are known.
 */
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { GrowingFloats, GrowingIntegers } from './growing-numbers.ts';
import { fail, toName, toNumber, type Place } from './place.ts';

/** The operators of predicates, by their codes. */
export const RAW_OPERATORS = [
  'False',
  'True',
  'equal',
  'notEqual',
  'lessThan',
  'lessOrEqual',
  'greaterThan',
  'greaterOrEqual',
  'isMissing',
  'isNotMissing',
  'isIn',
  'isNotIn',
  'and',
  'or',
  'xor',
  'surrogate',
] as const;
export type RawOperator = (typeof RAW_OPERATORS)[number];

/** The elements that are predicates. */
export const PREDICATES: readonly string[] = [
  'True',
  'False',
  'SimplePredicate',
  'SimpleSetPredicate',
  'CompoundPredicate',
];

/** Whether an element is a predicate. */
export function isPredicate(name: string): boolean {
  return PREDICATES.includes(name);
}

/** Texts by number, each once. */
export class Texts {
  private readonly numbers = new Map<string, number>();
  readonly list: string[] = [];

  toIndex(text: string): number {
    let index = this.numbers.get(text);
    if (index === undefined) {
      index = this.list.push(text) - 1;
      this.numbers.set(text, index);
    }
    return index;
  }
}

/** Predicates as they stand in the file. */
export class RawPredicates {
  readonly texts = new Texts();
  /** The index of the operator in RAW_OPERATORS. */
  readonly operator = new GrowingIntegers();
  /** The number of the field's name. */
  readonly field = new GrowingIntegers();
  /** The number of the value's text; for a set, its index in `sets`; -1 without. */
  readonly value = new GrowingIntegers();
  readonly line = new GrowingIntegers();
  readonly firstChild = new GrowingIntegers();
  readonly nextSibling = new GrowingIntegers();
  readonly sets: (readonly string[])[] = [];
  readonly place: string;

  constructor(place: string) {
    this.place = place;
  }

  /** Adds a predicate, without its children and its set. */
  add(name: string, attributes: Readonly<Record<string, string>>, line: number): number {
    const { operator, field, value } = this.parse(name, attributes, line);
    this.field.push(field === undefined ? -1 : this.texts.toIndex(field));
    this.value.push(value === undefined ? -1 : this.texts.toIndex(value));
    this.line.push(line);
    this.firstChild.push(-1);
    this.nextSibling.push(-1);
    return this.operator.push(RAW_OPERATORS.indexOf(operator));
  }

  private parse(
    name: string,
    attributes: Readonly<Record<string, string>>,
    line: number,
  ): { operator: RawOperator; field?: string | undefined; value?: string | undefined } {
    const at = { place: this.place, line };
    const known =
      name === 'SimplePredicate'
        ? ['field', 'operator', 'value']
        : name === 'SimpleSetPredicate'
          ? ['field', 'booleanOperator']
          : ['booleanOperator'];
    for (const key in attributes)
      if (!known.includes(key)) fail(at, `the attribute ${toName(key)} of ${name} is not supported`);
    if (name === 'True' || name === 'False') return { operator: name };
    const word = attributes[name === 'SimplePredicate' ? 'operator' : 'booleanOperator'];
    const allowed =
      name === 'SimplePredicate'
        ? RAW_OPERATORS.slice(2, 10)
        : name === 'SimpleSetPredicate'
          ? RAW_OPERATORS.slice(10, 12)
          : RAW_OPERATORS.slice(12);
    const operator =
      allowed.find((one) => one === word) ?? fail(at, `${name}: expected an operator, one of ${allowed.join(', ')}`);
    if (name === 'CompoundPredicate') return { operator };
    const { field, value } = attributes;
    if (field === undefined) fail(at, `expected the attribute field in ${name}`);
    const takesValue = name === 'SimplePredicate' && operator !== 'isMissing' && operator !== 'isNotMissing';
    if (takesValue && value === undefined) fail(at, 'expected the attribute value in SimplePredicate');
    return { operator, field, value: takesValue ? value : undefined };
  }

  addSet(predicate: number, items: readonly string[]): void {
    if (this.value.get(predicate) >= 0) this.fail(predicate, 'expected one Array in SimpleSetPredicate');
    this.value.set(predicate, this.sets.push(items) - 1);
  }

  /** Appends a child to a compound predicate, behind the last one; -1 for none. */
  link(predicate: number, last: number, child: number): number {
    if (last < 0) this.firstChild.set(predicate, child);
    else this.nextSibling.set(last, child);
    return child;
  }

  /** Checks a predicate whose children and set have been added. */
  finish(predicate: number): void {
    const operator = this.operator.get(predicate);
    const isSet = operator === 10 || operator === 11;
    if (isSet && this.value.get(predicate) < 0) this.fail(predicate, 'expected an Array in SimpleSetPredicate');
    if (operator < 12) return;
    const first = this.firstChild.get(predicate);
    if (first < 0) this.fail(predicate, 'expected predicates in CompoundPredicate');
  }

  fail(predicate: number, problem: string): never {
    throw new DeploymentError([`${this.place}:${this.line.get(predicate)}: ${problem}`]);
  }
}

/** The nodes of a tree model; node 0 is the root, and a node comes before its children. */
export class RawTree {
  readonly predicates: RawPredicates;
  /** Texts of scores, ids and classes. */
  readonly texts = new Texts();
  readonly firstChild = new GrowingIntegers();
  readonly nextSibling = new GrowingIntegers();
  /** The index of the node's predicate. */
  readonly predicate = new GrowingIntegers();
  /** The numbers of texts; -1 without. */
  readonly score = new GrowingIntegers();
  readonly id = new GrowingIntegers();
  readonly defaultChild = new GrowingIntegers();
  /** NaN without. */
  readonly recordCount = new GrowingFloats();
  readonly line = new GrowingIntegers();
  /** The index of the node's first ScoreDistribution; its last one is before that of the next node that has some. */
  readonly firstShare = new GrowingIntegers();
  readonly shareCount = new GrowingIntegers();
  readonly shareClass = new GrowingIntegers();
  /** NaN without. */
  readonly shareRecords = new GrowingFloats();
  readonly shareProbability = new GrowingFloats();
  readonly shareConfidence = new GrowingFloats();

  constructor(place: string) {
    this.predicates = new RawPredicates(place);
  }

  get length(): number {
    return this.firstChild.length;
  }

  /** The place of a node, for messages. */
  toPlace(node: number): Place {
    return { place: this.predicates.place, line: this.line.get(node) };
  }

  addNode(attributes: Readonly<Record<string, string>>, line: number): number {
    const at = { place: this.predicates.place, line };
    for (const key in attributes)
      if (!['id', 'score', 'recordCount', 'defaultChild'].includes(key))
        fail(at, `the attribute ${toName(key)} of Node is not supported`);
    const { id, score, recordCount, defaultChild } = attributes;
    this.nextSibling.push(-1);
    this.predicate.push(-1);
    this.score.push(score === undefined ? -1 : this.texts.toIndex(score));
    this.id.push(id === undefined ? -1 : this.texts.toIndex(id));
    this.defaultChild.push(defaultChild === undefined ? -1 : this.texts.toIndex(defaultChild));
    this.recordCount.push(toOptionalNumber(recordCount, at, 'recordCount'));
    this.line.push(line);
    this.firstShare.push(-1);
    this.shareCount.push(0);
    return this.firstChild.push(-1);
  }

  addShare(node: number, attributes: Readonly<Record<string, string>>, line: number): void {
    const at = { place: this.predicates.place, line };
    for (const key in attributes)
      if (!['value', 'recordCount', 'probability', 'confidence'].includes(key))
        fail(at, `the attribute ${toName(key)} of ScoreDistribution is not supported`);
    const { value, recordCount, probability, confidence } = attributes;
    if (value === undefined) fail(at, 'expected the attribute value in ScoreDistribution');
    const index = this.shareClass.push(this.texts.toIndex(value));
    this.shareRecords.push(toOptionalNumber(recordCount, at, 'recordCount'));
    this.shareProbability.push(toOptionalNumber(probability, at, 'probability'));
    this.shareConfidence.push(toOptionalNumber(confidence, at, 'confidence'));
    if (this.shareCount.get(node) === 0) this.firstShare.set(node, index);
    else if (this.firstShare.get(node) + this.shareCount.get(node) !== index)
      fail(at, 'expected each ScoreDistribution before the first Node');
    this.shareCount.set(node, this.shareCount.get(node) + 1);
  }
}

function toOptionalNumber(text: string | undefined, at: Place, name: string): number {
  if (text === undefined) return NaN;
  const number = toNumber(text);
  if (number === undefined || number < 0) fail(at, `${name}: expected a number, not below 0`);
  return number;
}
