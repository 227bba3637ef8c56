/** The positive class of a binary label: the one that precision, recall, thresholds and gains are about. */
import { CommandError } from '../errors/command-error.ts';
import { formatList, formatName } from '../errors/quote-text.ts';

/**
 * The position of the class that the user names.
 * @param classes undefined for a regression
 * @throws {CommandError} if the label does not have two classes, or not this one
 */
export function findPositive(text: string, name: string, classes: readonly (string | number)[] | undefined): number {
  const label = `the label ${formatName(name)}`;
  if (classes?.length !== 2) {
    const has = classes ? `${label} has ${classes.length}` : `${label} is a number`;
    throw new CommandError(`--positive names one of two classes, but ${has}. Leave it out.`);
  }
  const found = classes.findIndex((value) => String(value) === text.trim() || isSameNumber(value, text));
  if (found < 0)
    throw new CommandError(`--positive: expected one of the classes of ${label}: ${formatList(classes.map(String))}.`);
  return found;
}

function isSameNumber(value: string | number, text: string): boolean {
  return typeof value === 'number' && text.trim() !== '' && Number(text) === value;
}

/**
 * The positive class unless the user names one: the rarer one, or the second if both are equally frequent; undefined if
 * there are not two classes.
 * @param counts the number of training rows of each class
 */
export function choosePositive(counts: readonly number[]): number | undefined {
  if (counts.length !== 2) return undefined;
  return (counts[0] as number) < (counts[1] as number) ? 0 : 1;
}
