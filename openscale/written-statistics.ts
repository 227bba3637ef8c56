/** The training statistics that `train` writes beside a deployment, as they are read to register it. */
import { z } from 'zod';

const valueOrRange = z.union([z.string(), z.number(), z.tuple([z.number(), z.number()])]);

/** The parts of a deployment's training-statistics.json that are read here; everything else is passed through unchanged. */
export const writtenStatisticsSchema = z.object({
  common_configuration: z.record(z.string(), z.unknown()),
  explainability_configuration: z.record(z.string(), z.unknown()).optional(),
  /** How many rows of each label there are for each value of a feature; a value may be a range of numbers. */
  outcomes: z.object({
    rows: z.number(),
    labels: z.array(valueOrRange),
    features: z.array(
      z.object({
        attribute: z.string(),
        values: z.array(valueOrRange),
        counts: z.array(z.array(z.tuple([z.number(), z.number()]))),
      }),
    ),
  }),
});
export type WrittenStatistics = z.infer<typeof writtenStatisticsSchema>;
