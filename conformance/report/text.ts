/** The report for a terminal. */
import { GROUPS, type Group } from '../check.ts';
import type { Verdict } from '../outcome.ts';
import { decides, isNoted, type CheckResult, type Finding, type Report } from './report.ts';

const MARKS: Readonly<Record<Verdict, string>> = { passed: '✓', failed: '✗', 'not-run': '○', 'not-applicable': '–' };
const COLOURS = { green: 32, red: 31, yellow: 33, dim: 2, bold: 1 } as const;
/** At most this many findings of a check are shown. */
const MAX_FINDINGS = 5;
const MAX_WIDTH = 90;

type Paint = (text: string, colour: keyof typeof COLOURS) => string;

/** The report as text, with ANSI colours on request. */
export function toTextReport(report: Report, { colour }: { readonly colour: boolean }): string {
  const paint: Paint = (text, name) => (colour ? `\u001b[${COLOURS[name]}m${text}\u001b[0m` : text);
  const { url, requests, seconds, deployments, results } = report;
  const lines = [
    paint(`Conformance of ${url}`, 'bold'),
    `${toCount(deployments.length, 'deployment')} scored, ${toCount(requests.sent, 'request')}, ${seconds.toFixed(1)} s`,
    ...deployments.map(({ id, rows }) => paint(`  ${id}: rows ${rows}`, 'dim')),
  ];
  const width = Math.max(...results.map(({ id }) => id.length));
  for (const group of GROUPS) {
    const some = results.filter((result) => result.group === group);
    if (some.length === 0) continue;
    const [alike, others] = partAlike(some);
    lines.push('', paint(toTitle(group), 'bold'), ...others.flatMap((result) => toLines(result, width, paint)));
    for (const [reason, ids] of alike)
      lines.push(`${paint('  ○', 'yellow')} not run: ${reason}`, ...toWrapped(ids, paint));
  }
  return [...lines, '', ...toSummary(report, paint), ''].join('\n');
}

/** Groups checks that were not run for the same reason. */
function partAlike(results: readonly CheckResult[]): [Map<string, string[]>, CheckResult[]] {
  const reasons = new Map<string, string[]>();
  for (const result of results) {
    const reason = toOnlyReason(result);
    if (reason !== undefined) reasons.set(reason, [...(reasons.get(reason) ?? []), result.id]);
  }
  const alike = new Map([...reasons].filter(([, ids]) => ids.length > 2));
  return [alike, results.filter((result) => !alike.has(toOnlyReason(result) ?? ''))];
}

function toOnlyReason({ verdict, findings }: CheckResult): string | undefined {
  const reasons = new Set(findings.map((finding) => ('reason' in finding ? toNote(finding) : '')));
  return verdict === 'not-run' && reasons.size === 1 ? [...reasons][0] : undefined;
}

function toWrapped(ids: readonly string[], paint: Paint): string[] {
  const lines = [''];
  for (const id of ids) {
    const line = lines.at(-1) ?? '';
    if (line.length + id.length > MAX_WIDTH) lines.push(id);
    else lines[lines.length - 1] = line === '' ? id : `${line}, ${id}`;
  }
  return lines.map((line, index) => paint(`      ${line}${index < lines.length - 1 ? ',' : ''}`, 'dim'));
}

function toLines(result: CheckResult, width: number, paint: Paint): string[] {
  const { id, verdict, level, statement, why, fix, findings } = result;
  const noted = isNoted(result);
  const mark = noted ? 'i' : MARKS[verdict];
  const tag = level === 'required' ? '' : ` (${level})`;
  const head = `  ${mark} ${id.padEnd(width)}  ${statement}${tag}`;
  if (verdict !== 'failed') {
    const colour = verdict === 'passed' ? 'green' : verdict === 'not-run' ? 'yellow' : 'dim';
    const notes = listNotes(result);
    const line = paint(head.slice(0, 3), colour) + head.slice(3);
    if (verdict === 'passed' && notes.length === 1) return [`${line} ${paint(`[${notes[0]}]`, 'dim')}`];
    return [line, ...notes.map((note) => paint(`      ${note}`, 'dim'))];
  }
  const wrong = findings.filter((finding) => finding.verdict === 'failed');
  return [
    paint(head, noted ? 'yellow' : 'red'),
    ...wrong
      .slice(0, MAX_FINDINGS)
      .flatMap((finding) => [
        `      actual    ${finding.deployment === undefined ? '' : `${finding.deployment}: `}${finding.actual}`,
        `      expected  ${finding.expected}`,
        ...(finding.note === undefined ? [] : [`      note      ${finding.note}`]),
      ]),
    ...(wrong.length > MAX_FINDINGS ? [`      … and ${wrong.length - MAX_FINDINGS} more`] : []),
    `      why       ${why}`,
    `      fix       ${fix}`,
  ];
}

/** Why a check was not run, or what it measured; once if it is the same for all deployments. */
function listNotes({ verdict, group, findings }: CheckResult): string[] {
  if (verdict === 'not-applicable') return [];
  const relevant = findings.filter((finding) => finding.verdict === verdict);
  const alike = new Set(relevant.map((finding) => ('reason' in finding ? finding.reason : finding.note)));
  if (relevant.length > 1 && alike.size === 1) return [...alike].filter((note) => note !== undefined);
  const isShown = verdict === 'not-run' || group === 'load' || relevant.length === 1;
  const notes = isShown ? relevant.map(toNote).filter((note) => note !== '') : [];
  return notes.length > MAX_FINDINGS ? [...notes.slice(0, MAX_FINDINGS), '…'] : notes;
}

/** The note or reason of a finding that did not fail. */
export function toNote(finding: Finding): string {
  const place = finding.deployment === undefined ? '' : `${finding.deployment}: `;
  if (finding.verdict === 'passed') return finding.note === undefined ? '' : `${place}${finding.note}`;
  return finding.verdict === 'failed' ? '' : `${place}${finding.reason}`;
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
