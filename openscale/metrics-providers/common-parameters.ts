/** The parameters that every metrics provider has: which records it computes of, and which of their columns are what. */
import { z } from 'zod';

const time = z.iso.datetime({ offset: true, error: 'a date and time such as 2026-11-23T12:00:00Z' });
const column = z.string().min(1).optional();

export const commonParametersSchema = z.object({
  data_set: z.enum(['payload', 'feedback']).optional(),
  /** Records before this many hours ago are not read. */
  window_hours: z.number().gt(0).max(87_600).optional(),
  /** The newest records, at most so many; the settings of the engine limit it. */
  max_records: z.int().min(1).optional(),
  /** With fewer records, nothing is computed. */
  min_records: z.int().min(1).default(1),
  label_column: column,
  prediction_column: column,
  probability_column: column,
  /** Records of an earlier time, to compare with. */
  baseline_start: time.optional(),
  baseline_end: time.optional(),
});

export type CommonParameters = z.infer<typeof commonParametersSchema>;
