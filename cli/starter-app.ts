/**
 * The web application that `app` writes: files that are the same for every deployment, and form.json with its columns. Names of columns
 * are only in the JSON, which the script shows as text: so none of them is ever HTML.
 */
import type { Column, DeploymentFile, Scalar } from '../models/deployment-file.ts';
import { APP_JS } from './starter/app-js.ts';
import { INDEX_HTML } from './starter/index-html.ts';
import { STYLE_CSS } from './starter/style-css.ts';

/** How many steps a slider has at least. */
const MIN_STEPS = 100;

/** A field of the form: a list of choices, a number or a text. */
interface Field {
  readonly name: string;
  readonly type?: 'number' | 'text';
  readonly choices?: readonly Scalar[];
  /** How another value than the choices is entered, where the model accepts one. */
  readonly other?: 'number' | 'text';
  readonly nullable: boolean;
  /** Of a number whose range is known. */
  readonly min?: number;
  readonly max?: number;
  readonly step?: number | 'any';
  /** What the form starts with. */
  readonly value: unknown;
}

/** The files of the application for a deployment, by name. */
export function toStarterApp(file: DeploymentFile): Record<string, string> {
  return {
    'index.html': INDEX_HTML,
    'style.css': STYLE_CSS,
    'app.js': APP_JS,
    'form.json': `${JSON.stringify(toForm(file), null, 2)}\n`,
  };
}

function toForm(file: DeploymentFile): object {
  const { fields, values } = file.example;
  const { prediction, probability } = file.result;
  const { classes } = file.label;
  return {
    title: file.name,
    description: file.description,
    // Relative to /apps/<id>/, so that it works behind any prefix.
    scoring: `../../v1/deployments/${encodeURIComponent(file.id)}/online`,
    fields: file.columns.map((column) => ({
      ...toField(column, values[0]?.[fields.indexOf(column.name)]),
      ...(file.unknown_categories === 'accept' && toOther(column)),
    })),
    answer: { prediction, ...(classes && { probability, classes }) },
  };
}

function toOther({ type, categories }: Column): Pick<Field, 'other'> {
  if (!categories || type === 'boolean') return {};
  return { other: type === 'string' ? 'text' : 'number' };
}

function toField({ name, type, nullable, categories, range }: Column, example: unknown): Field {
  const value = example ?? null;
  if (categories) return { name, choices: categories, nullable, value };
  if (type === 'boolean') return { name, choices: [true, false], nullable, value };
  if (type === 'string') return { name, type: 'text', nullable, value };
  if (!range || range[0] === range[1]) return { name, type: 'number', nullable, value };
  const [min, max] = range;
  return { name, type: 'number', nullable, min, max, step: toStep(max - min, type !== 'double'), value };
}

/** A power of ten, so that a slider stops at round numbers; of a range that is too wide or too narrow for that, any number. */
function toStep(width: number, isWhole: boolean): number | 'any' {
  const step = 10 ** Math.floor(Math.log10(width / MIN_STEPS));
  if (isWhole) return Math.max(1, step);
  return Number.isFinite(step) && step > 0 ? Number(step.toPrecision(1)) : 'any';
}
