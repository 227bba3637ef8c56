/** How benchmarks are reported: medians, and Markdown tables. */

/** The median; NaN of no numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** The mean; NaN of no numbers. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Prints a Markdown table with a heading. */
export function printTable(title: string, header: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  console.log(`\n### ${title}\n\n${lines.join('\n')}`);
}

/** The seconds that one of several runs takes on average. */
export function time(runs: number, run: () => unknown): number {
  const start = performance.now();
  for (let index = 0; index < runs; index++) run();
  return (performance.now() - start) / 1000 / runs;
}

/** Formats seconds. */
export function toTime(seconds: number): string {
  if (seconds < 1e-3) return `${(seconds * 1e6).toFixed(1)} µs`;
  return `${(seconds * 1e3).toFixed(1)} ms`;
}
