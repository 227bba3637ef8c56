/** The settings of every deployment whose model lives elsewhere: those of its upstream, and how tables are sent and answers read. */
import { z } from 'zod';
import { upstreamSettingsSchema } from '../upstream/upstream-settings.ts';

/** What a text or number that stands for a row means, and where in an object the results are. */
const outputSchema = z.strictObject({
  /** What a single value of a row is. */
  scalar: z.enum(['label', 'class_index', 'positive_probability']).default('label'),
  /** The key, or the output, that has the prediction. */
  prediction: z.string().min(1).optional(),
  /** The key, or the output, that has the vector of probabilities; or one key a class, in the order of the classes. */
  probability: z.union([z.string().min(1), z.array(z.string().min(1)).min(2)]).optional(),
  /** Whether the prediction is derived from the probabilities, whatever the upstream predicts. */
  argmax: z.boolean().default(false),
});

export const remoteSettingsSchema = z.strictObject({
  ...upstreamSettingsSchema.shape,
  /** The most rows and bytes of one request; larger tables are sent in parts. OpenScale's own largest calls have 5000 rows. */
  max_rows: z.int().min(1).default(5000),
  max_bytes: z.int().min(1024).optional(),
  /** The most calls of the engine that wait at once, for this upstream or for their turn; more are answered 503. */
  max_pending: z.int().min(1).max(100_000).default(256),
  /** How often it is looked whether the upstream is ready. */
  ready_interval: z.int().min(1).max(600_000).default(10_000),
  /** Whether fractions in integer and long columns are rounded, for an upstream that refuses them. */
  round: z.boolean().default(false),
  output: outputSchema.prefault({}),
});

export type RemoteSettings = z.infer<typeof remoteSettingsSchema>;
export type OutputSettings = RemoteSettings['output'];
