/** Finds out what a number in a reply means: it may be the probability of the predicted class, of a fixed class, or an amount. */
import type { NamedNumbers } from '../remote/adapter.ts';
import { CommandError } from '../errors/command-error.ts';
import { formatClasses, type Class } from './class-labels.ts';

/** What a number beside the labels means, or that it is unknown. */
export interface NumberMeaning {
  readonly notice: string;
  /** The classes in the order that the settings require. */
  readonly classes?: readonly Class[];
  readonly settings?: { readonly output: Readonly<Record<string, string>> };
}

/**
 * The meaning of a number beside labels of two classes, if the rows prove it. Below one half it cannot be the probability of the
 * predicted class. If it always separates the two labels, it is that of a fixed class; if it never falls below one half and
 * does not separate them, it is that of the predicted class.
 */
export function explainNumber(
  number: NamedNumbers | undefined,
  labels: readonly Class[],
  classes: readonly Class[],
): NumberMeaning | undefined {
  const values = number?.values.filter(
    (value): value is number => typeof value === 'number' && value >= 0 && value <= 1,
  );
  if (!number || !values || values.length < labels.length) return undefined;
  const [one, other] = classes as [Class, Class];
  if (classes.length !== 2) {
    return {
      notice: `The number beside the label (${number.name}) is not published: with ${classes.length} classes, it is only one of ${classes.length} probabilities.`,
    };
  }
  const of = (name: Class) => values.filter((_, row) => labels[row] === name);
  const [ofOne, ofOther] = [of(one), of(other)];
  // A label that never occurs separates nothing, and proves nothing.
  const isAbove = (high: readonly number[], low: readonly number[]) => Math.min(...high) > Math.max(...low);
  const isSplit = (high: readonly number[], low: readonly number[]) =>
    high.length > 0 && low.length > 0 && Math.min(...high) >= 0.5 && Math.max(...low) < 0.5;
  const isConfidence = Math.min(...values) >= 0.5 && !isAbove(ofOne, ofOther) && !isAbove(ofOther, ofOne);
  if (isConfidence) {
    return {
      notice: `The number beside the label (${number.name}) is the probability of the predicted class, as the rows show.`,
      settings: { output: { confidence: number.name } },
    };
  }
  const second = isSplit(ofOther, ofOne) ? other : isSplit(ofOne, ofOther) ? one : undefined;
  if (second !== undefined) {
    return {
      notice: `The number beside the label (${number.name}) is the probability of ${String(second)}, as the rows show.`,
      classes: [second === one ? other : one, second],
      settings: { output: { probability: number.name } },
    };
  }
  return {
    notice:
      `The meaning of the number beside the label (${number.name}) is unknown. If it is the probability of the predicted class, use ` +
      `--set output.confidence=${number.name}; if it is that of ${String(other)}, ` +
      `--set output.probability=${number.name} --labels ${[one, other].join(',')}.`,
  };
}

/** Numbers that may be probabilities, and what is known about the classes. */
export interface NumberQuestion {
  readonly numbers: readonly number[];
  /** The classes in the order of the user, or of the server's declaration. */
  readonly classes: readonly Class[] | undefined;
  readonly truth: readonly (Class | undefined)[] | undefined;
  /** The column with the true classes. */
  readonly column: string | undefined;
}

/** The question that a reply with one number from 0 to 1 per row raises, with the settings that answer it. */
export function toNumberQuestion({ numbers, classes, truth = [], column }: NumberQuestion): CommandError {
  const found = [...new Set(truth.filter((value) => value !== undefined))].sort();
  const orders = classes?.length === 2 ? [classes] : found.length === 2 ? [found, [...found].reverse()] : [];
  const describe = (order: readonly Class[]) => {
    const [first, second] = order as [Class, Class];
    const labels = classes ? '' : ` --labels ${order.join(',')}`;
    const known = truth.filter((value) => value !== undefined).length;
    const matching = truth.filter(
      (value, row) => value !== undefined && String(value) === String((numbers[row] as number) >= 0.5 ? second : first),
    ).length;
    const evidence =
      known === 0 ? '' : ` (then ${matching} of ${known} predictions match column \`${String(column)}\`)`;
    return `--set output.scalar=positive_probability${labels} reads it as that of ${String(second)}${evidence}`;
  };
  const answers =
    orders.length > 0
      ? orders.map(describe).join('; ')
      : `--set output.scalar=positive_probability reads it as that of the second of two classes, which --labels names${
          found.length > 0 ? ` (the rows have ${formatClasses(found)})` : ''
        }`;
  return new CommandError(
    `The reply has one number from 0 to 1 per row. If it is a probability: ${answers}. If it is an amount: --problem-type regression.`,
  );
}
