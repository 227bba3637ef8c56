import { SETTINGS, toVariable, type SettingName } from './settings.ts';
import { WORKER_NUMBER } from './workers/worker.ts';

/** What Kubernetes sets in each pod where a Service is called `engine`. */
const SERVICE_LINKS = /^ENGINE_(SERVICE_(HOST|PORT)|PORT_\d+_(TCP|UDP|SCTP))(_|$)/;
/** Max edits between a name and the one that was probably meant. */
const MAX_EDITS = 4;

/** A variable that looks like a setting and is none. */
export interface UnknownVariable {
  readonly variable: string;
  /** The setting that was probably meant. */
  readonly nearest?: string;
}

/** The variables of an environment that begin with ENGINE_ and have no meaning, such as a misspelled setting. */
export function findUnknownVariables(environment: Readonly<Record<string, unknown>>): UnknownVariable[] {
  const known = (Object.keys(SETTINGS) as SettingName[]).map(toVariable);
  return Object.keys(environment)
    .filter((name) => name.startsWith('ENGINE_') && !known.includes(name) && name !== WORKER_NUMBER)
    .filter((name) => !SERVICE_LINKS.test(name))
    .sort()
    .map((variable) => {
      const [best] = known
        .map((name) => ({ name, edits: countEdits(variable, name) }))
        .sort((one, other) => one.edits - other.edits);
      return { variable, ...(best && best.edits <= MAX_EDITS && { nearest: best.name }) };
    });
}

/** The Levenshtein distance. */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}
