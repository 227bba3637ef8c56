/** An engine in front of doubles that replay recorded replies of real servers: from a user's deployment.json to OpenScale's table. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { LOANS, LOAN_ANSWER, LOAN_ROWS, readExchange, replaceCell } from '../../support/recorded-loans.ts';
import { answers } from '../../support/behaviours.ts';
import { HttpDouble } from '../../support/http-double.ts';
import { toJson } from '../../support/deployment.ts';
import { startTestEngine, type TestEngine } from '../../support/engine.ts';
import { until } from '../../support/until.ts';

interface Case {
  readonly kind: string;
  readonly settings: object;
  /** The exchange with the rows. */
  readonly good: string;
  /** The exchange whose reply all other requests get. */
  readonly failing: string;
  readonly ready: string;
}

/** By the ids of the deployments. */
const CASES: Readonly<Record<string, Case>> = {
  mlserver: {
    kind: 'open-inference',
    settings: {
      model: 'loans',
      datatypes: { age: 'INT64', duration: 'INT64' },
      outputs: ['predict', 'predict_proba'],
    },
    good: 'mlserver-score',
    failing: 'mlserver-null-in-integer',
    ready: '/v2/models/loans/ready',
  },
  mlflow: {
    kind: 'mlflow',
    settings: {},
    good: 'mlflow-probabilities-score',
    failing: 'mlflow-probabilities-null-in-integer',
    ready: '/ping',
  },
  kserve: {
    kind: 'kserve-v1',
    settings: { model: 'loans-proba', format: 'object_lists' },
    good: 'kserve-probabilities-score',
    failing: 'kserve-probabilities-null-in-boolean',
    ready: '/v1/models/loans-proba',
  },
};

for (const [id, { kind, settings, good, failing, ready }] of Object.entries(CASES)) {
  describe(`an engine in front of ${id}`, () => {
    let folder: string;
    let server: HttpDouble;
    let engine: TestEngine;

    before(async () => {
      const { request, reply } = await readExchange(kind, good);
      const failure = (await readExchange(kind, failing)).reply;
      // The id of a request is optional.
      const { id: _, ...recorded } = request.body as { readonly id?: string };
      server = await HttpDouble.start(
        answers(({ method, path, body }) => {
          if (method === 'GET') return { status: path === ready ? 200 : 404 };
          return path === request.path && isDeepStrictEqual(JSON.parse(body), recorded) ? reply : failure;
        }),
      );
      folder = await mkdtemp(join(tmpdir(), 'recorded-'));
      await mkdir(join(folder, id));
      const example = { ...LOAN_ROWS, answer: LOAN_ANSWER };
      const file = toJson({ ...LOANS, id, kind, settings: { url: server.url, ...settings }, example });
      await writeFile(join(folder, id, 'deployment.json'), JSON.stringify(file));
      engine = await startTestEngine({ ENGINE_DEPLOYMENTS: folder });
    });
    after(async () => {
      await engine.stop();
      await server.close();
      await rm(folder, { recursive: true });
    });

    it('echoes the rows, with columns in any order, with predictions and probabilities', async () => {
      const fields = [...LOAN_ROWS.fields].reverse();
      const values = LOAN_ROWS.values.map((row) => [...row].reverse());
      const { status, body } = await engine.score(id, { fields, values });
      expect(status).to.equal(200);
      expect(body.fields).to.deep.equal([...fields, 'prediction', 'probability']);
      expect(body.labels).to.deep.equal(['high', 'low', 'medium']);
      for (const [row, cells] of body.values.entries()) {
        expect(cells.slice(0, -1)).to.deep.equal([...(values[row] as unknown[]), LOAN_ANSWER.predictions[row]]);
        const probabilities = cells.at(-1) as number[];
        for (const [index, probability] of (LOAN_ANSWER.probabilities[row] as number[]).entries())
          expect(probabilities[index]).to.be.closeTo(probability, 1e-9);
      }
    });

    it('finds that the server is ready and answers the example as recorded', async () => {
      await until('the upstream is checked', () => engine.log.some(({ msg }) => msg === 'target'));
      const { body } = await engine.request('/health/ready');
      expect(body).to.have.deep.property('targets', [{ id, status: 'ready' }]);
      const checks = server.requests.filter(({ method }) => method === 'GET').map(({ path }) => path);
      expect(new Set(checks)).to.deep.equal(new Set([ready]));
    });

    it('reports a failure without anything that the server said', async () => {
      const { status, text } = await engine.score(id, replaceCell(LOAN_ROWS, 1, 'housing', 'castle'));
      expect(status).to.equal(502);
      expect(text).to.not.match(/NaN|int\(\)|int64|castle/i);
    });
  });
}
