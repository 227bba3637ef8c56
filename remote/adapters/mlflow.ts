/**
 * MLflow's scoring server, and Databricks model serving, which has the same format. The server reports nothing about the model
 * over HTTP. If the model has a signature, nulls in integer columns are rejected and fractions there are silently truncated; a
 * column's `impute` and the setting `round` avoid both.
 */
import { z } from 'zod';
import { encodingSchema } from '../../models/encoding.ts';
import type { RemoteAdapter } from '../adapter.ts';
import { buildBody, Slot } from '../request/build-body.ts';
import { buildWriteTable, type TableFormat } from '../request/write-table.ts';
import { listOutputs, readKey } from '../reply/read-outputs.ts';
import { remoteSettingsSchema } from '../remote-settings.ts';

const path = z.string().regex(/^\/[^#\s]*$/, 'a path that begins with a slash');

const shape = {
  ...remoteSettingsSchema.shape,
  path: path.default('/invocations'),
  /** Inference parameters, sent with each table. */
  params: z.record(z.string(), z.unknown()).optional(),
  /** A path that answers GET with 2xx while the model is ready; default /ping, null if there is none, as on Databricks. */
  ready_path: path.nullable().optional(),
};

const settingsSchema = z.discriminatedUnion('format', [
  z.strictObject({
    ...shape,
    /** `dataframe_split`: column names and rows; `dataframe_records`: one object per row; `inputs`: one array per column. */
    format: z.enum(['dataframe_split', 'dataframe_records', 'inputs']).default('dataframe_split'),
  }),
  z.strictObject({
    ...shape,
    /** One array per row, for models that take a tensor. */
    format: z.literal('instances'),
    /** How rows become numbers; without it, cells are sent unchanged. */
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
      toAnswer: (reply) => readKey(reply.json(), 'predictions', file, settings.output),
      listOutputs: (reply) => listOutputs(reply.json(), 'predictions'),
    };
  },
  inspect: () =>
    Promise.resolve({
      notes: [
        "MLflow does not report a model's columns. Integer and long columns of its signature reject nulls (give the column an " +
          'impute) and truncate fractions (settings.round rounds them instead).',
      ],
    }),
  fromUrl: ({ origin, pathname }) => ({ url: `${origin}${pathname.replace(/(\/invocations)?\/*$/, '')}` }),
};

/** Databricks endpoints have no such path. */
function toReadyPath(url: string | undefined): string | undefined {
  return url?.includes('/serving-endpoints/') ? undefined : '/ping';
}
