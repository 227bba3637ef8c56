/**
 * Selects the checks to run: all of them, those of `--only`, or all except those of `--skip`. Those of logging, which leave something
 * behind, are run only if they are named, or with `--logging`.
 */
import { ALL_CHECKS, type NamedCheck } from './checks/all-checks.ts';
import { GROUPS } from './check.ts';
import { UsageError } from './usage-error.ts';

export interface Selection {
  /** Check ids, or names of groups. */
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  /** Whether those of logging are among them although nobody names them; false by default. */
  readonly logging?: boolean;
}

/**
 * The selected checks, in the order of ALL_CHECKS.
 * @throws {UsageError} for a name that is neither a check nor a group, suggesting the nearest one, and when no check is left
 */
export function selectChecks({ only, skip = [], logging = false }: Selection): NamedCheck[] {
  for (const [option, names] of Object.entries({ '--only': only ?? [], '--skip': skip })) {
    for (const name of names) checkName(option, name);
  }
  const isNamed = ({ id, group }: NamedCheck, names: readonly string[]) => names.includes(id) || names.includes(group);
  const isMeant = (entry: NamedCheck) =>
    only ? isNamed(entry, only) || (logging && entry.group === 'logging') : logging || entry.group !== 'logging';
  const selected = ALL_CHECKS.filter((entry) => isMeant(entry) && !isNamed(entry, skip));
  if (selected.length === 0) throw new UsageError('--only and --skip leave no check to run.');
  return selected;
}

function checkName(option: string, name: string): void {
  const names: readonly string[] = [...ALL_CHECKS.map(({ id }) => id), ...GROUPS];
  if (names.includes(name)) return;
  const nearest = names.reduce((a, b) => (toDistance(name, b) < toDistance(name, a) ? b : a));
  throw new UsageError(
    `${option}: there is no check ${JSON.stringify(name)}; did you mean ${nearest}? --list shows all checks.`,
  );
}

/** The Levenshtein distance of two strings. */
function toDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1);
    }
    row = next;
  }
  return row[b.length] as number;
}
