/** LightGBM models in the text format of save_model: the kind `lightgbm`. */
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { checkEnsemble } from '../../forest/check-ensemble.ts';
import { compileForest, type CompiledForest } from '../../forest/compile-forest.ts';
import { scoreForest } from '../../forest/score-forest.ts';
import { toScores, type Transform } from '../../margins.ts';
import { toMatrixKind } from '../matrix-kind.ts';
import { collectLeaves, scoreLinear, type LinearLeaves } from './linear-trees.ts';
import { readModel } from './read-model.ts';

type LightgbmData = Readonly<{
  forest: CompiledForest;
  transform: Transform;
  scale: number;
  /** The models of the leaves; undefined if leaves are numbers. */
  leaves: LinearLeaves | undefined;
  isAverage: boolean;
}>;

/** The kind lightgbm: `model.txt`. */
export const lightgbm = toMatrixKind({
  fileName: 'model.txt',
  settings: {},
  // A category that pandas does not know is missing to LightGBM.
  encoding: { categories: 'codes', nan: true, missingCategory: NaN, unknownCategory: NaN },
  recognizes: (bytes) => TEXT.test(toStart(bytes)) || JSON_DUMP.test(toStart(bytes)),
  read: (bytes, place, settings) => {
    if (JSON_DUMP.test(toStart(bytes)))
      throw new DeploymentError([
        `${place}: expected the text that save_model writes, not the JSON of dump_model: booster.save_model("model.txt")`,
      ]);
    const { description, objective, ensemble, trees } = readModel(bytes, place);
    // When the model is compiled, this is checked, too.
    if (!settings) checkEnsemble(ensemble, place);
    return {
      description,
      compile: (): LightgbmData => {
        const isAverage = ensemble.aggregation === 'mean';
        const { transform, scale } = objective;
        const isLinear = trees.some(({ linear }) => linear);
        const numbered = isLinear ? collectLeaves(trees) : undefined;
        const forest = compileForest(numbered ? { ...ensemble, trees: numbered.trees } : ensemble, place);
        return { forest, transform, scale, leaves: numbered?.leaves, isAverage };
      },
    };
  },
  score: ({ forest, transform, scale, leaves, isAverage }, matrix, classCount, isPart) => {
    const margins = leaves ? scoreLinear(forest, leaves, isAverage, matrix) : scoreForest(forest, matrix);
    return toScores(margins, { transform, scale, classCount, isUnnormalized: isPart });
  },
});

const TEXT = /^tree\r?\nversion=/;
const JSON_DUMP = /^\s*\{\s*"name"\s*:\s*"tree"\s*,/;

/** The first characters of a file, which tell its format. */
function toStart(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 100)).toString('latin1');
}
