/** The settings of every remote deployment: those of its upstream, and how tables are sent and replies are read. */
import { z } from 'zod';
import { listOf, recordOf } from '../models/list-of.ts';
import { upstreamSettingsSchema } from '../upstream/upstream-settings.ts';

/** What the values in a reply mean, and the names of the results in it. */
const outputSchema = z.strictObject({
  /** What a single value per row is. */
  scalar: z.enum(['label', 'class_index', 'positive_probability']).default('label'),
  /** The key or output with the prediction. */
  prediction: z.string().min(1).optional(),
  /** The key or output with the vector of probabilities, or one key per class, in the order of the classes. */
  probability: z.union([z.string().min(1), listOf(z.string().min(1), 2)]).optional(),
  /** The key or output with the probability of the predicted class, of two. */
  confidence: z.string().min(1).optional(),
  /** The classes by the upstream's labels for them, if these differ. */
  labels: recordOf(z.string(), z.union([z.string(), z.number()])).optional(),
  /** Whether the prediction is derived from the probabilities, ignoring the upstream's own. */
  argmax: z.boolean().default(false),
});

export const remoteSettingsSchema = z.strictObject({
  ...upstreamSettingsSchema.shape,
  /** Max rows and bytes of one request; larger tables are sent in parts. OpenScale's largest calls have 5000 rows. */
  max_rows: z.int().min(1).default(5000),
  max_bytes: z.int().min(1024).optional(),
  /** Max pending calls, running or waiting; more are answered with 503. */
  max_pending: z.int().min(1).max(100_000).default(256),
  /** Milliseconds between two readiness checks. */
  ready_interval: z.int().min(1).max(600_000).default(10_000),
  /** Whether fractions in integer and long columns are rounded, for upstreams that reject them. */
  round: z.boolean().default(false),
  output: outputSchema.prefault({}),
});

export type RemoteSettings = z.infer<typeof remoteSettingsSchema>;
export type OutputSettings = RemoteSettings['output'];
