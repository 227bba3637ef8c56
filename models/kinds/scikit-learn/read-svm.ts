/** Reads support vector machines as libsvm has them. */
import type { Cursor } from './cursor.ts';
import type { SvmStep } from './program.ts';
import { fail, type Reader, type Slot } from './reader.ts';

/** Reads a machine. */
export function readSvm(reader: Reader, cursor: Cursor, slots: readonly Slot[], classes: number): SvmStep {
  reader.takeNumbers(slots, cursor);
  reader.requireCells(slots);
  const isEmpty = Array.isArray(cursor.at('vectors').value) && (cursor.at('vectors').value as unknown[]).length === 0;
  if (isEmpty) fail(cursor.at('vectors'), 'one support vector or more');
  const { values: vectors, count: vectorCount } = cursor.at('vectors').rows(slots.length);
  const rows = classes === 0 ? 1 : classes - 1;
  const pairs = classes === 0 ? 1 : (classes * (classes - 1)) / 2;
  const coefficients = cursor.at('coefficients').rows(vectorCount, rows).values;
  const intercepts = cursor.at('intercepts').numbers(pairs);
  const counts = Float64Array.from(classes === 0 ? [] : cursor.at('counts').integers(0, vectorCount, classes));
  if (classes > 0 && counts.reduce((sum, count) => sum + count, 0) !== vectorCount)
    fail(cursor.at('counts'), `counts whose sum is ${vectorCount}`);
  const probability = classes > 0 && cursor.has('probability') ? cursor.at('probability') : undefined;
  return {
    type: 'svm',
    classes,
    kernel: cursor.at('kernel').oneOf(['linear', 'poly', 'rbf', 'sigmoid']),
    gamma: cursor.at('gamma').number(),
    coef0: cursor.at('coef0').number(),
    degree: cursor.at('degree').integer(0, 1000),
    vectors,
    vectorCount,
    coefficients,
    intercepts,
    counts,
    ovr: classes > 0 && cursor.at('ovr').flag(),
    breakTies: classes > 0 && cursor.at('break_ties').flag(),
    probability: probability && { a: probability.at('a').numbers(pairs), b: probability.at('b').numbers(pairs) },
  };
}
