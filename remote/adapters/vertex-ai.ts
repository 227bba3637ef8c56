/**
 * Endpoints of Vertex AI (reference of projects.locations.endpoints.predict): instances in, predictions out. AutoML models take
 * objects and answer {classes, scores}, in any order, or {value}; custom containers answer what their author chose.
 */
import { z } from 'zod';
import { listOf } from '../../models/list-of.ts';
import { DeploymentError } from '../../errors/deployment-error.ts';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { RemoteAdapter } from '../adapter.ts';
import { answerSchema, buildReadPredictions } from '../reply/read-predictions.ts';
import { buildBody, Slot } from '../request/build-body.ts';
import { ROW_FORMATS, rowShapeSchema } from '../request/row-shape.ts';
import { buildWriteCell, buildWriteText } from '../request/write-cell.ts';
import { buildWriteCells, type WriteTable } from '../request/write-table.ts';
import { REGION } from '../../upstream/region.ts';
import { remoteSettingsSchema } from '../remote-settings.ts';

const settingsSchema = z.strictObject({
  ...remoteSettingsSchema.shape,
  /** The id or the number of the project; domain-scoped ids have a colon. */
  project: z.string().regex(/^[a-z0-9](?:[a-z0-9.:-]{0,98}[a-z0-9])?$/, 'the id or the number of a project'),
  region: z.string().regex(REGION, 'the name of a region, such as europe-west4'),
  endpoint: z.string().regex(/^[A-Za-z0-9][\w-]{0,62}$/, 'the id of an endpoint'),
  rows: rowShapeSchema.default('objects'),
  /** Columns whose numbers are sent as text, which AutoML expects for 64-bit integers and categories. */
  as_text: listOf(z.string()).default([]),
  /** Sent beside the instances. */
  parameters: z.json().optional(),
  answer: answerSchema,
});

type VertexSettings = z.infer<typeof settingsSchema>;

/** The adapter `vertex-ai`. */
export const vertexAi: RemoteAdapter<VertexSettings> = {
  settings: settingsSchema,
  limits: { maxBytes: 1_500_000 },
  toUrl: ({ region }) => `https://${region}-aiplatform.googleapis.com`,
  toAuthentication: () => ({ type: 'google' }),
  build: (file, settings) => {
    const { project, region, endpoint, parameters } = settings;
    const toBody = buildBody({ instances: new Slot(buildWriteInstances(file, settings)), parameters });
    const readJson = buildReadPredictions(file, settings);
    const path = `/v1/projects/${encodeURIComponent(project)}/locations/${region}/endpoints/${endpoint}:predict`;
    return {
      toRequest: (table) => ({ path, body: toBody(table) }),
      toAnswer: (reply, rowCount) => readJson(reply.json(), rowCount),
    };
  },
  fromUrl: ({ origin, hostname, pathname }) => {
    const [, project, region, endpoint] =
      /^\/v1\/projects\/([^/]+)\/locations\/([^/]+)\/endpoints\/([^/:]+)/.exec(pathname) ?? [];
    return {
      ...(!hostname.endsWith('-aiplatform.googleapis.com') && { url: origin }),
      ...(project !== undefined && { project: project.replaceAll('%3A', ':'), region, endpoint }),
    };
  },
};

function buildWriteInstances(file: DeploymentFile, settings: VertexSettings): WriteTable {
  const names = file.columns.map(({ name }) => name);
  const problems = settings.as_text.flatMap((column, index) =>
    names.includes(column) ? [] : [`deployment.json.settings.as_text[${index}]: expected the name of a column`],
  );
  if (problems.length > 0) throw new DeploymentError(problems);
  const writeCells = file.columns.map((column) =>
    (settings.as_text.includes(column.name) ? buildWriteText : buildWriteCell)(column, settings),
  );
  return buildWriteCells(file, ROW_FORMATS[settings.rows], writeCells);
}
