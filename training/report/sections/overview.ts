/** The beginning of a report: what is wrong, what was left out, and what the deployment is. */
import { escapeHtml, toList, toName, toNote } from '../html.ts';
import type { ReportInput, Section } from '../section.ts';

/** More notices follow at the end of the report. */
const MAX_NOTICES = 20;

/** That the model is no better than the baseline, if so. */
export function toVerdict({ result }: ReportInput): Section[] {
  const { warning } = result.evaluation.verdict;
  if (warning === undefined) return [];
  const html = `<p class="loud">${escapeHtml(warning)}</p>`;
  return [{ id: 'verdict', title: 'Not shown to be better than its baseline', html, look: 'alert' }];
}

/** What probably should not be so. */
export function toWarnings({ result }: ReportInput): Section[] {
  const { warnings } = result.plan;
  if (warnings.length === 0) return [];
  return [{ id: 'warnings', title: 'Warnings', html: toList(warnings), look: 'warning' }];
}

/** What was left out or treated differently than expected, and why; of many notices the first. */
export function toLeftOut({ result }: ReportInput): Section[] {
  const { notices } = result.plan;
  if (notices.length === 0) return [];
  const more =
    notices.length > MAX_NOTICES
      ? toNote(`<a href="#notices">${notices.length - MAX_NOTICES} more</a> at the end of the report.`)
      : '';
  const html = `${toList(notices.slice(0, MAX_NOTICES))}${more}`;
  return [{ id: 'left-out', title: 'Left out, or treated differently, and why', html }];
}

/** The other notices. */
export function toMoreNotices({ result }: ReportInput): Section[] {
  const notices = result.plan.notices.slice(MAX_NOTICES);
  if (notices.length === 0) return [];
  return [{ id: 'notices', title: 'More that was left out or treated differently', html: toList(notices) }];
}

/** What the deployment is. */
export function toFacts({ file, result }: ReportInput): Section {
  const { plan, split, kind, seconds, evaluation, isRefitted } = result;
  const { classes } = plan.label;
  const positive = classes?.[evaluation.positive ?? -1];
  const rows = split.training.length + split.test.length;
  const facts: [name: string, html: string][] = [
    ['Deployment', escapeHtml(file.id)],
    ['Kind', escapeHtml(file.kind === kind ? kind : `${kind}, served as ${file.kind}`)],
    ['Problem', classes ? `${file.problem_type}, ${classes.length} classes` : file.problem_type],
    ['Label', toName(plan.label.name)],
    ...(positive === undefined ? [] : [['Positive class', toName(positive)] as [string, string]]),
    ['Rows', `${split.training.length} for training, ${split.test.length} held out`],
    ['Features', String(plan.features.length)],
    ['Learned in', `${seconds.toFixed(2)} s`],
    ['Served model', isRefitted ? `learned once more, from all ${rows} rows` : 'learned from the training rows'],
    ['Created', `${file.created_at.slice(0, 16).replace('T', ' ')} UTC`],
  ];
  const html = `<dl>${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>`;
  return { id: 'overview', title: 'Overview', html };
}
