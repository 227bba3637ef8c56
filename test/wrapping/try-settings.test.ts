/** Settings that a server does not tell are found by showing it the rows. */
import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UpstreamError } from '../../upstream/upstream-error.ts';
import { trySettings } from '../../wrapping/try-settings.ts';
import { wrap, type WrapOptions } from '../../wrapping/wrap.ts';
import { startCloud, type Cloud, type CloudRequest } from '../support/cloud.ts';
import { withFolder } from '../support/training.ts';

const ROWS = 'amount,age,risk\n1.5,20,low\n2.5,,mid\n3.5,40,high\n';
const LABELS = ['low', 'mid', 'high'];
const VECTORS = [
  [0.8, 0.1, 0.1],
  [0.1, 0.8, 0.1],
  [0.1, 0.1, 0.8],
];
const REFUSED = { status: 500, body: { error: 'no' } };

interface InferBody {
  readonly parameters?: object;
  readonly inputs: readonly { readonly data: readonly unknown[] }[];
  readonly outputs?: readonly { readonly name: string }[];
}

describe('settings that a server does not tell', () => {
  describe('are found in order', () => {
    const failing = (failure: 'status' | 'refused') => Promise.reject(new UpstreamError(failure, 'no'));
    const tryAll = async (
      answers: readonly (() => Promise<object>)[],
      given: Readonly<Record<string, unknown>> = {},
    ): Promise<unknown> => {
      const trials = answers.map((_, number) => ({ number }));
      const trial = await trySettings(trials, given, ({ number }) =>
        (answers[number as number] as () => Promise<object>)(),
      );
      return trial?.settings;
    };
    const good = () => Promise.resolve({ predictions: ['a'] });

    it('the first that is answered is kept', async () => {
      expect(await tryAll([() => failing('status'), good, good])).to.deep.equal({ number: 1 });
    });

    it('what says nothing of the rows is no answer', async () => {
      expect(await tryAll([() => Promise.resolve({ predictions: undefined }), good])).to.deep.equal({ number: 1 });
    });

    it('what the user has decided is not tried otherwise', async () => {
      expect(await tryAll([good, good], { number: 1 })).to.deep.equal({ number: 1 });
    });

    it('none is kept where none is answered', async () => {
      expect(await tryAll([() => failing('status')])).to.equal(undefined);
    });

    it('a server that is not there is asked once', async () => {
      const error = await tryAll([() => failing('refused'), good]).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(UpstreamError);
    });
  });

  describe('are written by wrap', () => {
    let cloud: Cloud;
    let answer: (request: CloudRequest) => object;
    before(async () => (cloud = await startCloud((request) => answer(request))));
    after(() => cloud.stop());

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
    /** A server of the Open Inference Protocol that tells nothing, but answers rows. */
    const serveOpenInference = (infer: (body: InferBody) => readonly [string, readonly unknown[]][] | undefined) => {
      answer = ({ method, body }) => {
        if (method === 'GET') return { body: { name: 'm', inputs: [], outputs: [] } };
        const outputs = infer(JSON.parse(body) as InferBody);
        if (!outputs) return REFUSED;
        const toTensor = ([name, data]: readonly [string, readonly unknown[]]) => ({
          ...{ name, datatype: 'FP64', data },
          shape: Array.isArray(data[0]) ? [data.length, data[0].length] : [data.length],
        });
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
      expect(file.settings).to.deep.include({ format: 'columns', outputs: ['predict', 'predict_proba'] });
      expect(file.label.classes).to.deep.equal(LABELS);
      // Metadata, the one that was kept, and the scores as the engine has them.
      expect(cloud.requests).to.have.lengthOf(before + 3);
      expect(notices[0]).to.equal('Found by trying: format=columns, outputs=["predict","predict_proba"].');
    });

    it('no outputs for a server that gives its own, whatever it is asked for', async () => {
      serveOpenInference(() => [['output-0', VECTORS]]);
      const { file } = await wrapCloud('open-inference', { labels: LABELS });
      expect(file.settings).to.have.property('format', 'columns').and.not.to.have.property('outputs');
      expect(file.example.answer?.predictions).to.deep.equal(LABELS);
    });

    it('a matrix, with its nulls', async () => {
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
        return Array.isArray(first?.amount) ? { body: { predictions: LABELS } } : REFUSED;
      };
      expect((await wrapCloud('kserve-v1')).file.settings).to.have.property('format', 'object_lists');
    });

    it('not where the upstream answers none of them: its failure is told', async () => {
      serveOpenInference(() => undefined);
      const error = await wrapCloud('open-inference').catch((reason: unknown) => reason as Error);
      expect(error).to.have.property('message', 'the status 500');
    });

    it('not where a setting is wrong: it is named, though the upstream tells nothing', async () => {
      answer = () => ({ status: 404 });
      const fail = async (settings: object) =>
        (await wrapCloud('open-inference', { settings: settings as WrapOptions['settings'] }).catch(
          (reason: unknown) => reason,
        )) as Error & { problems?: readonly string[] };
      expect((await fail({ model: 'm', formt: 'matrix' })).problems).to.deep.equal([
        'deployment.json.settings: expected no key "formt"',
        'The upstream tells nothing of its model: the status 404',
      ]);
      expect((await fail({ model: 'm', format: 'matrx' })).problems).to.deep.equal([
        'deployment.json.settings.format: expected one of "columns", "matrix"',
        'The upstream tells nothing of its model: the status 404',
      ]);
      // What is missing is what the upstream was to tell.
      const untold = 'expected settings.model, for the server does not list its models';
      expect(await fail({})).to.have.property('message', untold);
    });

    it('but the model, where the server has several: they are named', async () => {
      answer = () => ({ body: { models: ['loans', 'cards'] } });
      const error = await wrapCloud('kserve-v1', { settings: {} }).catch((reason: unknown) => reason as Error);
      expect(error).to.have.property('message', 'expected settings.model, for the server has several: loans, cards');
    });

    it('with the number of probabilities told, where the classes are missing', async () => {
      serveOpenInference(() => [['output-0', VECTORS]]);
      const error = await wrapCloud('open-inference').catch((reason: unknown) => reason as Error);
      expect((error as Error).message).to.match(
        /^3 probabilities a row came, and no labels: --labels names the 3 classes/,
      );
    });
  });
});
