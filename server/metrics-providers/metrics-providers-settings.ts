/** The file that ENGINE_METRICS_PROVIDERS names: which metrics are computed for OpenScale, and how it is reached. */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { toProblems } from '../../errors/to-problems.ts';
import { containerSchema, openScaleSettingsSchema } from '../../openscale/client/openscale-settings.ts';
import { parseProviderSettings, type ProviderSettings } from '../../openscale/metrics-providers/build-provider.ts';

const milliseconds = z.int().min(1).max(86_400_000);

/** The connection, as a sink of the payload log has it, too. */
const connectionSchema = openScaleSettingsSchema.safeExtend({ container: containerSchema.optional() });

/** The name of a provider: a segment of its URL. */
const PROVIDER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const fileSchema = z.strictObject({
  openscale: connectionSchema.optional(),
  /** The folder of the modules; relative to the file. */
  folder: z.string().min(1).default('metrics-providers'),
  /** How long a call waits for the end of its run, in milliseconds; less than custom_metrics_wait_time. */
  wait: milliseconds.default(45_000),
  /** How long a run may take, in milliseconds. */
  timeout: milliseconds.default(900_000),
  /** How many runs are evaluated at the same time, and how many more may wait. */
  concurrency: z.int().min(1).max(16).default(2),
  queue: z.int().min(0).max(1000).default(16),
  /** What is read of a data set, at most. */
  max_records: z.int().min(1).max(10_000_000).default(100_000),
  max_bytes: z
    .int()
    .min(2 ** 16)
    .max(2 ** 32)
    .default(2 ** 26),
  /** Records per request. */
  page_records: z.int().min(1).max(1000).default(1000),
  /** Max heap of the thread that computes, and of a module, in MiB. */
  memory: z.int().min(64).max(65_536).default(1024),
  providers: z
    .record(z.string(), z.unknown())
    .refine((providers) => Object.keys(providers).length > 0, 'at least one provider'),
});

/** A connection to OpenScale, and the container of everything. */
export type OpenScaleConnection = z.infer<typeof connectionSchema>;

/** The settings of the metrics providers, complete; the folder is absolute. */
export interface MetricsProvidersSettings extends Omit<z.infer<typeof fileSchema>, 'providers'> {
  readonly providers: Readonly<Record<string, ProviderSettings>>;
}

/**
 * Checks the contents of the file.
 * @param path of the file, to which its paths are relative
 * @throws {Error} with every problem, each naming its place and what was expected there
 */
export function parseMetricsProvidersSettings(text: string, path: string): MetricsProvidersSettings {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error('expected JSON');
  }
  const { data, error } = fileSchema.safeParse(json);
  // The file as a whole has no name here.
  if (error)
    throw new Error(
      toProblems(error, '')
        .map((problem) => problem.replace(/^(\.|: )/, ''))
        .join('; '),
    );
  const providers: Record<string, ProviderSettings> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(data.providers)) {
    const place = `providers.${name}`;
    if (!PROVIDER_NAME.test(name))
      problems.push(`${place}: expected a name of up to 64 letters, digits, \`.\`, \`_\` and \`-\``);
    const parsed = parseProviderSettings(value, place);
    if ('problems' in parsed) problems.push(...parsed.problems);
    else providers[name] = parsed.settings;
  }
  if (problems.length > 0) throw new Error(problems.join('; '));
  return { ...data, folder: resolve(dirname(resolve(path)), data.folder), providers };
}

/** The connection in the settings of a sink `openscale`, which has more keys. */
export function toConnection(sink: object): OpenScaleConnection {
  const keys = Object.keys(connectionSchema.shape);
  return connectionSchema.parse(Object.fromEntries(Object.entries(sink).filter(([key]) => keys.includes(key))));
}
