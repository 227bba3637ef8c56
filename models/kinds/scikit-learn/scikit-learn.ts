/**
 * Models of scikit-learn, in the JSON that export.py writes beside the model: a program of steps, from the columns of the
 * table to the scores. A pickle is never read: it could run any code.
 */
import { z } from 'zod';
import { normalize } from '../../margins.ts';
import { toPredictions, type Scores } from '../../model.ts';
import { toMatrixKind } from '../matrix-kind.ts';
import { checkParts, packProgram, unpackProgram, type Matrix, type PackedProgram } from './program.ts';
import { FORMAT, readDocument } from './read-document.ts';
import type { Estimate } from './estimate.ts';
import { buildEstimator } from './run-estimator.ts';

type Data = PackedProgram & { readonly rule: Rule; readonly isNormalized: boolean };

/** What is answered where predicted and most probable class may differ. */
type Rule = 'agree' | 'predicted' | 'probable';

/** The functions of the programs in this thread. */
const built = new WeakMap<PackedProgram, (matrix: Matrix) => Estimate>();

/** The start of a file: `format` is its first key. */
const START = new RegExp(`^\\uFEFF?\\s*\\{\\s*"format"\\s*:\\s*"${FORMAT}"`);

/** The kind scikit-learn. */
export const scikitLearn = toMatrixKind({
  fileName: 'model.json',
  settings: {
    /** Whether a support vector machine answers its most probable class, with probabilities, instead of the predicted one. */
    probabilities: z.boolean().default(false),
  },
  encoding: { categories: 'codes', nan: true, missingCategory: NaN },
  recognizes: (bytes) => START.test(new TextDecoder().decode(bytes.subarray(0, 256))),
  read: (bytes, place, settings) => {
    const { description, program } = readDocument(bytes, place);
    if (!settings) checkParts(program);
    const { isNormalized = false } = description;
    const rule: Rule = !description.mayDisagree ? 'agree' : settings?.probabilities ? 'probable' : 'predicted';
    return {
      description,
      compile: (): Data => ({ ...packProgram(program, description.features.length), rule, isNormalized }),
    };
  },
  score: (data: Data, matrix, classCount): Scores => {
    let run = built.get(data);
    if (!run) built.set(data, (run = buildEstimator(unpackProgram(data))));
    const width = data.width;
    const { predictions, probabilities } = run({ rowCount: matrix.length / width, width, values: matrix });
    if (classCount === undefined) return { predictions };
    if (!probabilities || data.rule === 'predicted') return { predictions };
    // The last bit of a sum may be above 1.
    const bounded = (data.isNormalized ? normalize(probabilities.slice(), classCount) : probabilities).map(
      (probability) => Math.min(1, Math.max(0, probability)),
    );
    return {
      predictions: data.rule === 'probable' ? toPredictions(bounded, classCount) : predictions,
      probabilities: bounded,
    };
  },
});
