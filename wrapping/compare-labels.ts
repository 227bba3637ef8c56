/**
 * Compares the labels that a server predicts with the classes that they should be: a server may write GOOD for good, base64, or 0
 * and 1. Different spellings would become classes of their own, so they are mapped by a setting, and never merged by guess.
 */
import { toArgument } from '../errors/quote-text.ts';
import { CommandError } from '../errors/command-error.ts';
import { formatClass, formatClasses, type Class } from './class-labels.ts';

/** Labels and what they are compared with. */
export interface LabelComparison {
  /** The label that the server predicts for each row. */
  readonly predicted: readonly Class[];
  /** The true class of each row, undefined where it is missing. */
  readonly truth: readonly (Class | undefined)[] | undefined;
  /** The name of the column with the true classes. */
  readonly column: string;
}

/**
 * Checks that predictions and true labels are written alike. Either may lack classes that the other has.
 * @throws {CommandError} with the comparison and the setting that maps the labels
 */
export function checkSpelling(comparison: LabelComparison): void {
  const { predicted, truth = [], column } = comparison;
  const labels = unique(predicted);
  const classes = unique(truth.filter((value) => value !== undefined));
  if (classes.length === 0) return;
  const areAlike = areSpelledAlike(labels, classes);
  // Classes that only one side has may be classes that the rows lack. If both sides have some, they may be the same ones.
  const strange = labels.filter((label) => !has(classes, label));
  if (areAlike && (strange.length === 0 || classes.every((name) => has(labels, name)))) return;
  const all = areAlike ? ` If they are other classes, --labels names all of them.` : '';
  throw new CommandError(
    `The server predicts ${formatClasses(labels)}, but column ${JSON.stringify(column)} has ${formatClasses(classes)}. ` +
      `${describeCounts(comparison)}${describeMapping(labels, classes, comparison)}${all}`,
  );
}

/**
 * Checks that classes named by the user, or declared by the server, are those of the predictions and of the true labels.
 * @param source where the classes come from, for the message
 * @throws {CommandError} with the comparison and the way out
 */
export function checkClasses(classes: readonly Class[], source: string, comparison: LabelComparison): void {
  const labels = unique(comparison.predicted);
  const unknown = labels.filter((label) => !has(classes, label));
  if (unknown.length > 0) {
    throw new CommandError(
      `The server predicts ${formatClasses(labels)}, but ${source} ${formatClasses(classes)}. ` +
        (areSpelledAlike(labels, classes)
          ? `Name all classes with --labels.`
          : describeMapping(labels, classes, comparison)),
    );
  }
  const truth = unique((comparison.truth ?? []).filter((value) => value !== undefined));
  if (truth.length === 0 || areSpelledAlike(truth, classes)) return;
  const column = JSON.stringify(comparison.column);
  throw new CommandError(
    `Column ${column} has ${formatClasses(truth)}, but ${source} ${formatClasses(classes)}. ` +
      `Name the classes as in the column with --labels, and map the server's labels to them with ` +
      `--set ${toArgument(`output.labels=${formatMap(classes, truth, comparison)}`)}; or leave the column out with --drop.`,
  );
}

/** Whether two lists of labels overlap, and no label of one is another spelling of a label in the other. */
function areSpelledAlike(labels: readonly Class[], classes: readonly Class[]): boolean {
  if (!labels.some((label) => has(classes, label))) return false;
  const others = labels.filter((label) => !has(classes, label));
  return !others.some((label) => classes.some((name) => isOtherSpelling(label, name)));
}

function has(classes: readonly Class[], label: Class): boolean {
  return classes.some((name) => String(name) === String(label));
}

/** Whether a label differs from a class only by case, blanks, the notation of a number, or base64. */
function isOtherSpelling(label: Class, name: Class): boolean {
  const [one, other] = [label, name].map((value) => String(value).trim().toLowerCase()) as [string, string];
  return one === other || isSameNumber(one, other) || decodeBase64(String(label)) === String(name);
}

function isSameNumber(one: string, other: string): boolean {
  return one !== '' && other !== '' && Number(one) === Number(other);
}

/** The text in base64, as servers write bytes in JSON; undefined for anything else. */
function decodeBase64(text: string): string | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64').toString();
}

/** How often each label is predicted for each true class. */
function describeCounts({ predicted, truth = [] }: LabelComparison): string {
  const lines = unique(predicted).map((label) => {
    const counts = new Map<string, number>();
    for (const [row, value] of truth.entries()) {
      if (value === undefined || String(predicted[row]) !== String(label)) continue;
      counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
    }
    return `${formatClass(label)}: ${[...counts].map(([name, count]) => `${count} × ${formatClass(name)}`).join(', ')}`;
  });
  return `By prediction, the true classes are ${lines.slice(0, MAX_LINES).join('; ')}${lines.length > MAX_LINES ? '; …' : ''}. `;
}

const MAX_LINES = 10;
/** A map with more labels is not one that a user would fill in. */
const MAX_MAPPED = 50;

function describeMapping(labels: readonly Class[], classes: readonly Class[], comparison: LabelComparison): string {
  if (labels.length > MAX_MAPPED)
    return `${labels.length} different predictions are no classes: --set output.prediction=… names another part of the reply.`;
  return `If these are the same classes, --set ${toArgument(`output.labels=${formatMap(labels, classes, comparison)}`)} maps them.`;
}

/** The setting that maps labels to classes: other spellings to theirs, else the class that the rows show, else a text for the user to replace. */
function formatMap(labels: readonly Class[], classes: readonly Class[], comparison: LabelComparison): string {
  const isKnown = (label: Class) => has(classes, label);
  const strange = labels.filter((label) => !isKnown(label));
  const findSpelling = (label: Class) => classes.find((name) => isOtherSpelling(label, name));
  const matches = labels.map((label) => findMatch(label, comparison));
  // Labels that are classes may be shifted, too: 1 and 2 in place of 0 and 1.
  const isProven = areDistinct(matches) && !strange.every((label) => findSpelling(label) !== undefined);
  const pairs = labels.map((label, index): [Class, Class | undefined] => {
    if (isProven) return [label, matches[index]];
    return [label, isKnown(label) ? label : (findSpelling(label) ?? matches[index])];
  });
  // Two labels for one class are no mapping.
  const isMapping = areDistinct(pairs.flatMap(([, name]) => name ?? []));
  const written = pairs.filter(([label, name]) => String(name) !== String(label));
  return JSON.stringify(
    Object.fromEntries(
      written.map(([label, name]) => [String(label), isMapping && name !== undefined ? name : `class of ${label}`]),
    ),
  );
}

function areDistinct(names: readonly (Class | undefined)[]): boolean {
  return names.every((name) => name !== undefined) && new Set(names.map(String)).size === names.length;
}

/** The true class of all rows with a predicted label, if there is only one. */
function findMatch(label: Class, { predicted, truth = [] }: LabelComparison): Class | undefined {
  const found = unique(
    truth.filter((value, row) => value !== undefined && String(predicted[row]) === String(label)) as Class[],
  );
  return found.length === 1 ? found[0] : undefined;
}

function unique(values: readonly Class[]): Class[] {
  return [...new Map(values.map((value) => [String(value), value])).values()];
}
