import { join } from 'node:path';
import { kinds } from '../../../models/kinds/kinds.ts';
import { FIXTURES, SAMPLES } from '../../support/engine.ts';
import { describeKind } from './kind-suite.ts';

/** What each kind is tried on. A kind without deployments here fails. */
const deployments: Readonly<Record<string, readonly string[]>> = {
  'linear-regression': [join(FIXTURES, 'rent')],
  'logistic-regression': [join(FIXTURES, 'approval'), join(FIXTURES, 'stars')],
  module: [join(FIXTURES, 'coin'), join(FIXTURES, 'sum')],
  'random-forest': [
    join(FIXTURES, 'median-forest'),
    join(FIXTURES, 'soft-forest'),
    join(SAMPLES, 'car-mileage'),
    join(SAMPLES, 'iris'),
    join(SAMPLES, 'penguin-sex'),
    join(SAMPLES, 'penguins'),
  ],
};

for (const kind of Object.keys(kinds)) describeKind(kind, deployments[kind] ?? []);
