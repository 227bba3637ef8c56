/** Evaluates predicates in the three-valued logic of PMML. */
import type { Frame, Getter } from './frame.ts';
import { OPERATOR, type PredicatesPlan, type Value } from './plan.ts';

/** The truth values. */
export const TRUTH = { false: 0, true: 1, unknown: 2 } as const;

/** Tells the truth value of a predicate, given by its index, for a row. */
export type Judge = (predicate: number, frame: Frame) => number;

/** Builds the evaluation of a list of predicates. */
export function buildJudge(plan: PredicatesPlan, getters: readonly Getter[]): Judge {
  const { operator, slot, number, index, firstChild, nextSibling, values } = plan;
  const sets = plan.sets.map((set) => new Set(set));
  const ranks = plan.orders.map((order) => new Map(order.map((value, rank) => [value, rank])));

  const judge: Judge = (predicate, frame) => {
    const code = operator[predicate] as number;
    if (code === OPERATOR.true) return TRUTH.true;
    if (code === OPERATOR.false) return TRUTH.false;
    if (code >= OPERATOR.and && code <= OPERATOR.surrogate) return judgeCompound(code, predicate, frame);
    const value = (getters[slot[predicate] as number] as Getter)(frame);
    if (code === OPERATOR.isMissing) return value === null ? TRUTH.true : TRUTH.false;
    if (code === OPERATOR.isNotMissing) return value === null ? TRUTH.false : TRUTH.true;
    if (value === null) return TRUTH.unknown;
    return holds(code, predicate, value) ? TRUTH.true : TRUTH.false;
  };

  const holds = (code: number, predicate: number, value: Exclude<Value, null>): boolean => {
    switch (code) {
      case OPERATOR.equal:
        return value === number[predicate];
      case OPERATOR.notEqual:
        return value !== number[predicate];
      case OPERATOR.less:
        return (value as number) < (number[predicate] as number);
      case OPERATOR.atMost:
        return (value as number) <= (number[predicate] as number);
      case OPERATOR.greater:
        return (value as number) > (number[predicate] as number);
      case OPERATOR.atLeast:
        return (value as number) >= (number[predicate] as number);
      case OPERATOR.equalValue:
        return value === values[index[predicate] as number];
      case OPERATOR.notEqualValue:
        return value !== values[index[predicate] as number];
      case OPERATOR.isIn:
        return (sets[index[predicate] as number] as Set<Value>).has(value);
      case OPERATOR.isNotIn:
        return !(sets[index[predicate] as number] as Set<Value>).has(value);
      default: {
        // A value that has no rank is neither below nor above another.
        const rank = (ranks[index[predicate] as number] as Map<Value, number>).get(value) ?? NaN;
        const bound = number[predicate] as number;
        if (code === OPERATOR.lessRank) return rank < bound;
        if (code === OPERATOR.atMostRank) return rank <= bound;
        return code === OPERATOR.greaterRank ? rank > bound : rank >= bound;
      }
    }
  };

  const judgeCompound = (code: number, predicate: number, frame: Frame): number => {
    let isUnknown = false;
    let parity: number = TRUTH.false;
    for (let child = firstChild[predicate] as number; child >= 0; child = nextSibling[child] as number) {
      const truth = judge(child, frame);
      if (code === OPERATOR.surrogate) {
        if (truth !== TRUTH.unknown) return truth;
      } else if (truth === TRUTH.unknown) isUnknown = true;
      else if (code === OPERATOR.and && truth === TRUTH.false) return TRUTH.false;
      else if (code === OPERATOR.or && truth === TRUTH.true) return TRUTH.true;
      else parity ^= truth;
    }
    if (isUnknown || code === OPERATOR.surrogate) return TRUTH.unknown;
    if (code === OPERATOR.xor) return parity;
    return code === OPERATOR.and ? TRUTH.true : TRUTH.false;
  };
  return judge;
}
