/** Resolves predicates: the names of fields to slots, and the texts that they are compared with to values. */
import { OPERATOR, type PredicatesPlan, type Value } from './plan.ts';
import { isPredicate, RAW_OPERATORS, RawPredicates } from './raw-tree.ts';
import type { Field, Scope } from './scope.ts';
import { isNumeric, isOrdered, toValue } from './values.ts';
import { fail, refuse, toName, toNumber } from './place.ts';
import { listItems, type XmlElement } from './xml-element.ts';

/** Each value once, by type and content. */
class Values {
  private readonly indexes = new Map<Value, number>();
  readonly list: Value[] = [];

  toIndex(value: Value): number {
    let index = this.indexes.get(value);
    if (index === undefined) {
      index = this.list.push(value) - 1;
      this.indexes.set(value, index);
    }
    return index;
  }
}

const RANKS = {
  [OPERATOR.less]: OPERATOR.lessRank,
  [OPERATOR.atMost]: OPERATOR.atMostRank,
  [OPERATOR.greater]: OPERATOR.greaterRank,
  [OPERATOR.atLeast]: OPERATOR.atLeastRank,
} as const;

/** How XML writes infinite numbers, which some trees have as thresholds. */
function toInfinity(text: string): number | undefined {
  const match = /^\s*([+-]?)INF\s*$/.exec(text);
  return match ? (match[1] === '-' ? -Infinity : Infinity) : undefined;
}

/** Resolves predicates, whose indexes stay the same. */
export function resolvePredicates(raw: RawPredicates, scope: Scope): PredicatesPlan {
  const count = raw.operator.length;
  const plan = {
    operator: new Uint8Array(count),
    slot: new Int32Array(count).fill(-1),
    number: new Float64Array(count),
    index: new Int32Array(count).fill(-1),
    firstChild: raw.firstChild.toArray(),
    nextSibling: raw.nextSibling.toArray(),
    sets: [] as Value[][],
    orders: [] as (readonly Value[])[],
  };
  const values = new Values();
  const fields = new Map<number, Field>();
  const orders = new Map<number, number>();
  for (let index = 0; index < count; index++) {
    // The codes of the raw operators are those of OPERATOR.
    const operator = raw.operator.get(index);
    plan.operator[index] = operator;
    const name = raw.field.get(index);
    if (name < 0) continue;
    const at = { place: raw.place, line: raw.line.get(index) };
    let field = fields.get(name);
    if (!field) {
      field = scope.require(raw.texts.list[name] as string, at);
      fields.set(name, field);
    }
    const { slot, type, optype, order } = field;
    scope.context.touch(slot, at);
    plan.slot[index] = slot;
    if (operator === OPERATOR.isIn || operator === OPERATOR.isNotIn) {
      const texts = raw.sets[raw.value.get(index)] as readonly string[];
      plan.index[index] = plan.sets.push(texts.map((text) => toValue(text, type) ?? failValue(text, type, at))) - 1;
      continue;
    }
    if (operator === OPERATOR.isMissing || operator === OPERATOR.isNotMissing) continue;
    const text = raw.texts.list[raw.value.get(index)] as string;
    const infinity = type === 'float' || type === 'double' ? toInfinity(text) : undefined;
    if (infinity !== undefined) {
      plan.number[index] = infinity;
      continue;
    }
    if (type === 'integer' && toNumber(text) !== undefined) {
      // An integer may be compared with 6.5.
      plan.number[index] = toNumber(text) as number;
    } else {
      const value = toValue(text, type) ?? failValue(text, type, at);
      if (typeof value === 'number') plan.number[index] = value;
      else {
        plan.index[index] = values.toIndex(value);
        if (operator === OPERATOR.equal) plan.operator[index] = OPERATOR.equalValue;
        else if (operator === OPERATOR.notEqual) plan.operator[index] = OPERATOR.notEqualValue;
      }
    }
    if (operator === OPERATOR.equal || operator === OPERATOR.notEqual) continue;
    if (optype === 'ordinal' && order && order.length > 0) {
      const value = toValue(text, type) as Value;
      const rank = order.indexOf(value);
      if (rank < 0) fail(at, `the value of the predicate: expected a value of the ordinal field`);
      plan.operator[index] = RANKS[operator as keyof typeof RANKS];
      plan.number[index] = rank;
      const known = orders.get(slot) ?? plan.orders.push(order) - 1;
      orders.set(slot, known);
      plan.index[index] = known;
    } else if (!isOrdered(type) || (optype === 'categorical' && !isNumeric(type))) {
      const field = toName(raw.texts.list[name] as string);
      refuse(at, `${RAW_OPERATORS[operator]} on the field ${field}`, 'it is of no numeric type and has no order');
    }
  }
  checkXor(plan, raw);
  return { ...plan, values: values.list };
}

function failValue(text: string, type: string, at: { place: string; line: number }): never {
  fail(at, `the value ${toName(text)} of the predicate: expected a value of type ${type}, as the field`);
}

/** Xor of more than two is read as the parity by some, and as "exactly one" by others. */
function checkXor(
  { operator, firstChild, nextSibling }: Pick<PredicatesPlan, 'operator' | 'firstChild' | 'nextSibling'>,
  raw: RawPredicates,
): void {
  for (let index = 0; index < operator.length; index++) {
    if ((operator[index] as number) !== OPERATOR.xor) continue;
    let count = 0;
    for (let child = firstChild[index] as number; child >= 0; child = nextSibling[child] as number) count++;
    if (count !== 2) raw.fail(index, 'xor of more or less than two predicates is not supported');
  }
}

/** The predicate among the children of an element, added to `raw`. */
export function addPredicate(element: XmlElement, raw: RawPredicates): number {
  const found = element.children.filter(({ name }) => isPredicate(name));
  if (found.length !== 1) fail(element, `expected one predicate in ${element.name}`);
  return addElement(found[0] as XmlElement, raw);
}

/** Adds a predicate and those in it. */
function addElement(element: XmlElement, raw: RawPredicates): number {
  const index = raw.add(element.name, element.attributes, element.line);
  let last = -1;
  for (const child of element.children) {
    if (element.name === 'SimpleSetPredicate' && child.name === 'Array') {
      raw.addSet(index, listItems(child));
    } else if (element.name === 'CompoundPredicate' && isPredicate(child.name)) {
      last = raw.link(index, last, addElement(child, raw));
    } else refuse(child, `the element ${toName(child.name)} in ${element.name}`);
  }
  raw.finish(index);
  return index;
}
