import { expect } from 'chai';
import { parsePayloadLogSettings } from '../../../server/payload-log/payload-log-settings.ts';

const PATH = '/etc/engine/payload-log.json';
const parse = (file: unknown) => parsePayloadLogSettings(typeof file === 'string' ? file : JSON.stringify(file), PATH);
const findProblem = (file: unknown): string | undefined => {
  try {
    parse(file);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

describe('the settings of the payload log', () => {
  it('have defaults, and paths relative to their file', () => {
    expect(parse({})).to.deep.equal({
      deployments: 'all',
      folder: '/etc/engine/payload-log',
      gather: 0,
      max_bytes: 2 ** 30,
      when_full: 'refuse',
      sinks: [],
    });
    const { folder, sinks } = parse({ folder: '/var/log/spool', sinks: [{ type: 'file', path: 'out.jsonl' }] });
    expect(folder).to.equal('/var/log/spool');
    expect(sinks).to.deep.equal([
      {
        type: 'file',
        name: 'file',
        batch_records: 200,
        batch_bytes: 2 ** 22,
        first_wait: 1000,
        longest_wait: 60_000,
        give_up_after: 100,
        own: { path: '/etc/engine/out.jsonl', max_bytes: 100 * 2 ** 20, keep: 10 },
      },
    ]);
  });

  it('may have several sinks of a type under different names', () => {
    const sinks = ['a', 'b'].map((name) => ({ type: 'file', name, path: `${name}.jsonl` }));
    expect(parse({ sinks }).sinks.map(({ name }) => name)).to.deep.equal(['a', 'b']);
  });

  const url = 'http://127.0.0.1:9';
  const wrong: [unknown, RegExp][] = [
    ['{', /^expected JSON$/],
    [[], /^expected object$/],
    [{ folder: '' }, /^folder: expected at least 1 character$/],
    [
      { deployments: 'some', gather: -1 },
      /^deployments: expected one of "all", "chosen"; gather: expected a number >= 0$/,
    ],
    [{ max_bytes: 100 }, /^max_bytes: expected a number >= 65536$/],
    [{ when_full: 'wait' }, /^when_full: expected one of "refuse", "drop_oldest"$/],
    [{ more: 1 }, /^unknown key "more"$/],
    [{ sinks: [{}] }, /^sinks\[0\]\.type: expected string$/],
    [{ sinks: [{ type: 'toString' }] }, /^sinks\[0\]\.type: expected one of file, http/],
    [
      { sinks: [{ type: 'file' }, { type: 'http', url: 'x' }] },
      /^sinks\[0\]\.path: expected string; sinks\[1\]\.url: expected an http/,
    ],
    [{ sinks: [{ type: 'http', url, name: '../x' }] }, /^sinks\[0\]\.name: expected up to 64 letters/],
    [
      {
        sinks: [
          { type: 'http', url },
          { type: 'http', url },
        ],
      },
      /^sinks\[1\]\.name: expected a name that no other sink has$/,
    ],
    [
      {
        sinks: [
          { type: 'file', path: 'a.jsonl' },
          { type: 'file', name: 'b', path: './sub/../a.jsonl' },
        ],
      },
      /^sinks\[1\]\.path: expected a file that no other sink has$/,
    ],
    [{ sinks: [{ type: 'http', url, token: 'canary' }] }, /^sinks\[0\]: unknown key "token"$/],
    [
      { sinks: [{ type: 'http', url, authentication: { type: 'bearer', token: 'canary' } }] },
      /^sinks\[0\]\.authentication\.token: expected .*never the secret itself$/,
    ],
  ];
  for (const [file, problem] of wrong)
    it(`are rejected: ${JSON.stringify(file)}`, () => {
      expect(findProblem(file)).to.match(problem).and.to.not.contain('canary');
    });
});
