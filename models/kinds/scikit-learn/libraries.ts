/** Models of other libraries, which a pipeline of scikit-learn may end with: each is read and scored by the kind of its library. */
import { catboost } from '../catboost/catboost.ts';
import { lightgbm } from '../lightgbm/lightgbm.ts';
import type { MatrixKind } from '../matrix-kind.ts';
import { xgboost } from '../xgboost/xgboost.ts';
import type { Cursor } from './cursor.ts';
import type { Estimate } from './estimate.ts';
import { LIBRARIES, ReadPart, type EmbeddedStep, type Matrix } from './program.ts';
import { fail, type Reader, type Slot } from './reader.ts';
import { checkNumbers } from './refuse-row.ts';

const kinds: Readonly<Record<EmbeddedStep['library'], MatrixKind>> = { xgboost, lightgbm, catboost };

/** Reads a model that takes the whole matrix. */
export function readEmbedded(reader: Reader, cursor: Cursor, slots: readonly Slot[], classes: number): EmbeddedStep {
  reader.takeNumbers(slots, cursor);
  const library = cursor.at('library').oneOf(LIBRARIES);
  const text = cursor.at('text');
  const { description, compile } = kinds[library].readPart(Buffer.from(text.text()), text.place);
  const { features, classCount, isNormalized = false } = description;
  if (features.length !== slots.length) fail(text, `a model of ${slots.length} features, not ${features.length}`);
  // Categories with names are those of pandas or CatBoost, which no step before has kept.
  if (features.some(({ isCategorical, categories, codes }) => isCategorical && categories && !codes))
    fail(text, 'a model without the names of categories');
  if ((classCount ?? 0) !== classes) fail(text, classes === 0 ? 'a regression' : `a model of ${classes} classes`);
  const missingZeros = cursor.has('missing_zeros') && cursor.at('missing_zeros').flag();
  return {
    type: 'embedded',
    classes,
    library,
    missingZeros,
    isUnnormalized: isNormalized,
    data: new ReadPart(compile),
  };
}

/** Builds the function of a model. */
export function buildEmbedded({ library, data, classes, missingZeros }: EmbeddedStep): (matrix: Matrix) => Estimate {
  const kind = kinds[library];
  return (matrix) => {
    // XGBoost refuses infinity, in 32 bits; the others do not.
    if (library === 'xgboost') checkNumbers(matrix, { missing: true, single: true });
    const values = missingZeros ? matrix.values.map((value) => (value === 0 ? NaN : value)) : matrix.values;
    const scores = kind.scorePart(data as Exclude<typeof data, ReadPart>, values, classes || undefined);
    const { predictions, probabilities } = scores;
    return {
      predictions: classes > 0 ? Int32Array.from(predictions) : Float64Array.from(predictions),
      probabilities: probabilities && Float64Array.from(probabilities),
    };
  };
}
