/**
 * The report as JUnit XML, as Jenkins, GitLab and GitHub Actions read it: one suite per group, one case per check. A failure that
 * does not decide the conclusion is skipped, with its message.
 */
import { GROUPS } from '../check.ts';
import { escapeMarkup } from './escape.ts';
import { decides, type CheckResult, type Report } from './report.ts';
import { toNote, toTitle } from './text.ts';

/** The report as XML. */
export function toJunitReport(report: Report): string {
  const { url, seconds, started_at, results } = report;
  const suites = GROUPS.flatMap((group) => {
    const some = results.filter((result) => result.group === group);
    if (some.length === 0) return [];
    const skipped = some.filter((result) => toKind(result, report) === 'skipped').length;
    return [
      `  <testsuite name="${toTitle(group)}" ${toCounts(some, report)} skipped="${skipped}" timestamp="${started_at.slice(0, 19)}">`,
      `    <properties><property name="url" value="${escapeMarkup(url)}"/></properties>`,
      ...some.map((result) => toCase(result, report)),
      '  </testsuite>',
    ];
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="conformance" time="${seconds}" ${toCounts(results, report)}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function toCounts(results: readonly CheckResult[], report: Report): string {
  const failures = results.filter((result) => toKind(result, report) === 'failure').length;
  return `tests="${results.length}" failures="${failures}" errors="0"`;
}

/** A check that does not decide must not fail a pipeline; one that decides and was not run must. */
function toKind(result: CheckResult, { level }: Report): 'failure' | 'skipped' | 'passed' {
  if (result.verdict === 'passed') return 'passed';
  const isOpen = result.verdict === 'failed' || result.verdict === 'not-run';
  return isOpen && decides(result, level) ? 'failure' : 'skipped';
}

function toCase(result: CheckResult, report: Report): string {
  const { id, group, level, statement, why, fix, verdict, findings } = result;
  const open = `    <testcase name="${id}" classname="conformance.${group}"`;
  const kind = toKind(result, report);
  if (kind === 'passed') return `${open}/>`;
  const details = findings.map((finding) =>
    finding.verdict === 'failed'
      ? [
          ...(finding.deployment === undefined ? [] : [`deployment: ${finding.deployment}`]),
          `actual: ${finding.actual}`,
          `expected: ${finding.expected}`,
          ...(finding.note === undefined ? [] : [`note: ${finding.note}`]),
        ].join('\n')
      : toNote(finding),
  );
  const text = [statement, ...details, `why: ${why}`, `fix: ${fix}`].filter((line) => line !== '').join('\n');
  const message = `${verdict}: ${statement}`;
  const body =
    kind === 'failure'
      ? `<failure message="${escapeMarkup(message)}" type="${level}">${escapeMarkup(text)}</failure>`
      : `<skipped>${escapeMarkup(`${level}, ${text}`)}</skipped>`;
  return `${open}>${body}</testcase>`;
}
