/** CatBoost models in JSON: the kind `catboost`. */
import { checkEnsemble } from '../../forest/check-ensemble.ts';
import { compileForest, type CompiledForest } from '../../forest/compile-forest.ts';
import { scoreForest } from '../../forest/score-forest.ts';
import { compileSymmetric, type SymmetricForest } from '../../forest/symmetric/compile-symmetric.ts';
import { scoreSymmetric } from '../../forest/symmetric/score-symmetric.ts';
import { toScores, type Transform } from '../../margins.ts';
import { toSharedFloats } from '../../to-shared.ts';
import { toMatrixKind } from '../matrix-kind.ts';
import { isBinary, readModel, toBinaryError } from './read-model.ts';

type CatboostData = Readonly<{
  /** The trees: of one of the two forms. */
  forest: CompiledForest | undefined;
  symmetric: SymmetricForest | undefined;
  transform: Transform;
  scale: number;
  bias: Float64Array;
}>;

/** The kind catboost: `model.json` as save_model writes it with the format "json". */
export const catboost = toMatrixKind({
  fileName: 'model.json',
  settings: {},
  // A category that no tree tests is in no set.
  encoding: { categories: 'codes', nan: true },
  recognizes: (bytes) => isBinary(bytes) || START.test(toStart(bytes)),
  read: (bytes, place, settings) => {
    if (isBinary(bytes)) throw toBinaryError(place);
    const { description, ensemble, transform, scale, bias } = readModel(bytes, place);
    // When the model is compiled, this is checked, too.
    if (!settings) checkEnsemble(ensemble, place);
    return {
      description,
      compile: (): CatboostData => {
        const symmetric = compileSymmetric(ensemble, place);
        const forest = symmetric ? undefined : compileForest(ensemble, place);
        return { forest, symmetric, transform, scale, bias: toSharedFloats(bias) };
      },
    };
  },
  score: ({ forest, symmetric, transform, scale, bias }, matrix, classCount, isPart) => {
    const margins = symmetric ? scoreSymmetric(symmetric, matrix) : scoreForest(forest as CompiledForest, matrix);
    for (let at = 0; at < margins.length;) {
      for (let output = 0; output < bias.length; output++, at++)
        margins[at] = scale * (margins[at] as number) + (bias[output] as number);
    }
    return toScores(margins, { transform, classCount, isUnnormalized: isPart });
  },
});

/** The first key of a file, which CatBoost writes in the order of the alphabet. */
const START = /^\s*\{\s*"(ctr_data|features_info)"\s*:/;

function toStart(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 200)).toString('latin1');
}
