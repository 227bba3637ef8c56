/**
 * KServe's first protocol, which is TensorFlow Serving's: rows as instances, or TensorFlow's inputs by column. KServe's own
 * scikit-learn server builds a data frame only from objects whose values are lists (`object_lists`).
 */
import { z } from 'zod';
import { DeploymentError } from '../../errors/deployment-error.ts';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import { encodingSchema } from '../../models/encoding.ts';
import type { RemoteAdapter } from '../adapter.ts';
import { buildBody, Slot } from '../request/build-body.ts';
import { buildWriteTable } from '../request/write-table.ts';
import { inspectModel } from './kserve-v1/inspect-model.ts';
import { readResults } from './kserve-v1/read-results.ts';
import { modelNameShape, splitModelUrl, toModelPath } from '../request/model-url.ts';
import { listOutputs, readKey } from '../reply/read-outputs.ts';
import { remoteSettingsSchema } from '../remote-settings.ts';

const shape = {
  ...remoteSettingsSchema.shape,
  ...modelNameShape,
  /** TensorFlow: the signature; the server's default is `serving_default`. */
  signature_name: z.string().min(1).optional(),
};
const predictShape = { ...shape, verb: z.literal('predict').default('predict') };

const settingsSchema = z.discriminatedUnion('verb', [
  z.discriminatedUnion('format', [
    z.strictObject({
      ...predictShape,
      /** One array per row. */
      format: z.literal('rows').default('rows'),
      /** How rows become numbers; without it, cells are sent unchanged. */
      encoding: encodingSchema.optional(),
    }),
    z.strictObject({
      ...predictShape,
      /** One object per row, or TensorFlow's inputs by column; in `…_lists`, each value is wrapped in an array. */
      format: z.enum(['objects', 'object_lists', 'columns', 'column_lists']),
    }),
  ]),
  /** TensorFlow: rows as examples, answered with pairs of label and score. */
  z.strictObject({ ...shape, verb: z.literal('classify') }),
]);

type KserveSettings = z.infer<typeof settingsSchema>;

/** The adapter `kserve-v1`. */
export const kserveV1: RemoteAdapter<KserveSettings> = {
  settings: settingsSchema,
  build: (file, settings) => {
    const { verb, signature_name, output } = settings;
    if (verb === 'classify') checkClassify(file);
    const format = verb === 'classify' ? 'objects' : settings.format;
    const isByColumn = format === 'columns' || format === 'column_lists';
    const requestKey = verb === 'classify' ? 'examples' : isByColumn ? 'inputs' : 'instances';
    const path = toModelPath('v1', settings);
    const toBody = buildBody({
      ...(signature_name !== undefined && { signature_name }),
      [requestKey]: new Slot(buildWriteTable(file, { ...settings, format })),
    });
    const replyKey = isByColumn ? 'outputs' : 'predictions';
    return {
      readyPath: path,
      toRequest: (table) => ({ path: `${path}:${verb}`, body: toBody(table) }),
      toAnswer: (reply) =>
        verb === 'classify' ? readResults(reply.json(), file, output) : readKey(reply.json(), replyKey, file, output),
      listOutputs: (reply) => listOutputs(reply.json(), replyKey),
    };
  },
  inspect: inspectModel,
  fromUrl: (url) => {
    const { verb, ...rest } = splitModelUrl('v1', url);
    return verb === 'classify' ? { ...rest, verb } : rest;
  },
};

/** TensorFlow's examples cannot contain null. */
function checkClassify({ columns, label }: DeploymentFile): void {
  const problems = columns.flatMap(({ nullable, impute }, index) =>
    nullable && impute === undefined
      ? [
          `deployment.json.columns[${index}]: expected impute: the column is nullable, and TensorFlow's examples cannot contain null`,
        ]
      : [],
  );
  if (!label.classes) problems.push('deployment.json.settings.verb: expected "predict", because this is a regression');
  if (problems.length > 0) throw new DeploymentError(problems);
}
