/** Makes metrics providers of the settings that describe them. */
import { z } from 'zod';
import { listOf } from '../../models/list-of.ts';
import { toProblems } from '../../errors/to-problems.ts';
import { commonParametersSchema } from './common-parameters.ts';
import type { MetricsProvider, RunParameters } from './metrics-provider.ts';
import { runProviderModule } from './module/run-in-thread.ts';
import { ProviderError } from './provider-kind.ts';
import { findProviderKind, providerKinds } from './provider-kinds.ts';

/** How a problem names the parameters that come with a run. */
const PLACE = 'custom_monitor_instance_params';

const metricName = z.string().regex(/^[a-z][a-z0-9_]{0,127}$/, 'lower-case letters, digits and `_`');

const moduleSchema = z.strictObject({
  type: z.literal('module'),
  /** The file, in the folder of the settings. */
  file: z.string().regex(/^[\w-][\w.-]*\.m?js$/, 'the name of a .js or .mjs file'),
  metrics: listOf(
    z.strictObject({
      name: metricName,
      description: z.string().default(''),
      threshold: z.strictObject({ type: z.enum(['lower_limit', 'upper_limit']), default: z.number() }).optional(),
    }),
    1,
  ),
  tags: listOf(z.strictObject({ name: metricName, description: z.string().default('') })).default([]),
  /** The data sets that it can use, the preferred one first. */
  data_sets: listOf(z.enum(['payload', 'feedback']), 1).default(['payload', 'feedback']),
  /** Whether feedback without predictions is scored first. */
  needs_scores: z.boolean().default(false),
  parameters: z.record(z.string(), z.unknown()).default({}),
});

/** The settings of a module of the operator's. */
export type ModuleProviderSettings = z.infer<typeof moduleSchema>;

const builtInSchema = z.strictObject({
  type: z.enum(Object.keys(providerKinds) as [keyof typeof providerKinds]),
  parameters: z.record(z.string(), z.unknown()).default({}),
});

/** The settings of a provider, checked. */
export type ProviderSettings = ModuleProviderSettings | z.infer<typeof builtInSchema>;

/**
 * Checks the settings of a provider.
 * @param place where they are, for problems
 * @returns the settings, or all problems
 */
export function parseProviderSettings(
  value: unknown,
  place: string,
): { readonly settings: ProviderSettings } | { readonly problems: readonly string[] } {
  const isModule = (value as { type?: unknown } | null)?.type === 'module';
  const parsed = (isModule ? moduleSchema : builtInSchema).safeParse(value);
  if (!parsed.success) return { problems: toProblems(parsed.error, place) };
  const { data } = parsed;
  if (data.type === 'module') {
    const common = commonParametersSchema.partial().safeParse(data.parameters);
    return common.success ? { settings: data } : { problems: toProblems(common.error, `${place}.parameters`) };
  }
  // What is missing here may come with a run, but what is unknown is a slip of the pen.
  const shape = { ...commonParametersSchema.shape, ...toShape(data.type) };
  const checked = z.strictObject(shape).partial().safeParse(data.parameters);
  return checked.success ? { settings: data } : { problems: toProblems(checked.error, `${place}.parameters`) };
}

function toShape(type: string): z.core.$ZodLooseShape {
  return (findProviderKind(type)?.schema as z.ZodObject).shape;
}

/** What the providers of modules need besides their settings. */
export interface ModuleSurroundings {
  /** The folder of the modules. */
  readonly folder: string;
  /** Max heap of a module, in MiB. */
  readonly memory: number;
}

/** Makes a provider. */
export function buildProvider(
  name: string,
  settings: ProviderSettings,
  surroundings: ModuleSurroundings,
): MetricsProvider {
  const { parameters: usual } = settings;
  if (settings.type === 'module') {
    const { metrics, tags, data_sets, needs_scores, file } = settings;
    return {
      name,
      metrics: metrics.map(({ threshold, ...rest }) => ({ ...rest, ...(threshold && { threshold }) })),
      tags,
      dataSets: data_sets,
      needsScores: needs_scores,
      parse: (own) => parse(z.record(z.string(), z.unknown()), usual, own),
      compute: (input, own, signal) => runProviderModule({ file, ...surroundings, input, parameters: own }, signal),
    };
  }
  const kind = findProviderKind(settings.type);
  if (!kind) throw new TypeError(`there is no provider ${settings.type}`);
  const { metrics, tags, dataSets, needsScores, schema } = kind;
  return {
    name,
    metrics,
    tags,
    dataSets,
    needsScores,
    parse: (own) => parse(schema, usual, own),
    compute: async (input, own) => kind.compute(input, own),
  };
}

function parse(
  schema: z.ZodType,
  usual: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, unknown>>,
): RunParameters {
  const given = Object.entries(own).filter(([, value]) => value !== null);
  const merged = { ...usual, ...Object.fromEntries(given) };
  const [common, ofKind] = [commonParametersSchema.safeParse(merged), schema.safeParse(merged)];
  if (common.success && ofKind.success) return { common: common.data, own: ofKind.data };
  const problems = [common, ofKind].flatMap(({ error }) => (error ? toProblems(error, PLACE) : []));
  throw new ProviderError([...new Set(problems)].join('; '), 'invalid_parameters');
}
