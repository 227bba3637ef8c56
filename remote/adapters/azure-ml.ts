/**
 * Online endpoints of Azure Machine Learning. The format is up to the author of the scoring script: MLflow models take
 * `input_data`, scripts from the tutorials `data`, AutoML and the designer `Inputs`. Many scripts return json.dumps(…) and so
 * answer a JSON string that contains JSON; that is read, too.
 */
import { z } from 'zod';
import { recordOf } from '../../models/list-of.ts';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { RemoteAdapter, RemoteTable } from '../adapter.ts';
import type { RequestBody, UpstreamReply } from '../../upstream/request-reply.ts';
import { answerSchema, buildReadPredictions } from '../reply/read-predictions.ts';
import { buildBody, Slot } from '../request/build-body.ts';
import { ROW_FORMATS, rowShapeSchema } from '../request/row-shape.ts';
import { buildWriteTable } from '../request/write-table.ts';
import { ReplyError } from '../../upstream/upstream-error.ts';
import { remoteSettingsSchema } from '../remote-settings.ts';
import { buildTemplate, templateShape } from '../template.ts';

const endpointShape = {
  /** The URL is the complete scoring URL, with its path. */
  ...remoteSettingsSchema.shape,
  /** One of the endpoint's deployments; without it, the endpoint's traffic rules choose. */
  deployment: z
    .string()
    .regex(/^[A-Za-z0-9][\w-]{0,63}$/, 'the name of a deployment')
    .optional(),
};

const settingsSchema = z.discriminatedUnion('format', [
  /** {input_data: {columns, index, data}}: MLflow models. */
  z.strictObject({ ...endpointShape, format: z.literal('input_data'), answer: answerSchema }),
  /** {data: […]}. */
  z.strictObject({
    ...endpointShape,
    format: z.literal('data'),
    rows: rowShapeSchema.default('arrays'),
    answer: answerSchema,
  }),
  /** {Inputs: {<input>: [{…}]}, GlobalParameters: {…}}: AutoML and the designer. */
  z.strictObject({
    ...endpointShape,
    format: z.literal('inputs'),
    input: z.string().min(1).default('data'),
    parameters: recordOf(z.string(), z.json()).default({}),
    answer: answerSchema,
  }),
  /** Described by expressions. */
  z.strictObject({ ...endpointShape, format: z.literal('template'), ...templateShape }),
]);

type AzureSettings = z.infer<typeof settingsSchema>;

/** The adapter `azure-ml`. */
export const azureMl: RemoteAdapter<AzureSettings> = {
  settings: settingsSchema,
  // An endpoint accepts 5 MB per second; one request should not take longer.
  limits: { maxBytes: 5_000_000 },
  build: (file, settings) => {
    const toBody = buildToBody(file, settings);
    const readJson = buildReadPredictions(file, settings);
    const { deployment } = settings;
    const headers = deployment === undefined ? {} : { 'azureml-model-deployment': deployment };
    return {
      toRequest: async (table) => ({ path: '', headers, body: await toBody(table) }),
      toAnswer: (reply, rowCount) => readJson(decode(reply), rowCount),
    };
  },
  fromUrl: ({ origin, pathname }) => ({ url: `${origin}${pathname === '/' ? '/score' : pathname}` }),
};

function decode(reply: UpstreamReply): unknown {
  const json = reply.json();
  if (typeof json !== 'string') return json;
  try {
    return JSON.parse(json);
  } catch {
    // The parser's own error repeats data.
    throw new ReplyError('expected JSON, or a string that contains JSON');
  }
}

function buildToBody(
  file: DeploymentFile,
  settings: AzureSettings,
): (table: RemoteTable) => RequestBody | Promise<RequestBody> {
  switch (settings.format) {
    case 'input_data': {
      const columns = file.columns.map(({ name }) => name);
      const index = new Slot((writer, { rows }) => writer.write(JSON.stringify([...rows.keys()])));
      return buildBody({
        input_data: { columns, index, data: new Slot(buildWriteTable(file, { ...settings, format: 'rows' })) },
      });
    }
    case 'data':
      return buildBody({ data: new Slot(buildWriteTable(file, { ...settings, format: ROW_FORMATS[settings.rows] })) });
    case 'inputs': {
      const { input, parameters } = settings;
      const rows = new Slot(buildWriteTable(file, { ...settings, format: 'objects' }));
      return buildBody({ Inputs: { [input]: rows }, GlobalParameters: parameters });
    }
    case 'template':
      return buildTemplate(file, settings).toBody;
  }
}
