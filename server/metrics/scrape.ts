import type { Figures } from './figures.ts';
import { renderMetrics, type Format, type MetricsText } from './render.ts';
import { Totals, type Source } from './totals.ts';

/** Gives the metrics of the whole engine, in a bounded time. */
export type Scrape = (format: Format) => Promise<MetricsText>;

/** Gives what one process has counted and measures. */
export type TakeFigures = () => Promise<Figures>;

/** The number of a process without workers, or of the first one. */
export const FIRST = '0';

/** Builds the metrics of an engine that is a single process. */
export function buildScrape(take: TakeFigures): Scrape {
  const totals = new Totals();
  const source: Source = totals.open(FIRST);
  return async (format) => {
    source.update(await take());
    return renderMetrics(totals.toFamilies(), format);
  };
}
