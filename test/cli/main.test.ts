import { expect } from 'chai';
import { Run } from '../support/run.ts';

/** Command lines with a value in the wrong place, and what is said of it. */
const MISUSES: readonly (readonly [args: readonly string[], message: string])[] = [
  [['check', 'http://user:canary@localhost'], "argument 'base-url' is invalid. Expected an http or https URL without"],
  [
    ['check', '--scoring-url', 'http://user:canary@localhost/score'],
    "option '--scoring-url <url>' is invalid. Expected",
  ],
  [
    ['check', '--header', "Authorization Bearer 'canary' is invalid.", 'http://localhost'],
    "'--header <header>' is invalid.",
  ],
  [['check', '--timeout', 'canary', 'http://localhost'], "option '--timeout <seconds>' is invalid. Expected a number"],
  [['check', '--format', 'canary', 'http://localhost'], "option '--format <format>' is invalid. Allowed choices are"],
  [['check', '--password=canary', 'http://localhost'], "unknown option '--password'"],
  [['check', '--password-envv=canary', 'http://localhost'], "unknown option '--password-envv'"],
  [
    ['check', '--username', 'a', '--password-env', 'canary!', 'http://localhost'],
    'expected the name of an environment',
  ],
  [['register', 'iris', '--url', 'https://user:canary@localhost'], "option '--url <url>' is invalid. Expected"],
  [['register', 'iris', '--fairness', 'canary\ncanary'], "option '--fairness <groups>' is invalid."],
  [['serve', '--public-url', 'https://user:canary@localhost'], '--public-url: expected'],
  [['serve', '--password=canary'], "unknown option '--password'"],
  [['serve', 'canary'], "too many arguments for 'serve'"],
  [['train', 'rows.csv', '--label', 'a', '--id', '../canary'], "option '--id <id>' is invalid. Expected letters"],
];

describe('wrong use of the command line', () => {
  for (const [args, message] of MISUSES) {
    it(`exits with 2 and repeats no value, which may be a secret: ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await new Run([...args]).end();
      expect(stderr).to.contain(message).and.not.contain('canary');
      expect([code, stdout]).to.deep.equal([2, '']);
    });
  }

  it('exits with 2 for a value of the environment, and repeats the name of its variable only', async () => {
    const { code, stderr } = await new Run(['register', 'iris'], { environment: { ENGINE_AUTH: 'canary' } }).end();
    expect(stderr).to.contain("from env 'ENGINE_AUTH' is invalid. Allowed choices").and.not.contain('canary');
    expect(code).to.equal(2);
  });
});
