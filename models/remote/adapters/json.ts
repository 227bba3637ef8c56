/**
 * Anything with a JSON interface: Ray Serve, BentoML, FastAPI. What is sent and what is read are expressions of JSONata, of
 * which JSON itself is a part: so a request is written as the JSON that it becomes.
 */
import { z } from 'zod';
import type { DeploymentFile } from '../../deployment-file.ts';
import type { RemoteAdapter, RemoteAnswer, RemoteTable } from '../adapter.ts';
import { buildCells, type Cells } from '../cells.ts';
import { parseExpression, type Evaluate } from '../expression.ts';
import { readRows } from '../read-rows.ts';
import { ReplyError } from '../target-error.ts';
import { targetSettingsSchema, type TargetSettings } from '../target-settings.ts';

const expression = z.string().min(1);
const path = z.string().regex(/^\/[^#\s]*$/, 'a path that begins with a slash');
const headers = z.record(
  z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'the name of a header'),
  z.string().regex(/^[^\p{Cc}]*$/u, 'a text without control characters'),
);

/** The settings of a request and an answer that are written out, as other adapters may have them, too. */
export const templateShape = {
  /**
   * The body: `fields` are the names of the columns, `values` the rows, `records` the rows as objects, `columns` an object
   * with the cells of each column.
   */
  request: expression.default('{"fields": fields, "values": values}'),
  /** A value a row, as read-rows.ts reads it; or what gives the predictions and the probabilities. */
  answer: z
    .union([
      z.strictObject({ rows: expression }),
      z.strictObject({ predictions: expression, probabilities: expression.optional() }),
      z.strictObject({ probabilities: expression }),
    ])
    .default({ rows: '$' }),
};

const settingsSchema = z.strictObject({
  ...targetSettingsSchema.shape,
  ...templateShape,
  /** Below the URL; the URL itself where there is none. */
  path: path.optional(),
  headers: headers.default({}),
  /** A path that answers 2xx while the model is ready. */
  ready_path: path.optional(),
});

type JsonSettings = z.infer<typeof settingsSchema>;
export type TemplateSettings = Pick<JsonSettings, 'request' | 'answer'>;

/** The adapter `json`. */
export const json: RemoteAdapter<JsonSettings> = {
  settings: settingsSchema,
  build: (file, settings) => {
    const { toBody, readJson } = buildTemplate(file, settings);
    return {
      readyPath: settings.ready_path,
      toRequest: async (table) => ({
        path: settings.path ?? '',
        headers: Object.fromEntries(
          Object.entries(settings.headers).map(([name, value]) => [name.toLowerCase(), value]),
        ),
        body: await toBody(table),
      }),
      toAnswer: (reply, rowCount) => readJson(reply.json(), rowCount),
    };
  },
};

/** What the settings `request` and `answer` say. */
export interface Template {
  readonly toBody: (table: RemoteTable) => Promise<string>;
  readonly readJson: (reply: unknown, rowCount: number) => Promise<RemoteAnswer>;
}

/** Plans the template. Throws a DeploymentError where an expression is none. */
export function buildTemplate(file: DeploymentFile, settings: TemplateSettings & TargetSettings): Template {
  const cells = buildCells(file.columns, settings);
  const fields = file.columns.map(({ name }) => name);
  const request = parseExpression(settings.request, 'deployment.json.settings.request');
  return {
    toBody: async (table) => {
      const body = await request(toData(table, fields, cells));
      if (body === undefined) throw new Error('settings.request gives nothing');
      return JSON.stringify(body);
    },
    readJson: buildReadJson(file, settings),
  };
}

/** Plans what the setting `answer` says. Throws a DeploymentError where an expression is none. */
export function buildReadJson(
  file: DeploymentFile,
  settings: Pick<TemplateSettings, 'answer'> & TargetSettings,
): Template['readJson'] {
  const readAnswer = buildReadAnswer(file, settings);
  return async (reply, rowCount) => {
    try {
      return await readAnswer(reply, rowCount);
    } catch (error) {
      throw error instanceof ReplyError ? error : new ReplyError(`settings.answer: ${(error as Error).message}`);
    }
  };
}

/** What a request is made of; what the expression does not ask for is not made. */
function toData(table: RemoteTable, fields: readonly string[], cells: Cells): object {
  const toRecord = (row: readonly unknown[]) => Object.fromEntries(fields.map((field, index) => [field, row[index]]));
  return {
    fields,
    get values() {
      return cells.toRows(table);
    },
    get records() {
      return cells.toRows(table).map(toRecord);
    },
    get columns() {
      return Object.fromEntries(fields.map((field, index) => [field, cells.toColumn(table, index)]));
    },
  };
}

function buildReadAnswer(
  file: DeploymentFile,
  { answer, output }: Pick<TemplateSettings, 'answer'> & TargetSettings,
): (reply: unknown, rowCount: number) => Promise<RemoteAnswer> {
  const parse = (name: string, text: string | undefined) =>
    text === undefined ? undefined : parseExpression(text, `deployment.json.settings.answer.${name}`);
  const width = file.label.classes?.length ?? 1;
  if ('rows' in answer) {
    const rows = parse('rows', answer.rows) as Evaluate;
    return async (reply, rowCount) => readRows(toList(await rows(reply), rowCount, width), file, output);
  }
  const predictions = parse('predictions', 'predictions' in answer ? answer.predictions : undefined);
  const probabilities = parse('probabilities', answer.probabilities);
  return async (reply, rowCount) => ({
    predictions: predictions && toList(await predictions(reply), rowCount, 1),
    probabilities: probabilities && toList(await probabilities(reply), rowCount, width),
  });
}

/**
 * A value a row. JSONata gives a list of one as what is in it, and takes lists out of lists: so a vector alone stands for a
 * list of one vector, and rows × classes values for a list of vectors.
 */
function toList(value: unknown, rowCount: number, width: number): unknown[] {
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  if (value === undefined || list.length === rowCount || list.length !== rowCount * width) return list;
  return Array.from({ length: rowCount }, (_, row) => list.slice(row * width, (row + 1) * width));
}
