/** The settings that every upstream has, whatever system it is. Times are in milliseconds. */
import { z } from 'zod';
import { authenticationSchema } from './credentials/authentication.ts';
import { isPlainUrl } from './plain-url.ts';

const time = z.int().min(1).max(600_000);
// What is appended to a query is no path; and a query is where people put keys.
const url = z
  .string()
  .refine(
    (text) => isPlainUrl(text) && !text.includes('?'),
    'an http or https URL without credentials, query and fragment',
  )
  .transform((text) => text.replace(/\/+$/, ''));

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

export const upstreamSettingsSchema = z.strictObject({
  /** Where the upstream is; a path in it comes before those of the protocol. */
  url: url.optional(),
  authentication: authenticationSchema.optional(),
  /** A file of certificates (PEM) that alone are believed of the upstream. Verification cannot be turned off. */
  ca_file: z.string().regex(/^\//, 'the absolute path of a file').optional(),
  /** How long connecting may take. */
  connect_timeout: time.default(3000),
  /** How long a call of the engine may take, with waiting, parts and retries. */
  timeout: time.default(30_000),
  /** The most rows and bytes of one request; larger tables are sent in parts. OpenScale's own largest calls have 5000 rows. */
  max_rows: z.int().min(1).default(5000),
  max_bytes: z.int().min(1024).optional(),
  /** The most bytes of one reply. */
  max_reply_bytes: z
    .int()
    .min(1024)
    .max(2 ** 28)
    .default(2 ** 23),
  /** The most requests at once, over as many connections; others wait for their turn. */
  max_connections: z.int().min(1).max(1024).default(32),
  /** The most calls of the engine that wait at once, for this upstream or for their turn; more are answered 503. */
  max_pending: z.int().min(1).max(100_000).default(256),
  /** How often a request is sent again that was surely not taken. */
  retries: z.int().min(0).max(10).default(2),
  /** How long an upstream that fails is left alone. */
  pause: time.default(5000),
  /** How often it is looked whether the upstream is ready. */
  ready_interval: time.default(10_000),
  /** Whether fractions in integer and long columns are rounded, for an upstream that refuses them. */
  round: z.boolean().default(false),
  output: outputSchema.prefault({}),
});

export type UpstreamSettings = z.infer<typeof upstreamSettingsSchema>;
export type OutputSettings = UpstreamSettings['output'];
