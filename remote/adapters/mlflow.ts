/**
 * MLflow's scoring server, and model serving of Databricks, which speaks its language. The server tells nothing of the model
 * over HTTP. Where the model has a signature, it takes no null in a column of whole numbers, and cuts fractions off there
 * without a word: `impute` of a column and the setting `round` are for that.
 */
import { z } from 'zod';
import { encodingSchema } from '../../models/encoding.ts';
import type { RemoteAdapter } from '../adapter.ts';
import { buildBody, Slot } from '../request/build-body.ts';
import { buildWriteTable, type TableFormat } from '../request/write-table.ts';
import { readKey } from '../reply/read-outputs.ts';
import { remoteSettingsSchema } from '../remote-settings.ts';

const path = z.string().regex(/^\/[^#\s]*$/, 'a path that begins with a slash');

const shape = {
  ...remoteSettingsSchema.shape,
  path: path.default('/invocations'),
  /** Parameters of the model's inference, sent along with each table. */
  params: z.record(z.string(), z.unknown()).optional(),
  /** A path that answers 2xx while the model is ready, /ping where nothing is said; null where there is none, as at Databricks. */
  ready_path: path.nullable().optional(),
};

const settingsSchema = z.discriminatedUnion('format', [
  z.strictObject({
    ...shape,
    /** `dataframe_split`: the names of the columns and the rows; `dataframe_records`: an object a row; `inputs`: an array a column. */
    format: z.enum(['dataframe_split', 'dataframe_records', 'inputs']).default('dataframe_split'),
  }),
  z.strictObject({
    ...shape,
    /** An array a row, for models that take a tensor. */
    format: z.literal('instances'),
    /** How the rows become numbers; without it cells are sent as they are. */
    encoding: encodingSchema.optional(),
  }),
]);

type MlflowSettings = z.infer<typeof settingsSchema>;

const TABLES: Readonly<Record<MlflowSettings['format'], TableFormat>> = {
  dataframe_split: 'rows',
  dataframe_records: 'objects',
  inputs: 'columns',
  instances: 'rows',
};

/** The adapter `mlflow`. */
export const mlflow: RemoteAdapter<MlflowSettings> = {
  settings: settingsSchema,
  build: (file, settings) => {
    const { format, params } = settings;
    const table = new Slot(buildWriteTable(file, { ...settings, format: TABLES[format] }));
    const columns = file.columns.map(({ name }) => name);
    const value = format === 'dataframe_split' ? { columns, data: table } : table;
    const toBody = buildBody({ [format]: value, ...(params && { params }) });
    return {
      readyPath: settings.ready_path === undefined ? toReadyPath(settings.url) : (settings.ready_path ?? undefined),
      toRequest: (table) => ({ path: settings.path, body: toBody(table) }),
      toAnswer: (reply, rowCount) => readKey(reply.json(), 'predictions', rowCount, file, settings.output),
    };
  },
  inspect: () =>
    Promise.resolve({
      notes: [
        'MLflow does not tell the columns of a model. Where its signature has integer or long columns, it takes no nulls there ' +
          '(give the column an impute) and cuts fractions off (settings.round rounds them).',
      ],
    }),
  fromUrl: ({ origin, pathname }) => ({ url: `${origin}${pathname.replace(/(\/invocations)?\/*$/, '')}` }),
};

/** Databricks' endpoints have no such path. */
function toReadyPath(url: string | undefined): string | undefined {
  return url?.includes('/serving-endpoints/') ? undefined : '/ping';
}
