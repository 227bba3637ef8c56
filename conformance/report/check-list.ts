/** The catalogue of checks, to read: on a terminal, and as docs/checks.md. */
import type { NamedCheck } from '../checks/all-checks.ts';
import { GROUPS } from '../check.ts';
import { toTitle } from './text.ts';

/** The catalogue for a terminal, a line a check. */
export function toCheckList(checks: readonly NamedCheck[]): string {
  const width = Math.max(...checks.map(({ id }) => id.length));
  return GROUPS.flatMap((group) => {
    const some = checks.filter((check) => check.group === group);
    if (some.length === 0) return [];
    const lines = some.map(({ id, level, statement }) => `  ${id.padEnd(width)}  ${level.padEnd(11)}  ${statement}`);
    return [toTitle(group), ...lines, ''];
  })
    .join('\n')
    .trimEnd();
}

/** The catalogue as a page of the documentation. */
export function toCheckPage(checks: readonly NamedCheck[]): string {
  const lines = [
    '<!-- Written by `npm run checks` from conformance/catalogue.ts. Do not edit. -->',
    '',
    '# The checks',
    '',
    `What \`custom-ml-engine check\` asks of an engine: ${checks.length} checks. [conformance.md](conformance.md) tells how to run them and`,
    'how to read what they say. Ids are stable. A check whose evidence is missing is not run, and says which check to see.',
  ];
  for (const group of GROUPS) {
    lines.push('', `## ${toTitle(group)}`);
    for (const { id, level, statement, why, mend } of checks.filter((check) => check.group === group)) {
      lines.push(
        '',
        `### \`${id}\``,
        '',
        `${escape(statement)} _${level}_`,
        '',
        `- Why: ${escape(why)}`,
        `- Mend: ${escape(mend)}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

function escape(text: string): string {
  return text.replace(/[<>*_|[\]]/g, (letter) => `\\${letter}`);
}
