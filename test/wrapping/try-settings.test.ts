/** Settings that a server does not report are found by scoring the rows. */
import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UpstreamError } from '../../upstream/upstream-error.ts';
import { trySettings } from '../../wrapping/try-settings.ts';
import { wrap, type WrapOptions } from '../../wrapping/wrap.ts';
import { answers } from '../support/behaviours.ts';
import { HttpDouble, type ReceivedRequest } from '../support/http-double.ts';
import { withFolder } from '../support/training.ts';

const ROWS = 'amount,age,risk\n1.5,20,low\n2.5,,mid\n3.5,40,high\n';
const LABELS = ['low', 'mid', 'high'];
const VECTORS = [
  [0.8, 0.1, 0.1],
  [0.1, 0.8, 0.1],
  [0.1, 0.1, 0.8],
];
const REJECTED = { status: 500, body: { error: 'no' } };

interface InferBody {
  readonly parameters?: object;
  readonly inputs: readonly { readonly shape: readonly [number]; readonly data: readonly unknown[] }[];
  readonly outputs?: readonly { readonly name: string }[];
}

describe('settings that a server does not report', () => {
  describe('are found in order', () => {
    const failing = (failure: 'status' | 'refused') => Promise.reject(new UpstreamError(failure, 'no'));
    const tryAll = async (
      answers: readonly (() => Promise<object>)[],
      given: Readonly<Record<string, unknown>> = {},
    ): Promise<unknown> => {
      const trials = answers.map((_, number) => ({ number }));
      const trial = await trySettings(trials, given, async ({ number }) => ({
        answer: await (answers[number as number] as () => Promise<object>)(),
      }));
      return trial?.settings;
    };
    const good = () => Promise.resolve({ predictions: ['a'] });

    it('the first that works is kept', async () => {
      expect(await tryAll([() => failing('status'), good, good])).to.deep.equal({ number: 1 });
    });

    it('a reply without results does not count', async () => {
      expect(await tryAll([() => Promise.resolve({ predictions: undefined }), good])).to.deep.equal({ number: 1 });
    });

    it("trials that contradict the user's settings are skipped", async () => {
      expect(await tryAll([good, good], { number: 1 })).to.deep.equal({ number: 1 });
    });

    it('none is kept if none works', async () => {
      expect(await tryAll([() => failing('status')])).to.equal(undefined);
    });

    it('an unreachable server is called once', async () => {
      const error = await tryAll([() => failing('refused'), good]).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(UpstreamError);
    });
  });

  describe('are written by wrap', () => {
    let cloud: HttpDouble;
    let answer: (request: ReceivedRequest) => object;
    before(async () => (cloud = await HttpDouble.start(answers((request) => answer(request)))));
    after(() => cloud.close());

    const wrapCloud = (kind: string, options: Partial<WrapOptions> = {}) => {
      let result: Awaited<ReturnType<typeof wrap>>;
      return withFolder(async (folder) => {
        await writeFile(join(folder, 'rows.csv'), ROWS);
        result = await wrap({
          ...{ kind, url: new URL(cloud.url), settings: { model: 'm' }, rows: join(folder, 'rows.csv'), label: 'risk' },
          ...{ deployment: { id: 'risk', name: 'Risk', description: '', echo: true } },
          ...{ out: join(folder, 'out'), force: false, ...options },
        });
      }).then(() => result);
    };
    /** A server of the Open Inference Protocol that reports nothing about its model. */
    const serveOpenInference = (infer: (body: InferBody) => readonly [string, readonly unknown[]][] | undefined) => {
      answer = ({ method, body }) => {
        if (method === 'GET') return { body: { name: 'm', inputs: [], outputs: [] } };
        const request = JSON.parse(body) as InferBody;
        const outputs = infer(request);
        if (!outputs) return REJECTED;
        const count = request.inputs[0]?.shape[0];
        const toTensor = ([name, all]: readonly [string, readonly unknown[]]) => {
          const data = all.slice(0, count);
          const shape = Array.isArray(data[0]) ? [data.length, data[0].length] : [data.length];
          return { name, datatype: 'FP64', data, shape };
        };
        return { body: { outputs: outputs.map(toTensor) } };
      };
    };

    it('the outputs of MLServer, labels and probabilities', async () => {
      serveOpenInference(({ outputs }) =>
        outputs
          ? [
              ['predict', LABELS],
              ['predict_proba', VECTORS],
            ]
          : [['predict', LABELS]],
      );
      const before = cloud.requests.length;
      const { file, notices } = await wrapCloud('open-inference');
      expect(file.settings).to.deep.include({
        format: 'columns',
        outputs: ['predict', 'predict_proba'],
        output: { prediction: 'predict', probability: 'predict_proba' },
      });
      expect(file.label.classes).to.deep.equal(LABELS);
      // Metadata, the trial that was kept, a smaller batch, and the example.
      expect(cloud.requests).to.have.lengthOf(before + 4);
      expect(notices[0]).to.equal('Found by trying: format=columns, outputs=["predict","predict_proba"].');
    });

    it('no outputs for a server that ignores them', async () => {
      serveOpenInference(() => [['output-0', VECTORS]]);
      const { file } = await wrapCloud('open-inference', { labels: LABELS });
      expect(file.settings).to.have.property('format', 'columns').and.not.to.have.property('outputs');
      expect(file.example.answer?.predictions).to.deep.equal(LABELS);
    });

    it('a matrix with nulls', async () => {
      serveOpenInference(({ parameters, inputs }) =>
        parameters ? undefined : inputs[0]?.data.includes(null) ? [['predict', LABELS]] : undefined,
      );
      const { file } = await wrapCloud('open-inference');
      expect(file.settings).to.deep.include({ format: 'matrix', datatype: 'FP64', missing: 'null' });
    });

    it('the objects of lists of KServe', async () => {
      answer = ({ method, body }) => {
        if (method === 'GET') return { body: { name: 'm', ready: true } };
        const [first] = (JSON.parse(body) as { instances: readonly { amount?: unknown }[] }).instances;
        return Array.isArray(first?.amount) ? { body: { predictions: LABELS } } : REJECTED;
      };
      expect((await wrapCloud('kserve-v1')).file.settings).to.have.property('format', 'object_lists');
    });

    it('unless none works: then its failure is reported', async () => {
      serveOpenInference(() => undefined);
      const error = await wrapCloud('open-inference').catch((reason: unknown) => reason as Error);
      expect(error).to.have.property('message', `POST ${cloud.url}/v2/models/m/infer: status 500`);
    });

    it('unless a setting is invalid: then it is named, although the server reports nothing', async () => {
      answer = () => ({ status: 404 });
      const fail = async (settings: object) =>
        (await wrapCloud('open-inference', { settings: settings as WrapOptions['settings'] }).catch(
          (reason: unknown) => reason,
        )) as Error & { problems?: readonly string[] };
      expect((await fail({ model: 'm', formt: 'matrix' })).problems).to.deep.equal([
        'deployment.json.settings: unknown key "formt"',
        `The server does not report its model: GET ${cloud.url}/v2/models/m: status 404`,
      ]);
      expect((await fail({ model: 'm', format: 'matrx' })).problems).to.deep.equal([
        'deployment.json.settings.format: expected one of "columns", "matrix"',
        `The server does not report its model: GET ${cloud.url}/v2/models/m: status 404`,
      ]);
      // Only the model is missing, which inspecting should have found.
      const reason = 'expected settings.model, because the server does not list its models';
      expect(await fail({})).to.have.property('message', reason);
    });

    it('except the model if the server has several: then they are named', async () => {
      answer = () => ({ body: { models: ['loans', 'cards'] } });
      const error = await wrapCloud('kserve-v1', { settings: {} }).catch((reason: unknown) => reason as Error);
      expect(error).to.have.property(
        'message',
        'expected settings.model, because the server has several models: loans, cards',
      );
    });

    it('and the number of probabilities is reported if the classes are unknown', async () => {
      serveOpenInference(() => [['output-0', VECTORS]]);
      const error = await wrapCloud('open-inference').catch((reason: unknown) => reason as Error);
      expect((error as Error).message).to.match(
        /^The reply has 3 probabilities per row and no labels: name the 3 classes/,
      );
    });
  });
});
