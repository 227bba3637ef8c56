import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigurationError } from '../../../errors/configuration-error.ts';
import { parseConfiguration } from '../../../server/configuration.ts';
import { parseMetricsProvidersSettings } from '../../../server/metrics-providers/metrics-providers-settings.ts';

const PATH = '/etc/engine/metrics.json';
const parse = (file: unknown) =>
  parseMetricsProvidersSettings(typeof file === 'string' ? file : JSON.stringify(file), PATH);
const findProblem = (file: unknown): string | undefined => {
  try {
    parse(file);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};
const authentication = { type: 'iam', api_key: { variable: 'KEY' } };
const quality = { type: 'data-quality' };
const own = { type: 'module', file: 'own.mjs', metrics: [{ name: 'rows' }] };

describe('the settings of metrics providers', () => {
  it('have defaults, and a folder relative to their file', () => {
    expect(parse({ providers: { quality } })).to.deep.equal({
      folder: '/etc/engine/metrics-providers',
      wait: 45_000,
      timeout: 900_000,
      concurrency: 2,
      queue: 16,
      max_records: 100_000,
      max_bytes: 2 ** 26,
      page_records: 1000,
      memory: 1024,
      providers: { quality: { type: 'data-quality', parameters: {} } },
    });
    const { providers } = parse({ providers: { own } });
    expect(providers['own']).to.deep.include({ data_sets: ['payload', 'feedback'], needs_scores: false, tags: [] });
  });

  for (const [file, problem] of [
    ['{', 'expected JSON'],
    [{ providers: {} }, 'providers: expected at least one provider'],
    [{ providers: { quality }, other: 1 }, 'unknown key "other"'],
    [{ providers: { quality }, wait: 0 }, 'wait: expected a number >= 1'],
    [{ providers: { 'a/b': quality } }, 'providers.a/b: expected a name of up to 64 letters'],
    [{ providers: { a: { type: 'other' } } }, 'providers.a.type: expected one of'],
    [{ providers: { a: null } }, 'providers.a: expected object'],
    [{ providers: { a: { ...quality, parameters: { colums: [] } } } }, 'providers.a.parameters: unknown key "colums"'],
    [
      { providers: { a: { ...quality, parameters: { columns: 'x' } } } },
      'providers.a.parameters.columns: expected array',
    ],
    [{ providers: { a: { ...own, file: '../own.mjs' } } }, 'providers.a.file: expected the name of a .js or .mjs file'],
    [
      { providers: { a: { ...own, metrics: [{ name: 'My metric' }] } } },
      'providers.a.metrics[0].name: expected lower-case',
    ],
    [
      { providers: { a: { ...own, parameters: { min_records: 0 } } } },
      'providers.a.parameters.min_records: expected a number >= 1',
    ],
    [{ providers: { a: { type: 'x' }, b: { type: 'y' } } }, 'providers.b.type'],
    [{ openscale: { authentication, region: 'x' }, providers: { quality } }, 'openscale.region: expected one of'],
  ] as const) {
    it(`say what is wrong: ${problem}`, () => {
      expect(findProblem(file)).to.contain(problem);
    });
  }

  describe('with the other settings', () => {
    let folder: string;
    const write = async (name: string, value: object) => {
      await writeFile(join(folder, name), JSON.stringify(value));
      return join(folder, name);
    };
    const findProblems = (environment: Record<string, string>): readonly string[] => {
      try {
        parseConfiguration(environment);
      } catch (error) {
        expect(error).to.be.instanceOf(ConfigurationError);
        return (error as ConfigurationError).problems;
      }
      return [];
    };
    beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'settings-'))));
    afterEach(() => rm(folder, { recursive: true }));

    it('use the connection of the only sink to OpenScale, without what only a sink has', async () => {
      const sink = {
        type: 'openscale',
        region: 'eu-de',
        authentication,
        container: { type: 'space', id: 's' },
        sanitize: false,
      };
      const settings = {
        ENGINE_METRICS_PROVIDERS: await write('metrics.json', { providers: { quality } }),
        ENGINE_PAYLOAD_LOG: await write('log.json', { sinks: [sink, { type: 'file', path: 'x' }] }),
      };
      const { metricsProviders } = parseConfiguration(settings);
      expect(metricsProviders?.openscale).to.deep.include({
        region: 'eu-de',
        authentication,
        container: sink.container,
      });
      expect(metricsProviders?.openscale).to.not.have.any.keys('sanitize', 'api_version', 'subscriptions');
      await write('log.json', { sinks: [sink, { ...sink, name: 'second' }] });
      expect(findProblems(settings)).to.deep.equal([
        'ENGINE_METRICS_PROVIDERS: expected openscale, the connection, or a single sink of the type openscale in the payload log',
      ]);
    });

    it('need a connection, and permission for modules, and are wrong like any file', async () => {
      const file = await write('metrics.json', { openscale: { authentication }, providers: { own } });
      expect(findProblems({ ENGINE_METRICS_PROVIDERS: file })).to.deep.equal([
        'ENGINE_METRICS_PROVIDERS: expected no provider of the type module, because modules run code; ENGINE_ALLOW_MODULES=true allows them',
      ]);
      expect(findProblems({ ENGINE_METRICS_PROVIDERS: file, ENGINE_ALLOW_MODULES: 'true' })).to.be.empty;
      await write('metrics.json', { providers: { quality } });
      expect(findProblems({ ENGINE_METRICS_PROVIDERS: file })).to.have.length(1);
      await write('metrics.json', {});
      expect(findProblems({ ENGINE_METRICS_PROVIDERS: file })[0]).to.match(
        /^ENGINE_METRICS_PROVIDERS: expected a file as docs\/custom-metrics\.md describes it \(providers: /,
      );
    });
  });
});
