/** The formats of a report, by the names that the command line accepts. */
import { toHtmlReport } from './html.ts';
import { toJunitReport } from './junit.ts';
import type { Report } from './report.ts';
import { toTextReport } from './text.ts';

export interface FormatOptions {
  /** Whether the output may contain ANSI colours. */
  readonly colour: boolean;
}

export const FORMATS = {
  text: toTextReport,
  json: (report) => `${JSON.stringify(report, null, 2)}\n`,
  junit: toJunitReport,
  html: toHtmlReport,
} as const satisfies Record<string, (report: Report, options: FormatOptions) => string>;

export type Format = keyof typeof FORMATS;
