import { join } from 'node:path';
import { kinds } from '../../../catalogue/kinds.ts';
import { adapters } from '../../../remote/adapters.ts';
import { FIXTURES, SAMPLE_IDS, SAMPLES } from '../../support/engine.ts';
import { FAKE_RUNTIME, LOANS_FOLDER } from '../../support/onnx-models.ts';
import { setVariables } from '../../support/set-variables.ts';
import { describeKind } from './kind-suite.ts';

/** The samples that LightGBM and `train` have boosted. */
const BOOSTED = ['penguin-mass', 'penguin-sex'];

/** The deployments that each kind is tested with. A kind without deployments fails. */
const deployments: Readonly<Record<string, readonly string[]>> = {
  blend: [join(FIXTURES, 'blended-approval'), join(FIXTURES, 'blended-rent')],
  catboost: [join(FIXTURES, 'towns')],
  lightgbm: [join(FIXTURES, 'jobs'), join(FIXTURES, 'linear-leaves'), ...BOOSTED.map((id) => join(SAMPLES, id))],
  'linear-regression': [join(FIXTURES, 'rent')],
  'logistic-regression': [join(FIXTURES, 'approval'), join(FIXTURES, 'stars')],
  module: [join(FIXTURES, 'coin'), join(FIXTURES, 'sum')],
  onnx: [LOANS_FOLDER],
  pmml: ['incomes', 'loans'].map((id) => join(FIXTURES, '..', 'pmml', 'deployments', id)),
  'random-forest': [
    join(FIXTURES, 'median-forest'),
    join(FIXTURES, 'soft-forest'),
    ...SAMPLE_IDS.filter((id) => !BOOSTED.includes(id)).map((id) => join(SAMPLES, id)),
  ],
  xgboost: [join(FIXTURES, 'boosted-classes'), join(FIXTURES, 'boosted-colors')],
  'scikit-learn': [join(FIXTURES, 'applicants'), join(FIXTURES, 'rates')],
};

// The remote kinds have their own suite: test/remote/remote-kinds.test.ts.
describe('the local kinds', () => {
  let restore: () => void;
  before(() => (restore = setVariables({ NODE_PATH: FAKE_RUNTIME })));
  after(() => restore());
  for (const kind of Object.keys(kinds))
    if (!Object.hasOwn(adapters, kind)) describeKind(kind, deployments[kind] ?? []);
});
