/**
 * The report of a training: one HTML file without scripts, which needs no network and can be printed. Each section is a file in
 * sections/.
 */
import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { TrainingResult } from '../training-result.ts';
import { escapeHtml } from './html.ts';
import type { ReportInput, Section } from './section.ts';
import { toCalibrationSection } from './sections/calibration.ts';
import { toClassesSection } from './sections/classes.ts';
import { toColumnsSection } from './sections/columns.ts';
import { toComparison } from './sections/comparison.ts';
import { toConfusionSection } from './sections/confusion.ts';
import { toCurvesSection } from './sections/curves.ts';
import { toFairnessSection } from './sections/fairness.ts';
import { toImportancesSection } from './sections/importances.ts';
import { toMetricsSection } from './sections/metrics.ts';
import { toFacts, toLeftOut, toMoreNotices, toVerdict, toWarnings } from './sections/overview.ts';
import { toRegressionSections } from './sections/residuals.ts';
import { toSettingsSection } from './sections/settings.ts';
import { toThresholdSections } from './sections/thresholds.ts';
import { STYLE } from './style.ts';

/** Builds the report as HTML. */
export function toReport(file: DeploymentFile, result: Omit<TrainingResult, 'folder'>, command: string): string {
  const sections = toSections({ file, result, command });
  const links = sections.map(({ id, title }) => `<li><a href="#${id}">${title}</a></li>`).join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(file.name)}: training report</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>${escapeHtml(file.name)}</h1><p>${escapeHtml(file.description)}</p></header>
<nav aria-label="Sections"><ul>${links}</ul></nav>
<main>
${sections.map(toHtml).join('\n')}
</main>
</body>
</html>
`;
}

function toSections(input: ReportInput): Section[] {
  const { classes } = input.result.plan.label;
  return [
    ...toVerdict(input),
    ...toWarnings(input),
    ...toLeftOut(input),
    toFacts(input),
    ...toComparison(input),
    toMetricsSection(input),
    ...(classes ? toClassSections(input, classes) : toRegressionSections(input)),
    toImportancesSection(input),
    toFairnessSection(input),
    toColumnsSection(input),
    toSettingsSection(input),
    ...toMoreNotices(input),
  ];
}

function toClassSections(input: ReportInput, classes: readonly (string | number)[]): Section[] {
  return [
    toClassesSection(input, classes),
    toConfusionSection(input, classes),
    toCurvesSection(input, classes),
    ...toThresholdSections(input, classes),
    toCalibrationSection(input, classes),
  ];
}

function toHtml({ id, title, html, look }: Section): string {
  return `<section id="${id}" aria-labelledby="${id}-title"${look ? ` class="${look}"` : ''}><h2 id="${id}-title">${title}</h2>${html}</section>`;
}
