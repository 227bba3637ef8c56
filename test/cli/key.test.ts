import { mkdtemp, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { formatKeyFile, hashKey, parseKeyFile } from '../../server/access/key-file.ts';
import { toStoredKey } from '../support/key-file.ts';
import { Run, type Ended } from '../support/run.ts';

const OWN = 'my-own-key-of-32-or-more-characters';

describe('custom-ml-engine key', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'key-'));
    file = join(folder, 'keys.json');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const key = (args: readonly string[], input?: string): Promise<Ended> => {
    const run = new Run(['key', ...args], { environment: { ENGINE_API_KEYS_FILE: file } });
    run.process.stdin?.end(input);
    return run.end();
  };
  const read = async () => parseKeyFile(await readFile(file, 'utf8'));

  it('adds a key of 256 random bits, prints it once, and keeps its hash only', async () => {
    const made = await Promise.all([key(['add', 'openscale', '--expires', '90d'])]);
    expect(made[0].code, made[0].stderr).to.equal(0);
    const secret = made[0].stdout.trim();
    expect(secret).to.match(/^cme_[\w-]{43}$/);
    expect(made[0].stderr).to.contain('openscale').and.not.contain(secret);
    const [stored] = await read();
    expect(stored).to.include({ name: 'openscale', sha256: hashKey(secret).toString('hex') });
    const days = (Date.parse(stored?.expires_at ?? '') - Date.parse(stored?.created_at ?? '')) / 86_400_000;
    expect(days).to.be.closeTo(90, 0.01);
    expect(await readFile(file, 'utf8')).to.not.contain(secret);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    const again = await key(['add', 'openscale']);
    expect([again.code, again.stdout]).to.deep.equal([1, '']);
    expect(again.stderr).to.contain('There is a key openscale already');
  });

  it('lists keys, also as JSON, and revokes one', async () => {
    await writeFile(
      file,
      formatKeyFile([toStoredKey('old', OWN, '2020-01-01T00:00:00Z'), toStoredKey('new', `${OWN}2`)]),
    );
    const [text, json] = await Promise.all([key(['list']), key(['list', '--json'])]);
    expect(text.stdout).to.match(
      /^old {2}[0-9a-f]{8} .* expired 2020-01-01T00:00:00Z\nnew {2}[0-9a-f]{8} .* does not expire\n$/,
    );
    expect(JSON.parse(json.stdout)).to.have.nested.property('keys[0].expired', true);
    const revoked = await key(['revoke', 'old']);
    expect(revoked.code, revoked.stderr).to.equal(0);
    expect(revoked.stderr).to.equal('The key old is revoked: running engines notice within two seconds.\n');
    expect((await read()).map(({ name }) => name)).to.deep.equal(['new']);
    const again = await key(['revoke', 'old']);
    expect([again.code, again.stdout]).to.deep.equal([1, '']);
    expect(again.stderr).to.equal('No key has this name; `key list` lists them.\n');
    expect(JSON.parse((await key(['revoke', 'new', '--json'])).stdout)).to.deep.equal({ name: 'new', revoked: true });
    expect(await read()).to.deep.equal([]);
  });

  it('takes a key of your own that is long enough, through links, and keeps permissions', async () => {
    await writeFile(join(folder, 'real.json'), formatKeyFile([]), { mode: 0o640 });
    await symlink('real.json', file);
    const added = await key(['add', 'mine', '--stdin', '--json'], `${OWN}\n`);
    expect(added.code, added.stderr).to.equal(0);
    expect(added.stdout).to.not.contain(OWN);
    expect((await read())[0]).to.include(toStoredKey('mine', OWN));
    expect((await stat(file)).mode & 0o777).to.equal(0o640);
    for (const weak of ['', 'short', 'ab'.repeat(20), `${OWN} with spaces`, `${OWN}\u00e4`, 'a1b2c3d4e5'.repeat(500)]) {
      const { code, stderr } = await key(['add', 'other', '--stdin'], weak);
      expect(code).to.equal(2);
      expect(stderr).to.match(/^Standard input: expected a key of at (least|most) \d+ /);
      if (weak !== '') expect(stderr).to.not.contain(weak);
    }
  });

  it('changes nothing where the file is broken, or another command changes it', async () => {
    await writeFile(file, '{"keys": 1}');
    const broken = await key(['add', 'a']);
    expect(broken.code).to.equal(1);
    expect(broken.stderr).to.contain('is not a file of API keys: keys: expected array');
    expect(await readFile(file, 'utf8')).to.equal('{"keys": 1}');
    await writeFile(file, formatKeyFile([]));
    await writeFile(`${file}.new`, '');
    expect((await key(['add', 'a'])).stderr).to.contain('is being changed by another command');
    // What a command that was killed has left.
    const long = new Date(Date.now() - 60_000);
    await utimes(`${file}.new`, long, long);
    expect((await key(['add', 'a'])).code).to.equal(0);
  });

  it('says what is wrong', async () => {
    for (const [args, code, text] of [
      [['add', 'a b'], 2, '<name>: expected a name of at most 64'],
      [['add', 'a', '--expires', 'never'], 2, 'Expected days such as 90d'],
      [['add', 'a', '--expires', '2020-01-01'], 2, 'in the future'],
      [['list'], 1, 'cannot be read (ENOENT)'],
      [['list', '--file', '/dev/zero'], 1, '/dev/zero cannot be read (not a regular file)'],
      [['add', 'a', '--file', join(folder, 'nowhere', 'keys.json')], 1, 'cannot be written (ENOENT)'],
    ] as const) {
      const ended = await key([...args]);
      expect(ended.stderr).to.contain(text);
      expect(ended.code).to.equal(code);
    }
    const without = await new Run(['key', 'list']).end();
    expect(without.stderr).to.contain('Expected --file, or ENGINE_API_KEYS_FILE');
    expect(without.code).to.equal(2);
  });
});
