/**
 * Charts of lines and points as SVG: they need no script, print as they are, and take their colours from the page. Bars are
 * drawn in tables (table.ts), where each has its label.
 */
import type { Point } from '../curves.ts';
import { escapeHtml, toName } from './html.ts';

/** One of the lines, or sets of points, of a chart. */
export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
  /** Points without a line, lines with dots, or a dashed line that only guides the eye. */
  readonly look?: 'points' | 'dots' | 'guide';
}

export interface Axis {
  readonly title: string;
  readonly min: number;
  readonly max: number;
}

const [WIDTH, HEIGHT] = [480, 340];
const [LEFT, RIGHT, TOP, BOTTOM] = [62, 12, 10, 48];
/** As many series can be told apart by colour and dashes. */
export const MAX_SERIES = 8;
const MAX_POINTS = 1000;
const TICKS = 5;

/**
 * A chart with its legend.
 * @param description what it shows, for those who cannot see it; the numbers are in a table
 */
export function toChart(description: string, x: Axis, y: Axis, series: readonly Series[]): string {
  const [toX, toY] = [toScale(x, LEFT, WIDTH - RIGHT), toScale(y, HEIGHT - BOTTOM, TOP)];
  const grid = [
    ...toTicks(x).map(([value, text]) => {
      const at = toX(value);
      return `<path class="grid" d="M${at} ${TOP}V${HEIGHT - BOTTOM}"/><text x="${at}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${text}</text>`;
    }),
    ...toTicks(y).map(([value, text]) => {
      const at = toY(value);
      return `<path class="grid" d="M${LEFT} ${at}H${WIDTH - RIGHT}"/><text x="${LEFT - 7}" y="${at + 4}" text-anchor="end">${text}</text>`;
    }),
  ];
  const middle = (TOP + HEIGHT - BOTTOM) / 2;
  const titles = [
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escapeHtml(x.title)}</text>`,
    `<text transform="translate(14 ${middle}) rotate(-90)" text-anchor="middle">${escapeHtml(y.title)}</text>`,
  ];
  const shown = series.filter(({ look }) => look !== 'guide');
  const drawn = series.map((one) => toPath(one, shown.indexOf(one), toX, toY));
  const legend = shown.map(
    (one, at) =>
      `<li><svg viewBox="0 0 24 8" aria-hidden="true">${toKey(one, at)}</svg>${toName(one.name)}${toDrawn(one)}</li>`,
  );
  const svg = `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(description)}">${[...grid, ...titles, ...drawn].join('')}</svg>`;
  return `<figure>${svg}${shown.length > 1 || shown.some((one) => toDrawn(one) !== '') ? `<figcaption><ul class="legend">${legend.join('')}</ul></figcaption>` : ''}</figure>`;
}

/** What a series looks like in the legend. */
function toKey({ look }: Series, index: number): string {
  return look === 'points'
    ? `<path class="points s${index}" d="M12 4h0"/>`
    : `<path class="line s${index}" d="M0 4H24"/>`;
}

function toDrawn({ look, points }: Series): string {
  return look === 'points' && points.length > MAX_POINTS
    ? ` (${thin(points).length} of ${points.length} are drawn)`
    : '';
}

function toPath(
  { points, look }: Series,
  index: number,
  toX: (value: number) => number,
  toY: (value: number) => number,
): string {
  const places = thin(points).map(([x, y]) => `${toX(x)} ${toY(y)}`);
  // A line of no length with round ends is a dot.
  const dots = (name: string) =>
    `<path class="${name} s${index}" d="${places.map((place) => `M${place}h0`).join('')}"/>`;
  if (look === 'points') return dots('points');
  const line = places.length > 0 ? `M${places.join('L')}` : '';
  if (look === 'guide') return `<path class="guide" d="${line}"/>`;
  return `<path class="line s${index}" d="${line}"/>${look === 'dots' ? dots('dots') : ''}`;
}

function thin(points: readonly Point[]): Point[] {
  const step = Math.max(1, Math.ceil(points.length / MAX_POINTS));
  return points.filter((_, at) => at % step === 0 || at === points.length - 1);
}

function toScale({ min, max }: Axis, from: number, to: number): (value: number) => number {
  const span = max > min ? max - min : 1;
  return (value) => Math.round(10 * (from + ((value - min) / span) * (to - from))) / 10;
}

/** Round numbers on an axis, with their texts. */
function toTicks({ min, max }: Axis): [value: number, text: string][] {
  if (!(max > min)) return [[min, toTickText(min, 0)]];
  const rough = (max - min) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((digit) => digit * power >= rough) as number) * power;
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const value = (first + index) * step;
    return [value, toTickText(value, decimals)];
  });
}

function toTickText(value: number, decimals: number): string {
  if (decimals > 5 || Math.abs(value) >= 1e6) return value === 0 ? '0' : Number(value.toPrecision(4)).toExponential();
  return value.toFixed(decimals).replace(/^-(0(\.0*)?)$/, '$1');
}
