/** The list of checks: for a terminal, and as docs/checks.md. */
import type { NamedCheck } from '../checks/all-checks.ts';
import { GROUPS } from '../check.ts';
import { toTitle } from './text.ts';

/** The list for a terminal, one line per check. */
export function toCheckList(checks: readonly NamedCheck[]): string {
  const width = Math.max(...checks.map(({ id }) => id.length));
  return GROUPS.flatMap((group) => {
    const some = checks.filter((check) => check.group === group);
    if (some.length === 0) return [];
    const lines = some.map(
      ({ id, level, statement, raised }) =>
        `  ${id.padEnd(width)}  ${level.padEnd(11)}  ${statement}${raised ? ` (${toCondition(raised)})` : ''}`,
    );
    return [toTitle(group), ...lines, ''];
  })
    .join('\n')
    .trimEnd();
}

/** The list as a page of the documentation. */
export function toCheckPage(checks: readonly NamedCheck[]): string {
  const lines = [
    '<!-- Written by `npm run checks` from conformance/checks/. Do not edit. -->',
    '',
    '# The checks',
    '',
    `The ${checks.length} checks of \`custom-ml-engine check\`. [conformance.md](conformance.md) explains how to run them and how to read the`,
    'report. Ids are stable. A check whose evidence is missing is not run, and says which check to look at instead. Those of logging are',
    'run only with `--logging`, because the engine logs what they send.',
  ];
  for (const group of GROUPS) {
    lines.push('', `## ${toTitle(group)}`);
    for (const { id, level, raised, statement, why, fix } of checks.filter((check) => check.group === group)) {
      lines.push(
        '',
        `### \`${id}\``,
        '',
        `${escape(statement)} _${level}_${raised ? `; _${toCondition(raised)}_` : ''}`,
        '',
        `- Why: ${escape(why)}`,
        `- Fix: ${escape(fix)}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

function toCondition({ level, when }: NonNullable<NamedCheck['raised']>): string {
  return `${level} if ${when}`;
}

function escape(text: string): string {
  return text.replace(/[<>*_|[\]]/g, (letter) => `\\${letter}`);
}
