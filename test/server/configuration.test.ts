import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ConfigurationError } from '../../errors/configuration-error.ts';
import { parseConfiguration, type Configuration } from '../../server/configuration.ts';
import { SETTINGS, toVariable, type SettingName } from '../../server/settings.ts';
import { makeKeyFile } from '../support/key-file.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const SECRET = 'canary 8675309';
const KEYS = makeKeyFile([]);
const LOG_FILE = join(makeTemporaryFolder('log'), 'engine.log');
const NAMES = Object.keys(SETTINGS) as SettingName[];

/** The problems that an environment has, and options with it. */
function findProblems(...settings: Parameters<typeof parseConfiguration>): readonly string[] {
  try {
    parseConfiguration(...settings);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    expect(error.message).to.equal(error.problems.join('\n'));
    return error.problems;
  }
}

/** What a setting becomes, for good texts; the same by the environment and, where it is one, as an option. */
const GOOD: Partial<Record<SettingName, Record<string, unknown>>> = {
  host: { '127.0.0.1': '127.0.0.1', '::1': '::1', localhost: 'localhost', '127.8.8.8': '127.8.8.8' },
  port: { '0': 0, '80': 80, '65535': 65_535 },
  'public-url': {
    'https://example.com': 'https://example.com/',
    'http://EXAMPLE.com:8080/spaces/one/': 'http://example.com:8080/spaces/one/',
  },
  'trust-proxy': { loopback: 'loopback', '1': 1, '10.0.0.0/8, ::1': '10.0.0.0/8, ::1' },
  deployments: { '/srv/models': '/srv/models', 'relative folder': 'relative folder' },
  'allow-modules': { true: true, false: false },
  'allow-apps': { true: true, false: false },
  'open-paths': { '/metrics': ['/metrics'], '/health/ready , /metrics': ['/health/ready', '/metrics'] },
  'cors-origins': {
    'https://app.example.com': ['https://app.example.com'],
    'http://localhost:3000 , https://a.example': ['http://localhost:3000', 'https://a.example'],
  },
  'max-body': { '1': 1, '10b': 10, '512kb': 524_288, '32MB': 33_554_432, '512mb': 536_870_912 },
  'body-memory': { '1': 1, '256mb': 2 ** 28, '64gb': 2 ** 36 },
  'max-rows': { '1': 1, '100000000': 100_000_000 },
  'max-concurrency': { '1': 1, '1000000': 1_000_000 },
  workers: { '1': 1, '64': 64 },
  threads: { '0': 0, '64': 64 },
  'max-queue': { '1': 1, '10000': 10_000 },
  'body-timeout': { '1': 1_000, '3600': 3_600_000 },
  'log-format': { json: 'json', text: 'text' },
  'log-file': { [LOG_FILE]: LOG_FILE },
  'log-level': { silent: 'silent', trace: 'trace', warn: 'warn' },
};

/** Texts that mean nothing, and what is expected instead. */
const BAD: Partial<Record<SettingName, [expectation: string, texts: string[]]>> = {
  host: ['a host name or an address', ['a b', 'http://localhost', '[::1]', 'a/b', 'a\nb']],
  port: ['a whole number from 0 to 65535', ['65536', '-1', '1.5', '0x50', '1e3', 'http', ' 80', '９']],
  'public-url': [
    'an http or https URL without credentials, query and fragment',
    [
      'example.com',
      '/prefix',
      'ftp://a',
      'http://',
      'http://a:b@c',
      'http://a@c',
      'http://a?b',
      'http://a/#b',
      'javascript:1',
    ],
  ],
  'trust-proxy': [
    'addresses or subnets separated by commas, "loopback", or a number of hops',
    ['true', 'everyone', '10.0.0.0/64', '10.0.0', '-1', '1.5'],
  ],
  'allow-modules': ['true or false', ['yes', '1', 'TRUE', 'on']],
  'allow-apps': ['true or false', ['yes', '1', 'TRUE', 'on']],
  auth: ['none or basic', ['Basic', 'bearer', 'digest', 'null', 'constructor']],
  username: ['a name without a colon or control characters', ['a:b', 'a\nb', ':', '\0']],
  password: ['a password without control characters', ['a\nb', 'a\0', '\t']],
  'password-file': ['a readable file', ['/nowhere/at/all', tmpdir()]],
  'api-keys-file': ['a readable file', ['/nowhere/keys.json', '/']],
  'tls-cert': ['a readable file', ['/nowhere/cert.pem', '/']],
  'tls-key': ['a readable file', ['/nowhere/key.pem', '/']],
  'tls-passphrase-file': ['a readable file', ['/nowhere/passphrase', '/']],
  'tls-client-ca': ['a readable file', ['/nowhere/ca.pem', '/']],
  'open-paths': [
    'some of /health/ready, /metrics, separated by commas',
    ['metrics', '/v1/deployments', '/metrics/', '/metrics,', '*', '/'],
  ],
  'cors-origins': [
    'origins such as https://app.example.com, separated by commas',
    [
      '*',
      'app.example.com',
      'https://app.example.com/',
      'https://a.example,',
      'https://a.example/b',
      'file://a',
      'null',
    ],
  ],
  'max-body': [
    'a size such as 512kb or 32mb, at most 512mb',
    ['0', '32 mb', '32m', '1.5mb', '-1', '513mb', '1gb', 'mb', '99999999999'],
  ],
  'body-memory': ['a size such as 512kb or 32mb, at most 64gb', ['0', '65gb', '1tb', 'all']],
  'max-rows': ['a whole number from 1 to 100000000', ['0', '100000001', '1e5', 'all']],
  'max-concurrency': ['a whole number from 1 to 1000000', ['0', '1000001', 'Infinity']],
  workers: ['a whole number from 1 to 64', ['0', '65', 'auto', '1.5']],
  threads: ['a whole number from 0 to 64', ['-1', '65', 'auto', '1.5']],
  'max-queue': ['a whole number from 1 to 10000', ['0', '10001', 'Infinity']],
  'body-timeout': ['a whole number from 1 to 3600', ['0', '3601', '30s', '0.5']],
  'log-level': ['one of fatal, error, warn, info, debug, trace, silent', ['INFO', 'verbose', 'toString']],
  'log-format': ['json or text', ['JSON', 'pretty', 'toString']],
  'log-file': ['a writable file in a folder that exists', ['/nowhere/engine.log', '/']],
  'payload-log': ['a readable file', ['/nowhere/payload-log.json', '/']],
  'metrics-providers': ['a readable file', ['/nowhere/metrics.json', '/']],
};

describe('the configuration', () => {
  it('has its defaults', () => {
    expect(parseConfiguration({})).to.deep.equal({
      host: '127.0.0.1',
      port: 8080,
      publicUrl: undefined,
      trustProxy: undefined,
      deployments: './deployments',
      allowModules: false,
      allowApps: false,
      credentials: undefined,
      apiKeys: undefined,
      tls: undefined,
      openPaths: [],
      corsOrigins: [],
      maxBody: 32 * 2 ** 20,
      bodyMemory: 256 * 2 ** 20,
      maxRows: 100_000,
      maxConcurrency: 256,
      workers: 1,
      threads: availableParallelism(),
      maxQueue: 16,
      bodyTimeout: 30_000,
      logLevel: 'info',
      logFormat: undefined,
      logFile: undefined,
      payloadLog: undefined,
      metricsProviders: undefined,
    });
  });

  it('has a thread for each core of a process, and at least one', () => {
    const cores = availableParallelism();
    for (const workers of [1, 2, 64])
      expect(parseConfiguration({ ENGINE_WORKERS: String(workers) }).threads).to.equal(
        Math.max(1, Math.floor(cores / workers)),
      );
  });

  for (const [name, texts] of Object.entries(GOOD) as [SettingName, Record<string, unknown>][]) {
    it(`takes ${Object.keys(texts).join(', ')} for ${name}`, () => {
      const key = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()) as keyof Configuration;
      for (const [text, value] of Object.entries(texts)) {
        for (const configuration of [
          parseConfiguration({ [toVariable(name)]: text }),
          parseConfiguration({}, { [name]: text }),
        ]) {
          const parsed = configuration[key];
          expect(parsed instanceof URL ? parsed.href : parsed, text).to.deep.equal(value);
        }
      }
    });
  }

  it('has good and bad texts here for every setting', () => {
    const TLS = ['tls-cert', 'tls-key', 'tls-passphrase-file', 'tls-client-ca'];
    const others = [
      'auth',
      'username',
      'password',
      'password-file',
      'api-keys-file',
      ...TLS,
      'payload-log',
      'metrics-providers',
    ];
    expect([...Object.keys(GOOD), ...others]).to.have.members(NAMES);
    expect([...Object.keys(BAD), 'deployments']).to.have.members(NAMES);
  });

  for (const [name, [expectation, texts]] of Object.entries(BAD) as [SettingName, [string, string[]]][]) {
    it(`refuses what is not ${expectation} for ${name}, and does not repeat it`, () => {
      for (const text of texts) {
        expect(findProblems({ [toVariable(name)]: text }), text).to.include(
          `${toVariable(name)}: expected ${expectation}`,
        );
        expect(findProblems({}, { [name]: text }), text).to.include(`--${name}: expected ${expectation}`);
      }
    });
  }

  it('prefers an option to a variable, and takes an empty variable for one that is not set', () => {
    expect(parseConfiguration({ ENGINE_PORT: '1' }, { port: '2' }).port).to.equal(2);
    expect(parseConfiguration({ ENGINE_PORT: 'bad' }, { port: '2' }).port).to.equal(2);
    const empty = Object.fromEntries(NAMES.map((name) => [toVariable(name), '']));
    expect(parseConfiguration(empty)).to.deep.equal(parseConfiguration({}));
    expect(findProblems({}, { deployments: '' })).to.deep.equal(['--deployments: expected the path of a folder']);
  });

  it('tells all problems at once, each in a sentence', () => {
    const bad = Object.entries(BAD).map(([name, [, texts]]) => [toVariable(name as SettingName), texts[0] as string]);
    const problems = findProblems(Object.fromEntries(bad) as Record<string, string>);
    const settings = problems.map((problem) => problem.split(':', 1)[0]);
    expect(settings).to.include.members(bad.map(([variable]) => variable));
    expect(findProblems({ ENGINE_HOST: '0.0.0.0', ENGINE_PORT: 'x' }), 'what is bad together').to.have.length(2);
    expect(findProblems({ ENGINE_AUTH: 'basic', ENGINE_PORT: 'x' }), 'what is missing').to.have.length(3);
    expect(findProblems({ ENGINE_USERNAME: 'a:b', ENGINE_PASSWORD: SECRET }), 'given, if wrongly').to.have.length(1);
  });

  describe('of authentication', () => {
    let folder: string;
    before(async () => (folder = await mkdtemp(join(tmpdir(), 'engine-'))));
    after(() => rm(folder, { recursive: true }));

    const write = async (text: string | Buffer) => {
      const file = join(folder, 'password');
      await writeFile(file, text);
      return file;
    };
    const readPassword = (environment: Record<string, string>) =>
      parseConfiguration({ ENGINE_USERNAME: 'user', ...environment }).credentials?.password.reveal();

    it('takes a user name and a password', () => {
      const { credentials } = parseConfiguration({ ENGINE_USERNAME: 'us er', ENGINE_PASSWORD: 'p:ä🌸' });
      expect(credentials?.username).to.equal('us er');
      expect(credentials?.password.reveal()).to.equal('p:ä🌸');
      expect(readPassword({ ENGINE_PASSWORD: 'word', ENGINE_AUTH: 'basic' })).to.equal('word');
    });

    it('takes the password from a file, without the line break at its end', async () => {
      for (const [text, password] of [
        ['word', 'word'],
        ['word\n', 'word'],
        ['word\r\n', 'word'],
        [' pass word ', ' pass word '],
      ] as const)
        expect(readPassword({ ENGINE_PASSWORD_FILE: await write(text) })).to.equal(password);
      const expectation = 'ENGINE_PASSWORD_FILE: expected a password without control characters';
      for (const text of ['', '\n', 'two\nlines', 'two\n\n']) {
        const environment = { ENGINE_USERNAME: 'user', ENGINE_PASSWORD_FILE: await write(text) };
        expect(findProblems(environment), JSON.stringify(text)).to.deep.equal([expectation]);
      }
    });

    it('takes the password from a file with a byte order mark, in UTF-8 or UTF-16', async () => {
      for (const text of [Buffer.from('\uFEFFwörd\r\n'), Buffer.from('\uFEFFwörd\r\n', 'utf16le')])
        expect(readPassword({ ENGINE_PASSWORD_FILE: await write(text) })).to.equal('wörd');
      const environment = { ENGINE_USERNAME: 'user', ENGINE_PASSWORD_FILE: await write('\uFEFF\r\n') };
      expect(findProblems(environment)).to.deep.equal([
        'ENGINE_PASSWORD_FILE: expected a password without control characters',
      ]);
    });

    it('takes no password from a file in another encoding, which would become another password', async () => {
      const environment = { ENGINE_USERNAME: 'user', ENGINE_PASSWORD_FILE: await write(Buffer.from('wörd', 'latin1')) };
      expect(findProblems(environment)).to.deep.equal(['ENGINE_PASSWORD_FILE: expected a file in UTF-8']);
    });

    it('takes no password as an option, where every process could see it', () => {
      expect(SETTINGS.password).to.not.have.property('placeholder');
    });

    for (const [name, environment, problem] of [
      [
        'a user without a password',
        { ENGINE_USERNAME: 'user' },
        /^ENGINE_PASSWORD: expected a password for Basic authentication, here or in ENGINE_PASSWORD_FILE/,
      ],
      ['a password without a user', { ENGINE_PASSWORD: SECRET }, /^ENGINE_USERNAME: expected a user name/],
      ['a password for nobody', { ENGINE_PASSWORD: SECRET, ENGINE_AUTH: 'none' }, /^ENGINE_AUTH: expected basic/],
      [
        'keys for nothing',
        { ENGINE_API_KEYS_FILE: KEYS, ENGINE_AUTH: 'none' },
        /^ENGINE_AUTH: expected not none, because ENGINE_API_KEYS_FILE is set/,
      ],
      ['a user for nothing', { ENGINE_USERNAME: 'user', ENGINE_AUTH: 'none' }, /^ENGINE_AUTH: expected basic/],
    ] as const) {
      it(`refuses ${name}`, () => {
        expect(findProblems(environment)).to.have.length(1);
        expect(findProblems(environment)[0]).to.match(problem);
      });
    }

    it('refuses two passwords', async () => {
      const environment = {
        ENGINE_USERNAME: 'user',
        ENGINE_PASSWORD: SECRET,
        ENGINE_PASSWORD_FILE: await write(SECRET),
      };
      expect(findProblems(environment)).to.deep.equal([
        'ENGINE_PASSWORD: expected either this or ENGINE_PASSWORD_FILE, not both',
      ]);
    });

    it('is needed beyond loopback, unless it is ruled out outright', () => {
      for (const host of ['0.0.0.0', '::', '192.168.0.1', 'example.com', '127.example.com', '::ffff:127.0.0.1']) {
        expect(findProblems({ ENGINE_HOST: host }), host).to.have.length(1);
        expect(findProblems({ ENGINE_HOST: host })[0]).to.match(
          /^ENGINE_HOST: expected a loopback address, because there is no/,
        );
        expect(parseConfiguration({ ENGINE_HOST: host, ENGINE_AUTH: 'none' }).credentials).to.equal(undefined);
        const credentials = { ENGINE_USERNAME: 'user', ENGINE_PASSWORD: 'word' };
        expect(parseConfiguration({ ENGINE_HOST: host, ...credentials }).host).to.equal(host);
      }
    });

    it('shows its password nowhere', async () => {
      const file = await write(SECRET);
      for (const own of [{ ENGINE_PASSWORD: SECRET }, { ENGINE_PASSWORD_FILE: file }]) {
        const configuration = parseConfiguration({ ENGINE_USERNAME: 'user', ...own });
        for (const text of [
          JSON.stringify(configuration),
          inspect(configuration, { depth: 9, showHidden: true }),
          String(configuration.credentials?.password),
          Object.values(configuration.credentials ?? {}).join(),
        ]) {
          expect(text).to.contain('[redacted]').and.not.contain('8675309');
        }
        const bad = { ...own, ENGINE_PORT: 'x', ENGINE_AUTH: 'none' };
        expect(findProblems(bad)).to.have.length(2);
        expect(findProblems(bad).join()).to.not.contain('8675309');
      }
      expect(findProblems({ ENGINE_PASSWORD: `${SECRET}\n` }).join()).to.not.contain('8675309');
      await write(`${SECRET}\n${SECRET}`);
      expect(findProblems({ ENGINE_PASSWORD_FILE: file }).join()).to.not.contain('8675309');
    });
  });
});
