/**
 * IBM Watson Machine Learning (watsonx.ai Runtime), v4: tables in and tables out, almost in OpenScale's own format. A deployment
 * is identified by its id or its serving name (cloud.ibm.com/apidocs/machine-learning).
 */
import { z } from 'zod';
import type { RemoteAdapter, RemoteAnswer } from '../adapter.ts';
import { buildBody, Slot } from '../request/build-body.ts';
import { buildWriteTable } from '../request/write-table.ts';
import { listOf } from '../../models/list-of.ts';
import { ReplyError } from '../../upstream/upstream-error.ts';
import { remoteSettingsSchema, type OutputSettings } from '../remote-settings.ts';
import { inspectModel } from './watson-ml/inspect-model.ts';

const id = z.string().regex(/^[A-Za-z0-9][\w-]{0,127}$/, 'an id or a serving name');

/** The settings that identify a deployment. */
const idShape = {
  /** The id of the deployment, or its serving name. */
  deployment: id,
  /** The date of the API. */
  version: z.iso.date('a date, such as 2024-01-25'),
  /** The deployment's space; without it, only scoring is possible, no readiness path and no schema. */
  space_id: id.optional(),
};

const settingsSchema = z.strictObject({ ...remoteSettingsSchema.shape, ...idShape });

/** The adapter `watson-ml`. */
export const watsonMl: RemoteAdapter<z.infer<typeof settingsSchema>> = {
  settings: settingsSchema,
  build: (file, settings) => {
    const { deployment, version, space_id, output } = settings;
    const fields = file.columns.map(({ name }) => name);
    const values = new Slot(buildWriteTable(file, { ...settings, format: 'rows' }));
    const toBody = buildBody({ input_data: [{ fields, values }] });
    const base = `/ml/v4/deployments/${deployment}`;
    return {
      // Without a space, only scoring is allowed.
      readyPath: space_id === undefined ? undefined : `${base}?${toQuery(version, space_id)}`,
      toRequest: (table) => ({
        path: `${base}/predictions?${toQuery(version, space_id)}`,
        body: toBody(table),
      }),
      toAnswer: (reply) => readTable(reply.json(), output),
    };
  },
  inspect: async (settings, request) => {
    const { data } = z.looseObject(idShape).safeParse(settings);
    if (data?.space_id === undefined)
      return { notes: ['To look up the columns of the model, set deployment, version and space_id.'] };
    return inspectModel(data.deployment, toQuery(data.version, data.space_id), request);
  },
  fromUrl: ({ origin, pathname, searchParams }) => {
    const [, deployment] = /^\/ml\/v4\/deployments\/([^/]+)/.exec(pathname) ?? [];
    const [version, space_id] = [searchParams.get('version'), searchParams.get('space_id')];
    return {
      url: origin,
      ...(deployment !== undefined && { deployment }),
      ...(version !== null && { version }),
      ...(space_id !== null && { space_id }),
    };
  },
};

/** The query of every path. */
function toQuery(version: string, spaceId: string | undefined): string {
  return new URLSearchParams({ version, ...(spaceId !== undefined && { space_id: spaceId }) }).toString();
}

const replySchema = z.looseObject({
  predictions: z.tuple([z.looseObject({ fields: listOf(z.string()), values: listOf(z.array(z.unknown())) })]),
});

/** The columns of the prediction and the probabilities, found by name. */
function readTable(reply: unknown, output: OutputSettings): RemoteAnswer {
  const parsed = replySchema.safeParse(reply);
  if (!parsed.success) throw new ReplyError('expected predictions: [{fields: […], values: [[…]]}]');
  const [{ fields, values }] = parsed.data.predictions;
  const find = (field: string, setting: string) => {
    const index = fields.indexOf(field);
    if (index >= 0) return values.map((row) => row[index]);
    throw new ReplyError(`expected the field ${JSON.stringify(field)} (settings.output.${setting}) in predictions`);
  };
  const findDefault = (field: string) => (fields.includes(field) ? find(field, '') : undefined);

  const predictions =
    output.prediction === undefined ? findDefault('prediction') : find(output.prediction, 'prediction');
  const { probability } = output;
  if (Array.isArray(probability)) {
    const columns = probability.map((field) => find(field, 'probability'));
    return { predictions, probabilities: values.map((_, row) => columns.map((column) => column[row])) };
  }
  const probabilities = probability === undefined ? findDefault('probability') : find(probability, 'probability');
  if (!probabilities) return output.scalar === 'positive_probability' ? { positive: predictions } : { predictions };
  return Array.isArray(probabilities[0]) ? { predictions, probabilities } : { predictions, positive: probabilities };
}
