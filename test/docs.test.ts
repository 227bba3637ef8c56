/** The documents are true of the code. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import prettier from 'prettier';
import { buildCheckCommand } from '../cli/check.ts';
import { CATALOGUE } from '../conformance/catalogue.ts';
import { toCatalogueMarkdown } from '../conformance/report/catalogue-text.ts';
import { kinds } from '../models/kinds/kinds.ts';
import { loadDeployment } from '../models/load-deployment.ts';
import { SETTINGS, toVariable, type SettingName } from '../server/settings.ts';
import { startTestEngine } from './support/engine.ts';

const read = (path: string) => readFile(new URL(`../${path}`, import.meta.url), 'utf8');

describe('the documents', () => {
  it('explain every setting as the code has it', async () => {
    const rows = [...(await read('docs/configuration.md')).matchAll(/^\| `ENGINE_.*$/gm)].map(([row]) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    const settings = Object.entries(SETTINGS).map(([name, setting]) => [
      `\`${toVariable(name as SettingName)}\``,
      'placeholder' in setting ? `\`--${name} <${setting.placeholder}>\`` : '',
      'default' in setting ? `\`${setting.default}\`` : '',
      setting.description,
    ]);
    expect(rows).to.deep.equal(settings);
  });

  it('show a deployment that can be served', async () => {
    const blocks = [...(await read('docs/deployments.md')).matchAll(/```json\n(.*?)```/gs)].map(
      ([, block]) => block as string,
    );
    const [deployment, model] = blocks as [string, string];
    const folder = await mkdtemp(join(tmpdir(), 'engine-docs-'));
    try {
      await mkdir(join(folder, 'credit'));
      await writeFile(join(folder, 'credit', 'deployment.json'), deployment);
      await writeFile(join(folder, 'credit', 'model.json'), model);
      const { file } = await loadDeployment(join(folder, 'credit'), { allowModules: false });
      expect(file.id).to.equal('credit');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('explain every model kind', async () => {
    const headings = (await read('docs/deployments.md')).match(/^### .*$/gm)?.join(' ');
    for (const kind of Object.keys(kinds)) expect(headings).to.include(`\`${kind}\``);
  });

  it('explain every option of check, with its default', async () => {
    const page = await read('docs/conformance.md');
    for (const { long, argChoices, defaultValue } of buildCheckCommand().options) {
      const row = page.split('\n').find((line) => line.startsWith('| `--') && line.includes(`\`${long}`));
      expect(row, long).to.be.a('string');
      for (const word of [...(argChoices ?? []), ...(defaultValue === undefined ? [] : [String(defaultValue)])])
        expect(row, long).to.contain(word);
    }
  });

  it('have a page of all checks, as the catalogue has them', async () => {
    const page = fileURLToPath(new URL('../docs/checks.md', import.meta.url));
    const format = { ...(await prettier.resolveConfig(page)), parser: 'markdown' };
    expect(await read('docs/checks.md')).to.equal(await prettier.format(toCatalogueMarkdown(CATALOGUE), format));
  });

  it('show the answer that the README’s curl line really gets', async () => {
    const [, body, answer] = /-d '(.*)'\n(\{.*\})\n/.exec(await read('README.md')) as RegExpExecArray;
    const engine = await startTestEngine();
    try {
      const { text } = await engine.request('/v1/deployments/iris/online', { method: 'POST', body });
      expect(text).to.equal(answer);
    } finally {
      await engine.stop();
    }
  });

  it('show the error that a wrong cell really gets', async () => {
    const block = /## Errors\n.*?```json\n(.*?)```/s.exec(await read('docs/contract.md'))?.[1] as string;
    const engine = await startTestEngine();
    try {
      const fields = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'];
      const { text } = await engine.score('iris', { fields, values: [[5.1, 'wide', 1.4, 0.2]] });
      const [came, shown] = [text, block].map((json) => JSON.parse(json) as { errors: unknown });
      expect(came?.errors).to.deep.equal(shown?.errors);
    } finally {
      await engine.stop();
    }
  });
});
