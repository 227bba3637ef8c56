/** The training statistics that `train` writes beside a deployment, as they are read to register it. */
import { z } from 'zod';
import { listOf } from '../models/list-of.ts';

const valueOrRange = z.union([z.string(), z.number(), z.tuple([z.number(), z.number()])]);

/** The parts of a deployment's training-statistics.json that are read here; everything else is passed through unchanged. */
export const writtenStatisticsSchema = z.object({
  common_configuration: z.record(z.string(), z.unknown()),
  explainability_configuration: z.record(z.string(), z.unknown()).optional(),
  /** How many rows of each label there are for each value of a feature; a value may be a range of numbers. */
  outcomes: z.object({
    rows: z.number(),
    labels: listOf(valueOrRange),
    features: listOf(
      z.object({
        attribute: z.string(),
        values: listOf(valueOrRange),
        counts: listOf(listOf(z.tuple([z.number(), z.number()]))),
      }),
    ),
  }),
});
export type WrittenStatistics = z.infer<typeof writtenStatisticsSchema>;
