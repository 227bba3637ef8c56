/**
 * Endpoints of Amazon SageMaker (API reference, InvokeEndpoint). The format is up to the container: built-in algorithms take
 * CSV of numbers (XGBoost) or `features` (linear learner, k-NN); Autopilot takes CSV of any cells and answers labels and
 * probabilities by name; other containers mostly take `instances`, or what a template describes.
 */
import { z } from 'zod';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import { encodingSchema } from '../../models/encoding.ts';
import type { RemoteAdapter, RemoteTable } from '../adapter.ts';
import type { RequestBody, UpstreamReply } from '../../upstream/request-reply.ts';
import { buildBody, Slot } from '../request/build-body.ts';
import { buildMatrix, type MatrixSettings } from '../request/build-matrix.ts';
import { buildCells } from '../request/cells.ts';
import { toCsv } from '../request/to-csv.ts';
import { answerSchema, buildReadPredictions } from '../reply/read-predictions.ts';
import { readCsv } from '../reply/read-csv.ts';
import { ROW_FORMATS, rowShapeSchema } from '../request/row-shape.ts';
import { buildWriteTable } from '../request/write-table.ts';
import { REGION } from '../../upstream/region.ts';
import { remoteSettingsSchema } from '../remote-settings.ts';
import { buildTemplate, templateShape } from '../template.ts';

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/, 'a name of letters, digits and dashes');
const headerValue = z
  .string()
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,1022}[\x21-\x7e])?$/, 'text that a header can contain');

const endpointShape = {
  ...remoteSettingsSchema.shape,
  endpoint: name,
  region: z.string().regex(REGION, 'the name of a region, such as eu-central-1'),
  /** One of the endpoint's production variants. */
  target_variant: name.optional(),
  /** The model of a multi-model endpoint: a path below its prefix. */
  target_model: headerValue.optional(),
  inference_component: name.optional(),
  /** The media types of the request and the reply, if they differ from the format's. */
  content_type: headerValue.optional(),
  accept: headerValue.optional(),
};

const settingsSchema = z.discriminatedUnion('format', [
  /** Encoded numbers: text/csv, or {instances: [{features: […]}]}. */
  z.strictObject({
    ...endpointShape,
    format: z.enum(['csv', 'features']),
    encoding: encodingSchema.optional(),
    answer: answerSchema,
  }),
  /** Unchanged cells in text/csv. */
  z.strictObject({ ...endpointShape, format: z.literal('raw_csv'), answer: answerSchema }),
  /** Unchanged cells in {instances: […]}. */
  z.strictObject({
    ...endpointShape,
    format: z.literal('instances'),
    rows: rowShapeSchema.default('arrays'),
    answer: answerSchema,
  }),
  /** Described by expressions. */
  z.strictObject({ ...endpointShape, format: z.literal('template'), ...templateShape }),
]);

type SagemakerSettings = z.infer<typeof settingsSchema>;

const CSV = 'text/csv';
const JSON_TYPE = 'application/json';

/** The adapter `sagemaker`. */
export const sagemaker: RemoteAdapter<SagemakerSettings> = {
  settings: settingsSchema,
  // The runtime's limit is 6 MiB.
  limits: { maxBytes: 6 * 2 ** 20 },
  toUrl: ({ region }) => `https://runtime.sagemaker.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`,
  toAuthentication: ({ region }) => ({ type: 'aws', region, service: 'sagemaker' }),
  build: (file, settings) => {
    const { format } = settings;
    const toBody = buildToBody(file, settings);
    const readJson = buildReadPredictions(file, settings);
    const headers = {
      'content-type': settings.content_type ?? (format === 'csv' || format === 'raw_csv' ? CSV : JSON_TYPE),
      accept: settings.accept ?? (format === 'csv' ? CSV : JSON_TYPE),
      ...toHeader('target-variant', settings.target_variant),
      ...toHeader('target-model', settings.target_model),
      ...toHeader('inference-component', settings.inference_component),
    };
    return {
      toRequest: async (table) => ({
        path: `/endpoints/${settings.endpoint}/invocations`,
        headers,
        body: await toBody(table),
      }),
      toAnswer: (reply, rowCount) => {
        if (isJson(reply)) return readJson(reply.json(), rowCount);
        return readCsv(reply.text, rowCount, file, settings.output);
      },
    };
  },
  fromUrl: ({ origin, hostname, pathname }) => {
    const [, region] = /^runtime\.sagemaker\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(hostname) ?? [];
    const [, endpoint] = /^\/endpoints\/([^/]+)/.exec(pathname) ?? [];
    return { ...(region === undefined ? { url: origin } : { region }), ...(endpoint !== undefined && { endpoint }) };
  },
};

function toHeader(key: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [`x-amzn-sagemaker-${key}`]: value };
}

/** Not all containers set a content type. */
function isJson({ headers, text }: UpstreamReply): boolean {
  return /\bjson\b/.test(headers['content-type'] ?? '') || text.trimStart().startsWith('{');
}

function buildToBody(
  file: DeploymentFile,
  settings: SagemakerSettings,
): (table: RemoteTable) => RequestBody | Promise<RequestBody> {
  switch (settings.format) {
    case 'csv': {
      const toNumbers = buildToNumbers(file, settings, true);
      return (table) => toCsv(toNumbers(table));
    }
    case 'features': {
      const toNumbers = buildToNumbers(file, settings, false);
      return (table) => JSON.stringify({ instances: toNumbers(table).map((features) => ({ features })) });
    }
    case 'raw_csv': {
      const cells = buildCells(file.columns, settings);
      return (table) => toCsv(cells.toRows(table));
    }
    case 'instances':
      return buildBody({
        instances: new Slot(buildWriteTable(file, { ...settings, format: ROW_FORMATS[settings.rows] })),
      });
    case 'template':
      return buildTemplate(file, settings).toBody;
  }
}

/** Rows of numbers, with null for missing values if the model accepts them. */
function buildToNumbers(
  file: DeploymentFile,
  settings: MatrixSettings,
  nan: boolean,
): (table: RemoteTable) => (number | null)[][] {
  const encoder = buildMatrix(file, settings, nan);
  return (table) => {
    const matrix = encoder.encode(table);
    return table.rows.map((_, row) =>
      Array.from(matrix.subarray(row * encoder.width, (row + 1) * encoder.width), (value) =>
        Number.isNaN(value) ? null : value,
      ),
    );
  };
}
