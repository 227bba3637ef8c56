import { z } from 'zod';

/** The setting `output`: which output of a graph has what, by name. */
export const outputSchema = z
  .strictObject({
    /** The probability of each class; with one number per row, that of the second class. */
    probabilities: z.string().optional(),
    /** What softmax makes probabilities; with one number per row, what the sigmoid makes that of the second class. */
    logits: z.string().optional(),
    /** The predicted class. Beside probabilities or logits, it must be the most probable class of every row. */
    labels: z.string().optional(),
    /** The number that a regression predicts. */
    prediction: z.string().optional(),
  })
  .refine(
    ({ probabilities, logits, labels, prediction }) => {
      const scores = [probabilities, logits, prediction].filter((name) => name !== undefined).length;
      return scores === 1 ? prediction === undefined || labels === undefined : scores === 0 && labels !== undefined;
    },
    { error: 'one of probabilities, logits and prediction, and labels alone or beside probabilities or logits' },
  );
