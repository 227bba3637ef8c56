/** The report for a terminal. */
import type { Group } from '../check.ts';
import { EXAMPLES } from '../examples/examples.ts';
import type { Verdict } from '../outcome.ts';
import { decides, type CheckResult, type Finding, type Report } from './report.ts';
import { toSections, type Section } from './sections.ts';

const MARKS: Readonly<Record<Section['kind'], string>> = {
  failed: '✗',
  noted: 'i',
  'not-run': '○',
  passed: '✓',
  'not-applicable': '–',
};
const COLOURS = { green: 32, red: 31, yellow: 33, dim: 2, bold: 1 } as const;
const KIND_COLOURS: Readonly<Record<Section['kind'], keyof typeof COLOURS>> = {
  failed: 'red',
  noted: 'yellow',
  'not-run': 'yellow',
  passed: 'green',
  'not-applicable': 'dim',
};
/** At most this many findings of a check are shown. */
const MAX_FINDINGS = 5;
const MAX_WIDTH = 90;

type Paint = (text: string, colour: keyof typeof COLOURS) => string;

/** The report as text, with ANSI colours on request. What decides comes first; what passed is only listed. */
export function toTextReport(report: Report, { colour }: { readonly colour: boolean }): string {
  const paint: Paint = (text, name) => (colour ? `\u001b[${COLOURS[name]}m${text}\u001b[0m` : text);
  const { url, requests, seconds, deployments } = report;
  const lines = [
    paint(`Conformance of ${url}`, 'bold'),
    paint(...toHeadline(report)),
    `${toCount(deployments.length, 'deployment')} scored, ${toCount(requests.sent, 'request')}, ${seconds.toFixed(1)} s`,
    ...deployments.map(({ id, rows }) => paint(`  ${id}: rows ${rows}`, 'dim')),
  ];
  const shown = new Map<unknown, string>();
  for (const section of toSections(report)) {
    const title = `${section.title} (${section.results.length})`;
    lines.push('', paint(title, 'bold'), ...toLines(section, paint, shown));
  }
  return [...lines, '', ...toSummary(report, paint), ''].join('\n');
}

function toLines({ kind, results }: Section, paint: Paint, shown: Map<unknown, string>): string[] {
  switch (kind) {
    case 'failed':
    case 'noted':
      return results.flatMap((result) => toFailure(result, kind, paint, shown));
    case 'not-run':
      return toNotRun(results, paint);
    case 'passed':
      return toPassed(results, paint);
    case 'not-applicable':
      return toNotApplicable(results, paint);
  }
}

function toFailure(result: CheckResult, kind: Section['kind'], paint: Paint, shown: Map<unknown, string>): string[] {
  const { id, statement, why, fix, findings } = result;
  const wrong = findings.filter((finding) => finding.verdict === 'failed');
  return [
    paint(`  ${MARKS[kind]} ${id}  ${statement}`, KIND_COLOURS[kind]),
    ...wrong
      .slice(0, MAX_FINDINGS)
      .flatMap((finding) => [
        `      actual    ${toPlace(finding)}${finding.actual}`,
        `      expected  ${finding.expected}`,
        ...(finding.note === undefined ? [] : [`      note      ${finding.note}`]),
      ]),
    ...(wrong.length > MAX_FINDINGS ? [`      … and ${wrong.length - MAX_FINDINGS} more`] : []),
    `      why       ${why}`,
    `      fix       ${fix}`,
    ...toExampleLines(id, paint, shown),
  ];
}

/** The example of a check, or where it was shown before. */
function toExampleLines(id: CheckResult['id'], paint: Paint, shown: Map<unknown, string>): string[] {
  const example = EXAMPLES[id];
  const before = shown.get(example);
  if (before !== undefined) return [`      example   as for ${before}`];
  shown.set(example, id);
  const indent = (text: string) => text.split('\n').map((line) => paint(line === '' ? '' : `        ${line}`, 'dim'));
  return ['      Python', ...indent(example.python), '      JavaScript', ...indent(example.javascript)];
}

/** Checks that were not run for the same reason are grouped. */
function toNotRun(results: readonly CheckResult[], paint: Paint): string[] {
  const mark = paint(MARKS['not-run'], KIND_COLOURS['not-run']);
  return [...groupBy(results, (result) => listNotes(result).join('\n'))].flatMap(([reasons, some]) => {
    const [first] = some;
    if (some.length > 2 && first) return [`  ${mark} ${reasons.split('\n').join('\n    ')}`, ...toIds(some, paint)];
    return some.flatMap(({ id, statement }) => [
      `  ${mark} ${id}  ${statement}`,
      ...reasons.split('\n').map((reason) => paint(`      ${reason}`, 'dim')),
    ]);
  });
}

/** What passed: first the ids alone, then the checks that measured something. */
function toPassed(results: readonly CheckResult[], paint: Paint): string[] {
  const measured = results.flatMap((result) => {
    const notes = listNotes(result);
    return notes.length === 0 ? [] : [{ id: result.id, notes }];
  });
  const ids = new Set(measured.map(({ id }) => id));
  const width = Math.max(0, ...measured.map(({ id }) => id.length));
  const mark = paint(MARKS.passed, KIND_COLOURS.passed);
  return [
    ...toIds(
      results.filter(({ id }) => !ids.has(id)),
      paint,
    ),
    ...measured.map(({ id, notes }) => `  ${mark} ${id.padEnd(width)}  ${paint(notes.join('; '), 'dim')}`),
  ];
}

/** The ids of what is not applicable, with the reason if several checks share it. */
function toNotApplicable(results: readonly CheckResult[], paint: Paint): string[] {
  const groups = [...groupBy(results, toFirstReason)];
  const shared = groups.filter(([, some]) => some.length > 2);
  const others = groups.filter(([, some]) => some.length <= 2).flatMap(([, some]) => some);
  const mark = paint(MARKS['not-applicable'], KIND_COLOURS['not-applicable']);
  return [
    ...toIds(others, paint),
    ...shared.flatMap(([reason, some]) => [`  ${mark} ${reason}`, ...toIds(some, paint)]),
  ];
}

/** Ids in lines of limited width. */
function toIds(results: readonly CheckResult[], paint: Paint): string[] {
  const lines: string[] = [];
  for (const { id } of results) {
    const line = lines.at(-1);
    if (line === undefined || line.length + id.length > MAX_WIDTH) lines.push(id);
    else lines[lines.length - 1] = `${line}, ${id}`;
  }
  return lines.map((line, index) => paint(`      ${line}${index < lines.length - 1 ? ',' : ''}`, 'dim'));
}

function groupBy<T>(items: readonly T[], toKey: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(toKey(item), [...(groups.get(toKey(item)) ?? []), item]);
  return groups;
}

function toFirstReason({ findings }: CheckResult): string {
  return findings.map((finding) => ('reason' in finding ? finding.reason : '')).find((reason) => reason !== '') ?? '';
}

/** Why a check was not run, or what it measured; once if it is the same for all deployments. */
function listNotes({ verdict, findings }: CheckResult): string[] {
  const relevant = findings.filter((finding) => finding.verdict === verdict);
  const alike = new Set(relevant.map((finding) => ('reason' in finding ? finding.reason : finding.note)));
  if (relevant.length > 1 && alike.size === 1) return [...alike].filter((note) => note !== undefined);
  const notes = relevant.map(toNote).filter((note) => note !== '');
  return notes.length > MAX_FINDINGS ? [...notes.slice(0, MAX_FINDINGS), '…'] : notes;
}

/** The note or reason of a finding that did not fail. */
export function toNote(finding: Finding): string {
  if (finding.verdict === 'failed') return '';
  const text = finding.verdict === 'passed' ? finding.note : finding.reason;
  return text === undefined ? '' : `${toPlace(finding)}${text}`;
}

function toPlace({ deployment }: Finding): string {
  return deployment === undefined ? '' : `${deployment}: `;
}

/** The conclusion with the number of checks that lead to it. */
function toHeadline({ conclusion, level, results }: Report): [string, keyof typeof COLOURS] {
  const count = (verdict: Verdict) =>
    results.filter((result) => result.verdict === verdict && decides(result, level)).length;
  switch (conclusion) {
    case 'conforms':
      return ['CONFORMS to what was checked', 'green'];
    case 'does-not-conform':
      return [`DOES NOT CONFORM: ${toCount(count('failed'), 'check')} that must pass failed`, 'red'];
    case 'undecided':
      return [`UNDECIDED: ${toCount(count('not-run'), 'check')} that must pass could not be run`, 'yellow'];
  }
}

/** The last two lines of the report: the number of checks per verdict, and the conclusion. */
export function toSummary(report: Report, paint: Paint = (text) => text): string[] {
  const { counts, conclusion, level, results } = report;
  const tally = `${counts.passed} passed, ${counts.failed} failed, ${counts.noted} noted, ${counts['not-run']} not run, ${counts['not-applicable']} not applicable.`;
  const deciding = results.filter((result) => decides(result, level));
  const list = (verdict: Verdict) => deciding.filter((result) => result.verdict === verdict).map(({ id }) => id);
  return [tally, paint(...toConclusion(conclusion, list))];
}

function toConclusion(
  conclusion: Report['conclusion'],
  list: (verdict: Verdict) => readonly string[],
): [string, keyof typeof COLOURS] {
  switch (conclusion) {
    case 'conforms':
      return ['CONFORMS to what was checked.', 'green'];
    case 'does-not-conform':
      return [`DOES NOT CONFORM: ${list('failed').join(', ')}`, 'red'];
    case 'undecided':
      return [`UNDECIDED: nothing failed, but these could not be run: ${list('not-run').join(', ')}`, 'yellow'];
  }
}

/** The heading of a group. */
export function toTitle(group: Group): string {
  return group.charAt(0).toUpperCase() + group.slice(1);
}

/** A number with its noun: "1 request", "2 requests". */
export function toCount(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
