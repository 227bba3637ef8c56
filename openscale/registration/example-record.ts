import type { Deployment } from '../../models/deployment.ts';

/**
 * The deployment's recorded example as a record of payload logging, which OpenScale may need before it monitors quality. Its id
 * says what it is, and sending it again replaces it.
 */
export function toExampleRecord({ file, hasProbabilities }: Deployment): object {
  const { id, result, example } = file;
  const { fields, values } = example;
  // A deployment without one is not loaded.
  const answer = example.answer as NonNullable<typeof example.answer>;
  return {
    scoring_id: `custom-ml-engine-example-of-${id}`,
    scoring_timestamp: new Date().toISOString(),
    response_time: 0,
    request: { fields, values },
    response: {
      fields: [result.prediction, ...(hasProbabilities ? [result.probability] : [])],
      values: values.map((_, row) => [
        answer.predictions[row],
        ...(hasProbabilities ? [answer.probabilities?.[row]] : []),
      ]),
    },
    multiple_records: true,
  };
}
