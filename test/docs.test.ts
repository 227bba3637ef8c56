/** The documents are true of the code. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { z } from 'zod';
import prettier from 'prettier';
import { buildCheckCommand } from '../cli/check.ts';
import { buildRegisterCommand } from '../cli/register.ts';
import { buildTrainCommand } from '../cli/train.ts';
import { buildWrapCommand } from '../cli/wrap.ts';
import { ALL_CHECKS } from '../conformance/checks/all-checks.ts';
import { toCheckPage } from '../conformance/report/check-list.ts';
import { toMissingMarkers } from '../csv/missing-markers.ts';
import { kinds } from '../catalogue/kinds.ts';
import { loadDeployment } from '../catalogue/load-deployment.ts';
import { commonParametersSchema } from '../openscale/metrics-providers/common-parameters.ts';
import { providerKinds } from '../openscale/metrics-providers/provider-kinds.ts';
import { openScaleSink } from '../openscale/sinks/openscale-sink.ts';
import { adapters } from '../remote/adapters.ts';
import { authenticationSchema } from '../upstream/credentials/authentication.ts';
import { remoteSettingsSchema } from '../remote/remote-settings.ts';
import { parseMetricsProvidersSettings } from '../server/metrics-providers/metrics-providers-settings.ts';
import { SETTINGS, toVariable, type SettingName } from '../server/settings.ts';
import { startTestEngine } from './support/engine.ts';
import { listDefinitions } from './support/metric-definitions.ts';

const root = (path: string) => new URL(`../${path}`, import.meta.url);
const read = (path: string) => readFile(new URL(`../${path}`, import.meta.url), 'utf8');

/** The option of a setting, as the table of settings shows it. */
function toOption(name: string, setting: object): string {
  if (!('placeholder' in setting)) return '';
  const value = String(setting.placeholder);
  return `\`--${name} ${'isFlag' in setting ? `[${value}]` : `<${value}>`}\``;
}

/** The keys of a schema of objects, or of a union of them. */
function listKeys(schema: unknown): string[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(listKeys);
  return Object.keys((schema as z.ZodObject).shape);
}

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
      toOption(name, setting),
      'default' in setting ? `\`${setting.default}\`` : '',
      setting.description,
    ]);
    expect(rows).to.deep.equal(settings);
  });

  it('explain every metric as the code has it', async () => {
    const rows = [...(await read('docs/operating.md')).matchAll(/^\| `custom_ml_engine_.*$/gm)].map(([row]) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    const metrics = [...listDefinitions()].map(([name, { type, help, labels }]) => [
      `\`${name}\``,
      type,
      labels.map((label) => `\`${label}\``).join(', '),
      help,
    ]);
    expect(rows).to.deep.equal(metrics);
  });

  it('name only files and folders that exist', async () => {
    const pages = [
      'README.md',
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      ...(await readdir(root('docs'))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
    ];
    const rooms = (await readdir(root('.'), { withFileTypes: true })).filter((entry) => entry.isDirectory());
    const missing: string[] = [];
    for (const page of pages) {
      for (const [, path = ''] of (await read(page)).matchAll(/`([\w.-]+\/[\w./-]*)`/g)) {
        // Names that stand for others (`<kind>.ts`) do not match; deployments are the reader's own, and results of the benchmark are not committed.
        const isOurs =
          rooms.some(({ name }) => path.startsWith(`${name}/`)) &&
          !/^(?:bench\/results\.json$|deployments\/)/.test(path);
        if (isOurs && !(await stat(root(path)).catch(() => undefined))) missing.push(`${page}: ${path}`);
      }
    }
    expect(missing).to.deep.equal([]);
  });

  it('name a test that is there for each promise', async () => {
    for (const page of ['docs/reliability.md', 'docs/security.md']) {
      const promises = [...(await read(page)).matchAll(/^\|.*\| `(test\/[\w./-]+\.ts)`(?:: (.*?))? *\|$/gm)];
      expect(promises, page).to.have.length.above(9);
      for (const [, file = '', title = ''] of promises) expect(await read(file), `${page}: ${file}`).to.contain(title);
    }
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

  it('show a program that trains with ml-random-forest and writes a deployment that can be served', async () => {
    const program = /```js\n(import [^`]*?ml-random-forest.*?)```/s.exec(
      await read('docs/deployments.md'),
    )?.[1] as string;
    const folder = await mkdtemp(join(tmpdir(), 'engine-docs-'));
    try {
      await symlink(fileURLToPath(new URL('../node_modules', import.meta.url)), join(folder, 'node_modules'));
      await writeFile(join(folder, 'train.mjs'), program);
      await promisify(execFile)(process.execPath, ['train.mjs'], { cwd: folder });
      const { file } = await loadDeployment(join(folder, 'deployments', 'flowers'), { allowModules: false });
      expect(file.label.classes).to.deep.equal(['setosa', 'versicolor', 'virginica']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('explain every model kind', async () => {
    const headings = (await read('docs/deployments.md')).match(/^### .*$/gm)?.join(' ');
    const own = Object.keys(kinds).filter((kind) => !Object.hasOwn(adapters, kind));
    for (const kind of own) expect(headings).to.include(`\`${kind}\``);
  });

  it('explain every kind of model that lives elsewhere', async () => {
    const headings = (await read('docs/wrapping.md')).match(/^### `.*`$/gm);
    for (const kind of Object.keys(adapters)) expect(headings).to.include(`### \`${kind}\``);
  });

  it('explain every setting that a kind has of its own', async () => {
    const page = await read('docs/wrapping.md');
    for (const [kind, { settings }] of Object.entries(adapters)) {
      const [, section = ''] = new RegExp(`\\n### \`${kind}\`\\n(.*?)(?:\\n##|$)`, 's').exec(page) ?? [];
      const rows = section.split('\n').filter((line) => line.startsWith('| `'));
      const named = rows.flatMap((row) =>
        [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name),
      );
      const own = new Set(listKeys(settings).filter((key) => !Object.hasOwn(remoteSettingsSchema.shape, key)));
      // The format `template` of other kinds is told of as that of `json`.
      if (kind !== 'json') own.delete('request');
      expect(named, kind).to.include.members([...own]);
    }
  });

  it('explain every common setting of remote kinds, with its default', async () => {
    const [, section = ''] = /\n## Common settings\n(.*?)\n## /s.exec(await read('docs/wrapping.md')) ?? [];
    const rows = [...section.matchAll(/^\| `([^`]+)` *\|([^|]*)\|/gm)];
    const shown = rows.map(([, name, value = '']) => [
      name,
      value.trim().startsWith('`') ? value.replace(/[` ]/g, '') : '',
    ]);
    const { output, ...others } = remoteSettingsSchema.shape;
    const defaults = remoteSettingsSchema.parse({}) as Record<string, unknown> & { output: Record<string, unknown> };
    const outputs = Object.keys(output.unwrap().shape).map((name) => [`output.${name}`, defaults.output[name]]);
    const settings = [...Object.keys(others).map((name) => [name, defaults[name]]), ...outputs];
    expect(shown).to.have.deep.members(settings.map(([name, value = '']) => [name, String(value)]));
  });

  it('explain every type of authentication by an example that is one', async () => {
    const [, section = ''] = /\n## Authentication\n(.*?)\n## /s.exec(await read('docs/wrapping.md')) ?? [];
    const types = [...section.matchAll(/^\| `(\{.*?\})` *\|/gm)].map(
      ([, example = '']) => authenticationSchema.parse(JSON.parse(example.replace('…', 'example.com'))).type,
    );
    expect(types).to.have.members(authenticationSchema.options.map(({ shape }) => shape.type.value));
  });

  it('explain every option of wrap', async () => {
    const page = await read('docs/wrapping.md');
    for (const { long } of buildWrapCommand().options)
      expect(page, String(long)).to.match(new RegExp(`^\\|[^|]*\`${long}[ \`]`, 'm'));
  });

  it('explain every option of register, and every setting of its sink', async () => {
    const page = await read('docs/registration.md');
    for (const { long } of buildRegisterCommand().options)
      expect(page, String(long)).to.match(new RegExp(`^\\| \`${long}[ \`]`, 'm'));
    const [, section = ''] = /\n## The sink `openscale`\n(.*?)\n## /s.exec(page) ?? [];
    const names = [...section.matchAll(/^\| `(\w+)` *\|/gm)].map(([, name]) => name);
    expect(names).to.have.members(listKeys(openScaleSink.schema));
  });

  it('explain every metrics provider and every setting of theirs, by examples that are good', async () => {
    const page = await read('docs/custom-metrics.md');
    const examples = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, json = '']) => json);
    expect(examples).to.have.length(2);
    for (const example of examples) parseMetricsProvidersSettings(example, '/etc/engine/metrics.json');
    const [, section = ''] = /\n## Settings\n(.*?)\n## /s.exec(page) ?? [];
    const shown = [...section.matchAll(/^\| `(\w+)` *\| *(?:`([^`]+)`|(\d+))?/gm)].map(([, key = '', text, number]) => [
      key,
      number === undefined ? text : Number(number),
    ]);
    const { providers, folder, ...defaults } = parseMetricsProvidersSettings(
      examples[1] ?? '',
      '/etc/engine/metrics.json',
    );
    const { openscale, ...others } = defaults;
    expect([providers, openscale]).to.not.include(undefined);
    expect(Object.fromEntries(shown)).to.deep.equal({
      openscale: undefined,
      providers: undefined,
      folder: basename(folder),
      ...others,
    });
    for (const [type, { metrics, schema }] of Object.entries(providerKinds)) {
      const [, own = ''] = new RegExp(`\n### \`${type}\`\n(.*?)\n##`, 's').exec(page) ?? [];
      for (const name of listKeys(schema)) expect(own, `${type}: ${name}`).to.contain(`\`${name}\``);
      expect(own.length, type).to.be.above(metrics.length * 5);
    }
    const [, common = ''] = /\n## Parameters\n(.*?)\n### /s.exec(page) ?? [];
    const parameters = Object.keys(commonParametersSchema.shape).filter((name) => !name.startsWith('baseline_'));
    for (const name of parameters) expect(common, name).to.contain(`\`${name}\``);
  });

  it('explain every option of train', async () => {
    const page = await read('docs/training.md');
    const rows = page.split('\n').filter((line) => line.startsWith('| `--'));
    for (const { long } of buildTrainCommand().options) {
      if (long !== '--json') expect(rows.join('\n'), String(long)).to.match(new RegExp(`\`${long}[ \`]`));
    }
  });

  it('name texts that mean a missing value among numbers', async () => {
    const [, list = ''] =
      /can only mean a missing value: (.*?) and the like/s.exec(await read('docs/training.md')) ?? [];
    const markers = [...list.matchAll(/`([^`]+)`/g)].map(([, marker]) => marker as string);
    expect(markers).to.have.length.above(10);
    const known = toMissingMarkers();
    expect(markers.filter((marker) => !known.isMissingNumber(marker))).to.deep.equal([]);
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
    expect(await read('docs/checks.md')).to.equal(await prettier.format(toCheckPage(ALL_CHECKS), format));
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
