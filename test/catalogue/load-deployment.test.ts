import { execFileSync } from 'node:child_process';
import { cp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { DeploymentError } from '../../errors/deployment-error.ts';
import { kinds } from '../../catalogue/kinds.ts';
import { loadDeployment } from '../../catalogue/load-deployment.ts';
import { catchError } from '../support/deployment.ts';
import { FIXTURES, makeDeploymentsFolder, SAMPLES } from '../support/engine.ts';

interface Answer {
  predictions: unknown[];
  probabilities?: number[][];
}

interface EditableJson {
  id: unknown;
  kind: unknown;
  example: { values: unknown[][]; answer?: Answer };
}

describe('loading a deployment', () => {
  let temporary: Awaited<ReturnType<typeof makeDeploymentsFolder>>;
  const load = (id: string) => loadDeployment(join(temporary.folder, id), { allowModules: true });
  const refuse = (id: string) => catchError(DeploymentError, () => load(id));
  const edit = async (id: string, change: (json: EditableJson) => void) => {
    const path = join(temporary.folder, id, 'deployment.json');
    const json = JSON.parse(await readFile(path, 'utf8')) as EditableJson;
    change(json);
    await writeFile(path, JSON.stringify(json));
  };

  beforeEach(async () => {
    temporary = await makeDeploymentsFolder(SAMPLES, ['iris', 'car-mileage']);
  });
  afterEach(() => temporary.remove());

  it('detects whether the model returns probabilities', async () => {
    expect((await load('iris')).hasProbabilities).to.equal(true);
    expect((await load('car-mileage')).hasProbabilities).to.equal(false);
  });

  it('fails without a deployment.json', async () => {
    await rm(join(temporary.folder, 'iris', 'deployment.json'));
    expect((await refuse('iris')).problems).to.deep.equal(['deployment.json: expected a readable file']);
  });

  const path = (id: string) => join(temporary.folder, id, 'deployment.json');

  it('names ten of many invalid values, and says that there are too many levels', async () => {
    const bad = Array.from({ length: 200_000 }, () => null);
    const text = await readFile(path('iris'), 'utf8');
    const withColumns = async (change: (json: EditableJson & { columns: { categories?: unknown }[] }) => void) => {
      const json = JSON.parse(text) as EditableJson & { columns: { categories?: unknown }[] };
      change(json);
      await writeFile(path('iris'), JSON.stringify(json));
      return (await refuse('iris')).problems;
    };
    const categories = await withColumns(({ columns }) => Object.assign(columns[1] as object, { categories: bad }));
    expect(categories).to.have.length(10);
    expect(categories[9]).to.equal('deployment.json.columns[1].categories[9]: expected string or number or boolean');
    const probabilities = await withColumns(({ example }) => {
      (example.answer as Answer).probabilities = [bad as unknown as number[]];
    });
    expect(probabilities[0]).to.equal('deployment.json.example.answer.probabilities[0][0]: expected number');
    expect(probabilities).to.have.length(10);
    const unknown = Object.fromEntries(bad.map((_, index) => [`x${index}`, 1]));
    expect((await withColumns((json) => Object.assign(json, unknown)))[0]).to.have.length.below(1000);

    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    await writeFile(path('iris'), text.replace(/^\{/, `{"training": {"deep": ${deep}},`));
    expect((await refuse('iris')).problems).to.deep.equal([
      'deployment.json: expected JSON nested at most 100 levels deep',
    ]);
  });

  for (const file of ['deployment.json', 'model.json']) {
    it(`fails with a ${file} that is a pipe, without blocking other loads`, async () => {
      const path = join(temporary.folder, 'iris', file);
      await rm(path);
      execFileSync('mkfifo', [path]);
      const [refused, other] = await Promise.all([refuse('iris'), load('car-mileage')]);
      expect(refused.problems).to.deep.equal([`${file}: expected a readable file`]);
      expect(other.file.id).to.equal('car-mileage');
    });

    if (process.platform === 'linux')
      it(`fails with a ${file} that cannot be read, although it is a regular file`, async () => {
        const path = join(temporary.folder, 'iris', file);
        await rm(path);
        await symlink('/proc/self/mem', path);
        expect((await refuse('iris')).problems).to.deep.equal([`${file}: expected a readable file`]);
      });

    it(`fails with a ${file} in Latin-1, instead of changing its names`, async () => {
      await writeFile(join(temporary.folder, 'iris', file), Buffer.from('{"größe": 1}', 'latin1'));
      expect((await refuse('iris')).problems).to.deep.equal([`${file}: expected text in UTF-8`]);
    });

    it(`fails with a ${file} that is not JSON, without repeating its text`, async () => {
      await writeFile(join(temporary.folder, 'iris', file), '{"secret": ');
      const { problems, message } = await refuse('iris');
      expect(problems).to.deep.equal([`${file}: expected JSON`]);
      expect(message).to.not.include('secret');
    });
  }

  for (const [encoding, encode] of [
    ['UTF-8', (text: string) => Buffer.from(`\uFEFF${text}`)],
    ['UTF-16', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ] as const) {
    it(`accepts files in ${encoding} with a byte order mark`, async () => {
      for (const file of ['deployment.json', 'model.json']) {
        const path = join(temporary.folder, 'iris', file);
        await writeFile(path, encode(await readFile(path, 'utf8')));
      }
      expect((await load('iris')).file.id).to.equal('iris');
    });
  }

  it('fails with an id that is not the folder name', async () => {
    await edit('iris', (json) => (json.id = 'car-mileage'));
    expect((await refuse('iris')).problems).to.deep.equal(['deployment.json.id: expected the folder name']);
  });

  for (const kind of ['neural-network', 'constructor', '__proto__', 'toString', '']) {
    it(`fails with the kind ${JSON.stringify(kind)}, and lists the kinds`, async () => {
      await edit('iris', (json) => (json.kind = kind));
      expect((await refuse('iris')).problems).to.deep.equal([
        `deployment.json.kind: expected one of ${Object.keys(kinds).join(', ')}`,
      ]);
    });
  }

  it('fails with an example that does not fit the columns, and says where', async () => {
    await edit('iris', ({ example }) => ((example.values[1] as unknown[])[2] = 'wide'));
    expect((await refuse('iris')).problems).to.deep.equal([
      'deployment.json.example: example.values[1][2]: column "petal_length": expected a finite number; got a string.',
    ]);
  });

  it('fails with an example that the model cannot score, and tells only the log why', async () => {
    await cp(join(FIXTURES, 'misbehaving'), join(temporary.folder, 'misbehaving'), { recursive: true });
    await edit('misbehaving', ({ example }) => (example.values = [['throw', 0]]));
    const { problems, cause } = await refuse('misbehaving');
    expect(problems).to.deep.equal([
      'deployment.json.example: The model of this deployment failed to score the request.',
    ]);
    expect((cause as Error).cause).to.include({ message: 'secret of the module' });
  });

  describe('compares the model with the recorded answer of the example', () => {
    const differs = "the model's answer differs, first at index";

    it('and ignores the last bits', async () => {
      await edit('iris', ({ example: { answer } }) => (vectorOf(answer, 0)[0] = 1 - 1e-10));
      await edit('car-mileage', ({ example: { answer } }) => scale(answer, 1 + 1e-10));
      await load('iris');
      await load('car-mileage');
    });

    const refused: [string, string, string, (answer: Answer) => unknown][] = [
      ['another class', 'iris', `.predictions: ${differs} 1`, ({ predictions }) => (predictions[1] = 'setosa')],
      ['another number', 'car-mileage', `.predictions: ${differs} 0`, (answer) => scale(answer, 1 + 1e-8)],
      ['another probability', 'iris', `.probabilities: ${differs} 3`, (answer) => (vectorOf(answer, 1)[0] = 1e-8)],
      ['one class too few', 'iris', '.predictions: expected 3 values', ({ predictions }) => predictions.pop()],
      ['no probabilities', 'iris', '.probabilities: expected 9 values', (answer) => delete answer.probabilities],
      [
        'probabilities for a regression',
        'car-mileage',
        '.probabilities: expected 0 values',
        (answer) => (answer.probabilities = [[1], [1]]),
      ],
    ];
    for (const [fault, id, problem, change] of refused) {
      it(`and fails with ${fault}`, async () => {
        await edit(id, ({ example }) => change(example.answer as Answer));
        expect((await refuse(id)).problems).to.deep.equal([
          `deployment.json.example.answer${problem}; the log shows the model's answer`,
        ]);
      });
    }

    it("and fails without one, with the model's answer beside the message", async () => {
      let recorded: Answer | undefined;
      await edit('car-mileage', ({ example }) => {
        recorded = example.answer;
        delete example.answer;
      });
      const { message, answer } = await refuse('car-mileage');
      expect(message).to.equal(
        "deployment.json.example.answer: expected the recorded answer of the model; the log shows the model's answer",
      );
      expect(answer).to.deep.equal(recorded);
    });
  });
});

function vectorOf(answer: Answer | undefined, row: number): number[] {
  return answer?.probabilities?.[row] ?? [];
}

function scale(answer: Answer | undefined, factor: number): void {
  if (answer) answer.predictions[0] = (answer.predictions[0] as number) * factor;
}
