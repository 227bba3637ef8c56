/**
 * The report as JUnit's XML, as Jenkins, GitLab and GitHub's actions read it: a suite a group, a case a check. A failure that
 * does not decide, and what was not run, is skipped, with its message.
 */
import { GROUPS } from '../check.ts';
import { escapeMarkup } from './escape.ts';
import { decides, type CheckResult, type Report } from './report.ts';
import { toNote, toTitle } from './text.ts';

/** The report as XML. */
export function toJunitReport(report: Report): string {
  const suites = GROUPS.map((group) => ({ group, results: report.results.filter((result) => result.group === group) }));
  const totals = toCounts(report.results, report);
  const lines = suites
    .filter(({ results }) => results.length > 0)
    .flatMap(({ group, results }, index) => [
      `  <testsuite name="${toTitle(group)}" package="conformance" id="${index}" hostname="${escapeMarkup(new URL(report.url).hostname)}" timestamp="${report.started_at.slice(0, 19)}" time="0" ${toCounts(results, report)}>`,
      '    <properties>',
      `      <property name="url" value="${escapeMarkup(report.url)}"/>`,
      '    </properties>',
      ...results.map((result) => toCase(result, report)),
      '    <system-out/>',
      '    <system-err/>',
      '  </testsuite>',
    ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="conformance" time="${report.seconds}" ${totals}>`,
    ...lines,
    '</testsuites>',
    '',
  ].join('\n');
}

function toCounts(results: readonly CheckResult[], report: Report): string {
  const kinds = results.map((result) => toKind(result, report));
  const count = (kind: string) => kinds.filter((each) => each === kind).length;
  return `tests="${results.length}" failures="${count('failure')}" errors="0" skipped="${count('skipped')}"`;
}

/** What does not decide must not fail a pipeline; what decides and was not run must. */
function toKind(result: CheckResult, { level }: Report): 'failure' | 'skipped' | 'passed' {
  if (result.verdict === 'passed') return 'passed';
  const isOpen = result.verdict === 'failed' || result.verdict === 'not-run';
  return isOpen && decides(result, level) ? 'failure' : 'skipped';
}

function toCase(result: CheckResult, report: Report): string {
  const { id, group, level, statement, why, mend, verdict, findings } = result;
  const open = `    <testcase name="${id}" classname="conformance.${group}" time="0"`;
  const kind = toKind(result, report);
  if (kind === 'passed') return `${open}/>`;
  const details = findings.map((finding) =>
    finding.verdict === 'failed'
      ? [
          ...(finding.deployment === undefined ? [] : [`deployment: ${finding.deployment}`]),
          `came: ${finding.came}`,
          `expected: ${finding.expected}`,
          ...(finding.note === undefined ? [] : [`note: ${finding.note}`]),
        ].join('\n')
      : toNote(finding),
  );
  const text = [statement, ...details, `why: ${why}`, `mend: ${mend}`].filter((line) => line !== '').join('\n');
  const message = `${verdict}: ${statement}`;
  const body =
    kind === 'failure'
      ? `<failure message="${escapeMarkup(message)}" type="${level}">${escapeMarkup(text)}</failure>`
      : `<skipped>${escapeMarkup(`${level}, ${text}`)}</skipped>`;
  return `${open}>${body}</testcase>`;
}
