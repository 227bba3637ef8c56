/**
 * Requests and replies that are described in the settings, for systems without a fixed format. Both are JSONata expressions;
 * JSONata includes JSON, so a request can be written as the JSON that is sent.
 */
import { z } from 'zod';
import type { DeploymentFile } from '../models/deployment-file.ts';
import type { RemoteAnswer, RemoteTable } from './adapter.ts';
import type { RequestBody } from '../upstream/request-reply.ts';
import { parseExpression, type Evaluate } from './expression.ts';
import { isFieldsTable, isRecord, readRows } from './reply/read-rows.ts';
import { buildBody, Slot } from './request/build-body.ts';
import { buildCells, type Cells } from './request/cells.ts';
import { buildWriteTable } from './request/write-table.ts';
import { ReplyError } from '../upstream/upstream-error.ts';
import type { RemoteSettings } from './remote-settings.ts';

const expression = z.string().min(1);

/** The request that the engine itself accepts, and many other servers: it is written without evaluating an expression. */
const TABLE = '{"fields": fields, "values": values}';

/** The settings `request` and `answer`, which other adapters have as well. */
export const templateShape = {
  /**
   * The body: `fields` are the names of the columns, `values` the rows, `records` the rows as objects, `columns` an object of
   * lists, one per column.
   */
  request: expression.default(TABLE),
  /** Where to find one value per row, as read-rows.ts reads it, or lists of predictions and probabilities. */
  answer: z
    .union([
      z.strictObject({ rows: expression }),
      z.strictObject({ predictions: expression, probabilities: expression.optional() }),
      z.strictObject({ probabilities: expression }),
    ])
    .default({ rows: '$' }),
};

export type TemplateSettings = z.infer<z.ZodObject<typeof templateShape>>;

/** Whether a setting `answer` has an expression that is more than a path: it may take long, however short the reply is. */
export function isSlowAnswer(answer: Partial<TemplateSettings['answer']>): boolean {
  return Object.values(answer).some((text: string | undefined) => text !== undefined && !isPath(text));
}

/** Whether a setting `request` is an expression: it may take long, however short the table is. */
export function isSlowRequest(request: string | undefined): boolean {
  return request !== undefined && request !== TABLE;
}

/** Whether an expression is made of names, separated by dots, and indices. */
function isPath(text: string): boolean {
  // Two expressions, because one would have alternatives in a loop, for which V8 keeps a backtracking point per iteration until its stack overflows.
  return /^[\w$.\s-]*$/.test(text.replace(/\[\d+\]|`[^`]*`|"[^"]*"/g, ''));
}

/** Writes requests and reads replies as the settings `request` and `answer` describe. */
export interface Template {
  readonly toBody: (table: RemoteTable) => RequestBody | Promise<RequestBody>;
  readonly readJson: (reply: unknown, rowCount: number) => Promise<RemoteAnswer>;
}

/** Plans the template. Throws a DeploymentError for an invalid expression. */
export function buildTemplate(file: DeploymentFile, settings: TemplateSettings & RemoteSettings): Template {
  return {
    toBody: buildToBody(file, settings),
    readJson: buildReadJson(file, settings),
  };
}

function buildToBody(file: DeploymentFile, settings: TemplateSettings & RemoteSettings): Template['toBody'] {
  const fields = file.columns.map(({ name }) => name);
  if (settings.request === TABLE) {
    return buildBody({ fields, values: new Slot(buildWriteTable(file, { ...settings, format: 'rows' })) });
  }
  const toData = buildToData(settings.request, fields, buildCells(file.columns, settings));
  const request = parseExpression(settings.request, 'deployment.json.settings.request');
  return async (table) => {
    const text = JSON.stringify(await request(toData(table))) as string | undefined;
    if (text === undefined) throw new Error('the result of settings.request cannot be written as JSON');
    return text;
  };
}

/** Plans how the setting `answer` reads replies. Throws a DeploymentError for an invalid expression. */
export function buildReadJson(
  file: DeploymentFile,
  settings: Pick<TemplateSettings, 'answer'> & RemoteSettings,
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

/** The data that a request expression may use. */
const DATA = ['values', 'records', 'columns'] as const;

/**
 * Plans the data of an expression. Only what it names is built; if it names nothing, everything is. (Getters would do as well, but
 * V8 keeps an object literal with getters, and the table with it, until the next full garbage collection.)
 */
function buildToData(text: string, fields: readonly string[], cells: Cells): (table: RemoteTable) => object {
  const named = DATA.filter((name) => text.includes(name));
  const wanted = new Set(named.length > 0 ? named : DATA);
  return (table) => ({
    fields,
    ...(wanted.has('values') && { values: cells.toRows(table) }),
    ...(wanted.has('records') && {
      records: cells.toRows(table).map((row) => Object.fromEntries(fields.map((field, index) => [field, row[index]]))),
    }),
    ...(wanted.has('columns') && {
      columns: Object.fromEntries(fields.map((field, index) => [field, cells.toColumn(table, index)])),
    }),
  });
}

function buildReadAnswer(
  file: DeploymentFile,
  { answer, output }: Pick<TemplateSettings, 'answer'> & RemoteSettings,
): (reply: unknown, rowCount: number) => Promise<RemoteAnswer> {
  const parse = (name: string, text: string | undefined) =>
    text === undefined ? undefined : parseExpression(text, `deployment.json.settings.answer.${name}`);
  const width = file.label.classes?.length ?? 1;
  if ('rows' in answer) {
    const rows = parse('rows', answer.rows) as Evaluate;
    return async (reply, rowCount) => {
      const value = await rows(reply);
      if (rowCount > 1 && !isFieldsTable(value) && hasLists(value, rowCount))
        throw new ReplyError(
          'expected one value per row from settings.answer.rows, which gives one object; settings.answer.predictions and ' +
            'settings.answer.probabilities name lists in it',
        );
      return readRows(isFieldsTable(value) ? value : toList(value, rowCount, width), file, output);
    };
  }
  const predictions = parse('predictions', 'predictions' in answer ? answer.predictions : undefined);
  const probabilities = parse('probabilities', answer.probabilities);
  return async (reply, rowCount) => ({
    predictions: predictions && toList(await predictions(reply), rowCount, 1),
    probabilities: probabilities && toList(await probabilities(reply), rowCount, width),
  });
}

/** Whether a value is an object with a list that may be the results. */
function hasLists(value: unknown, rowCount: number): boolean {
  return isRecord(value) && Object.values(value).some((list) => Array.isArray(list) && list.length === rowCount);
}

/**
 * One value per row. JSONata unwraps a list of one and flattens nested lists, so a lone vector stands for a list of one vector,
 * and rows × classes values stand for a list of vectors.
 */
function toList(value: unknown, rowCount: number, width: number): unknown[] {
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  if (value === undefined || list.length === rowCount || list.length !== rowCount * width) return list;
  return Array.from({ length: rowCount }, (_, row) => list.slice(row * width, (row + 1) * width));
}
