/** A chart of lines along a number: drawn in the pixels of its place, so that texts keep their size. */
import { formatNumber, formatPercent, toTicks, type Tick } from './format.ts';
import { html, useEffect, useRef, useState, type VNode } from './html.ts';
import { interpolate } from './interpolate.ts';

/** A line of the chart. */
export interface Line {
  readonly name: string;
  /** Which of the colours it has. */
  readonly color: number;
  readonly points: readonly number[];
}

interface ChartProperties {
  /** What it shows, for those who cannot see it. */
  readonly description: string;
  readonly xTitle: string;
  readonly xs: readonly number[];
  readonly lines: readonly Line[];
  /** Whether the lines are shares of 0 to 1. */
  readonly isShare: boolean;
  /** The value of the form; undefined if it has none. */
  readonly current: number | undefined;
  /** Where the predicted class changes. */
  readonly flips: readonly number[];
  /** Gives about so many ticks of the horizontal axis. */
  readonly toTicksOfX: (min: number, max: number, count: number) => readonly Tick[];
}

const [HEIGHT, LEFT, TOP, BOTTOM] = [300, 52, 14, 44];
const DASHES = ['', '7 4', '2 4', '9 3 2 3', '12 5', '4 2', '1 3', '6 2 1 2'];

/** The chart. */
export function Chart({ description, xTitle, xs, lines, isShare, current, flips, toTicksOfX }: ChartProperties): VNode {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useEffect(() => {
    const observer = new ResizeObserver(
      ([entry]) => entry && setWidth(Math.max(240, Math.round(entry.contentRect.width))),
    );
    if (place.current) observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  const right = width < 480 ? 10 : 104;
  const [minX, maxX] = [Math.min(...xs, current ?? Infinity), Math.max(...xs, current ?? -Infinity)];
  const all = lines.flatMap(({ points }) => points);
  const [low, high] = isShare ? [0, 1] : widen(Math.min(...all), Math.max(...all));
  const toX = (value: number) => LEFT + ((value - minX) / (maxX - minX || 1)) * (width - LEFT - right);
  const toY = (value: number) => HEIGHT - BOTTOM - ((value - low) / (high - low || 1)) * (HEIGHT - BOTTOM - TOP);
  const toText = (value: number) => (isShare ? `${Math.round(100 * value)}%` : formatNumber(value));
  const path = (points: readonly number[]) =>
    points
      .map((y, index) => `${index === 0 ? 'M' : 'L'}${toX(xs[index] as number).toFixed(1)} ${toY(y).toFixed(1)}`)
      .join('');
  const bottom = HEIGHT - BOTTOM;
  return html`<div class="chart" ref=${place}>
    <svg viewBox=${`0 0 ${width} ${HEIGHT}`} width=${width} height=${HEIGHT} role="img" aria-label=${description}>
      ${toTicks(low, high, 5).map((tick) => html`<g><line class="grid" x1=${LEFT} x2=${width - right} y1=${toY(tick)} y2=${toY(tick)} /><text x=${LEFT - 8} y=${toY(tick) + 4} text-anchor="end">${toText(tick)}</text></g>`)}
      ${toTicksOfX(minX, maxX, width < 480 ? 4 : 7).map(({ at, text }) => html`<g><line class="grid" x1=${toX(at)} x2=${toX(at)} y1=${bottom} y2=${bottom + 5} /><text class="tick" x=${toX(at)} y=${bottom + 19} text-anchor="middle">${text}</text></g>`)}
      <text class="axis" x=${(LEFT + width - right) / 2} y=${HEIGHT - 6} text-anchor="middle">${cut(xTitle, 48)}</text>
      ${flips.map((at) => html`<line class="flip" x1=${toX(at)} x2=${toX(at)} y1=${TOP} y2=${bottom} />`)}
      ${lines.map(({ color, points }) => html`<path class=${`line c${color % 8}`} d=${path(points)} stroke-dasharray=${DASHES[color % 8]} />`)}
      ${
        current !== undefined &&
        html`<g><line class="now" x1=${toX(current)} x2=${toX(current)} y1=${TOP} y2=${bottom} />
        ${lines.map(({ color, points }) => html`<circle class=${`dot c${color % 8}`} cx=${toX(current)} cy=${toY(interpolate(xs, points, current))} r="5" />`)}</g>`
      }
      ${right > 50 && placeLabels(lines, toY).map(({ name, color, y }) => html`<text class=${`end c${color % 8}`} x=${width - right + 8} y=${y + 4}>${cut(name, 13)}</text>`)}
    </svg>
    <ul class="legend">
      ${lines.map(({ name, color, points }) => html`<li><svg width="26" height="10" aria-hidden="true"><line class=${`line c${color % 8}`} x1="1" x2="25" y1="5" y2="5" stroke-dasharray=${DASHES[color % 8]} /></svg><bdi>${name}</bdi>${current !== undefined && html` <b>${isShare ? formatPercent(interpolate(xs, points, current)) : formatNumber(interpolate(xs, points, current))}</b>`}</li>`)}
    </ul>
  </div>`;
}

function widen(min: number, max: number): [number, number] {
  const margin = max > min ? (max - min) * 0.08 : Math.abs(max) / 10 || 1;
  return [min - margin, max + margin];
}

function cut(text: string, max: number): string {
  const characters = Array.from(text);
  return characters.length > max ? `${characters.slice(0, max - 1).join('')}…` : text;
}

/** Labels at the ends of lines, moved apart so that they can be read. */
function placeLabels(
  lines: readonly Line[],
  toY: (value: number) => number,
): { name: string; color: number; y: number }[] {
  const labels = lines
    .map(({ name, color, points }) => ({ name, color, y: toY(points.at(-1) ?? 0) }))
    .sort((one, other) => one.y - other.y);
  const GAP = 15;
  for (const [index, label] of labels.entries()) label.y = Math.max(label.y, (labels[index - 1]?.y ?? -Infinity) + GAP);
  let limit = HEIGHT - BOTTOM + 2;
  for (const label of labels.reverse()) limit = (label.y = Math.min(label.y, limit)) - GAP;
  return labels;
}
