/**
 * Endpoints of Vertex AI (reference of projects.locations.endpoints.predict): instances in, predictions out. Models of AutoML
 * take objects, and answer {classes, scores}, in any order, or {value}; what a container of one's own answers is its affair.
 */
import { z } from 'zod';
import { DeploymentError } from '../../deployment-error.ts';
import type { DeploymentFile } from '../../deployment-file.ts';
import type { RemoteAdapter, RemoteTable } from '../adapter.ts';
import type { Cell } from '../request/cells.ts';
import { answerSchema, buildReadPredictions } from '../reply/read-predictions.ts';
import { buildToRows, rowShapeSchema } from '../request/row-shape.ts';
import { REGION } from '../target/region.ts';
import { targetSettingsSchema } from '../target/target-settings.ts';

const settingsSchema = z.strictObject({
  ...targetSettingsSchema.shape,
  /** The id or the number of the project; that of a domain has it before a colon. */
  project: z.string().regex(/^[a-z0-9](?:[a-z0-9.:-]{0,98}[a-z0-9])?$/, 'the id or the number of a project'),
  region: z.string().regex(REGION, 'the name of a region, such as europe-west4'),
  endpoint: z.string().regex(/^[A-Za-z0-9][\w-]{0,62}$/, 'the id of an endpoint'),
  rows: rowShapeSchema.default('objects'),
  /** The columns whose numbers are sent as texts: AutoML takes numbers of 64 bits and categories so. */
  as_text: z.array(z.string()).default([]),
  /** What is sent beside the instances. */
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
    const toInstances = buildToInstances(file, settings);
    const readJson = buildReadPredictions(file, settings);
    const path = `/v1/projects/${encodeURIComponent(project)}/locations/${region}/endpoints/${endpoint}:predict`;
    return {
      toRequest: (table) => ({ path, body: JSON.stringify({ instances: toInstances(table), parameters }) }),
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

function buildToInstances(file: DeploymentFile, settings: VertexSettings): (table: RemoteTable) => unknown[] {
  const names = file.columns.map(({ name }) => name);
  const problems = settings.as_text.flatMap((column, index) =>
    names.includes(column) ? [] : [`deployment.json.settings.as_text[${index}]: expected the name of a column`],
  );
  if (problems.length > 0) throw new DeploymentError(problems);
  const toRows = buildToRows(file, settings.rows, settings);
  if (settings.as_text.length === 0) return toRows;
  const asText = settings.as_text.map((column) => (settings.rows === 'objects' ? column : names.indexOf(column)));
  return (table) => {
    const rows = toRows(table) as Record<string | number, Cell>[];
    for (const row of rows) for (const key of asText) if (row[key] !== null) row[key] = String(row[key]);
    return rows;
  };
}
