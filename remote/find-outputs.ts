/**
 * Finds out which outputs of a reply have one value per row. The length of a list in one reply does not show it: a list of two
 * classes is as long as a batch of two rows. So batches of different size are compared.
 */
import type { Outputs } from './adapter.ts';
import { isSingle } from './reply/read-outputs.ts';

/** The outputs of a reply, and how many rows it is about. */
export interface BatchOutputs {
  readonly rowCount: number;
  readonly outputs: Outputs;
}

/** What the comparison shows. */
export interface FoundOutputs {
  /** Outputs with a single value per row. */
  readonly singles: readonly string[];
  /** Outputs with several values per row. */
  readonly vectors: readonly string[];
  /** Distinct values in an output that is the same for every batch: the names of the classes, if there are as many probabilities. */
  readonly classes?: readonly (string | number)[];
}

/** The usual names of an output that lists the classes. */
const CLASSES = /^(?:classes|class_names|classes_|labels|label_names|target_names)$/i;

/** Compares outputs; undefined if all batches have the same size. */
export function findOutputs(batches: readonly BatchOutputs[]): FoundOutputs | undefined {
  const [first] = batches;
  if (!first || batches.every(({ rowCount }) => rowCount === first.rowCount)) return undefined;
  const names = [...first.outputs.keys()].filter((name) => batches.every(({ outputs }) => outputs.has(name)));
  const perRow = names.filter((name) =>
    batches.every(({ outputs, rowCount }) => outputs.get(name)?.length === rowCount),
  );
  const singles = perRow.filter((name) => isSingle(first.outputs.get(name)?.[0]));
  const vectors = perRow.filter((name) => !singles.includes(name));
  const classes = names
    .filter((name) => CLASSES.test(name) && !perRow.includes(name))
    .map((name) => toClasses(batches.map(({ outputs }) => outputs.get(name) ?? [])))
    .find((list) => list !== undefined);
  return { singles, vectors, ...(classes && { classes }) };
}

/** The values of lists that are equal, if they are distinct labels. */
function toClasses([first = [], ...others]: readonly (readonly unknown[])[]): (string | number)[] | undefined {
  const text = JSON.stringify(first);
  const labels = first.filter((value) => typeof value === 'string' || typeof value === 'number');
  const areEqual = others.every((other) => JSON.stringify(other) === text);
  return areEqual && labels.length === first.length && new Set(labels).size === labels.length && labels.length > 1
    ? labels
    : undefined;
}
