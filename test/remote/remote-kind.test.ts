import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { DeploymentError } from '../../errors/deployment-error.ts';
import { loadDeployment } from '../../catalogue/load-deployment.ts';
import { makeAuthority } from '../support/certificate.ts';
import { catchError, toClassifier } from '../support/deployment.ts';
import { makeDeploymentsFolder } from '../support/engine.ts';
import { toRemoteJson } from '../support/remote.ts';

/** Loading a deployment does not call its upstream, so the host need not exist. */
const UNKNOWN_URL = 'http://wallaby.invalid:1';

describe('a remote deployment', () => {
  let folder: string;
  let remove: () => Promise<void>;
  beforeEach(async () => ({ folder, remove } = await makeDeploymentsFolder('', [])));
  afterEach(() => remove());

  const load = async (settings: object, keys: object = {}) => {
    await mkdir(join(folder, 'remote'), { recursive: true });
    await writeFile(
      join(folder, 'remote', 'deployment.json'),
      JSON.stringify(toRemoteJson({ url: UNKNOWN_URL, ...settings }, keys)),
    );
    return loadDeployment(join(folder, 'remote'), { allowModules: false });
  };
  const toProblems = async (...keys: Parameters<typeof load>) =>
    (await catchError(DeploymentError, () => load(...keys))).problems;
  const toExample = (answer: unknown) => ({ example: { fields: ['x'], values: [[0.25]], answer } });

  it('is loaded without any call; the recorded answer says whether it has probabilities', async () => {
    expect(await load({})).to.deep.include({ hasProbabilities: true });
    expect(await load({}, toExample({ predictions: ['no'] }))).to.deep.include({ hasProbabilities: false });
  });

  it('reports every problem of its settings, with the place and what was expected', async () => {
    const problems = await toProblems({
      url: 'ftp://wallaby',
      ca_file: 'relative',
      connect_timeout: 0,
      timeout: 600_001,
      max_rows: 0,
      max_bytes: 10,
      max_reply_bytes: 2 ** 29,
      max_connections: 0,
      max_pending: 1.5,
      retries: 11,
      pause: 'long',
      ready_interval: null,
      round: 1,
      output: { scalar: 'wallaby', probability: ['one'] },
      wallaby: 1,
    });
    const places = problems.map((problem) =>
      problem.split(/: expected|: unknown/)[0]?.replace('deployment.json.settings', ''),
    );
    expect(places.sort()).to.deep.equal(
      [
        '',
        ...[
          'url',
          'ca_file',
          'connect_timeout',
          'timeout',
          'max_rows',
          'max_bytes',
          'max_reply_bytes',
          'max_connections',
        ],
        ...['max_pending', 'retries', 'pause', 'ready_interval', 'round', 'output.scalar', 'output.probability'],
      ]
        .map((place) => (place ? `.${place}` : ''))
        .sort(),
    );
    for (const problem of problems) expect(problem).to.not.match(/ftp|relative|undefined|Invalid/);
  });

  for (const url of [
    ...['not a URL', 'file:///etc/passwd', 'http://a:wallaby@host', 'http://host/#wallaby', 'http://host/#', ''],
    // Paths are appended to it.
    ...['http://host/score?code=wallaby', 'http://host?'],
  ]) {
    it(`reports the URL ${JSON.stringify(url)} as a problem, without repeating it`, async () => {
      expect(await toProblems({ url })).to.deep.equal([
        'deployment.json.settings.url: expected an http or https URL without credentials, query and fragment',
      ]);
    });
  }

  it('reports settings of its output that do not fit its classes', async () => {
    const place = 'deployment.json.settings.output';
    expect(await toProblems({ output: { labels: { GOOD: 'yes', BAD: 'bad' } } })).to.deep.equal([
      `${place}.labels["BAD"]: expected one of the classes`,
    ]);
    expect(await toProblems({ output: { labels: { 1: 'yes' }, scalar: 'class_index' } })).to.deep.equal([
      `${place}.labels: expected no value, because class indices are not labels`,
    ]);
    expect(await toProblems({ output: { confidence: 'p', probability: 'q' } })).to.deep.equal([
      `${place}: expected either confidence or probability`,
    ]);
    const three = { ...toClassifier('a', 'b', 'c'), ...toExample({ predictions: ['a'] }) };
    expect(await toProblems({ output: { confidence: 'p' } }, three)).to.deep.equal([
      `${place}.confidence: expected no value, because only two classes have probabilities that follow from one`,
    ]);
  });

  it('requires a URL', async () => {
    expect(await toProblems({ url: undefined })).to.deep.equal([
      'deployment.json.settings.url: expected the URL of the upstream',
    ]);
  });

  it('requires a readable file of certificates', async () => {
    expect(await toProblems({ ca_file: '/nowhere/wallaby.pem' })).to.deep.equal([
      'deployment.json.settings.ca_file: expected a readable file',
    ]);
    // A device that never ends would block all loading.
    expect(await toProblems({ ca_file: '/dev/zero' })).to.deep.equal([
      'deployment.json.settings.ca_file: expected a readable file',
    ]);
    const path = join(folder, 'ca.pem');
    await writeFile(path, 'wallaby');
    expect(await toProblems({ ca_file: path })).to.deep.equal([
      'deployment.json.settings.ca_file: expected certificates in PEM',
    ]);
    await writeFile(path, makeAuthority().cert);
    await load({ ca_file: path });
    // As Windows writes it.
    await writeFile(path, Buffer.from(`\uFEFF${makeAuthority().cert}`, 'utf16le'));
    await load({ ca_file: path });
  });

  const HEADERS: Record<string, string> = {
    authorization: 'a header without secrets; settings.authentication is for secrets',
    Cookie: 'a header without secrets; settings.authentication is for secrets',
    'Content-Length': 'a header that the HTTP connection does not set itself',
    'transfer-encoding': 'a header that the HTTP connection does not set itself',
    'X: wallaby': 'the name of a header',
  };
  for (const [name, expected] of Object.entries(HEADERS)) {
    it(`reports the header ${name} as a problem`, async () => {
      const [problem] = await toProblems({ headers: { [name]: 'wallaby' } });
      expect(problem).to.equal(`deployment.json.settings.headers.${name}: expected ${expected}`);
    });
  }

  it('rejects header values that HTTP does not allow, and accepts Host', async () => {
    expect(await toProblems({ headers: { 'X-Wallaby': '€' } })).to.deep.equal([
      'deployment.json.settings.headers.X-Wallaby: expected printable ASCII text',
    ]);
    await load({ headers: { Host: 'model.example.com' } });
    expect(
      await toProblems({ authentication: { type: 'header', name: 'Host', value: { variable: 'ENGINE_PASSWORD' } } }),
    ).to.have.length(1);
  });

  const RECORDS: Record<string, readonly [unknown, string]> = {
    'no answer': [undefined, 'deployment.json.example.answer: expected the recorded answer; `wrap` records it'],
    'too few predictions': [{ predictions: [] }, 'deployment.json.example.answer: 0 predictions for 1 rows'],
    'a prediction that is not a class': [
      { predictions: ['maybe'] },
      'deployment.json.example.answer: the prediction of row 0 is not one of the 2 classes',
    ],
    'too few probabilities': [
      { predictions: ['no'], probabilities: [[1]] },
      'deployment.json.example.answer: 1 probabilities for 1 rows of 2 classes',
    ],
    'probabilities that do not sum to 1': [
      { predictions: ['no'], probabilities: [[0.5, 0.4]] },
      'deployment.json.example.answer: the probabilities of row 0 do not sum to 1',
    ],
    'a prediction that is not the most probable class': [
      { predictions: ['no'], probabilities: [[0.25, 0.75]] },
      'deployment.json.example.answer: the prediction of row 0 is not its most probable class',
    ],
  };
  for (const [what, [answer, problem]] of Object.entries(RECORDS)) {
    it(`is rejected if its example records ${what}`, async () => {
      expect(await toProblems({}, toExample(answer))).to.deep.equal([problem]);
    });
  }

  it('is rejected if the rows of its example do not match its columns', async () => {
    const problems = await toProblems(
      {},
      { example: { fields: ['x'], values: [['wallaby']], answer: { predictions: ['no'] } } },
    );
    expect(problems).to.deep.equal([
      'deployment.json.example: example.values[0][0]: column "x": expected a finite number; got a string.',
    ]);
  });
});
