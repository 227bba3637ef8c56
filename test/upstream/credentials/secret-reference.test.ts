import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildReadSecret, buildReadText, secretSchema } from '../../../upstream/credentials/secret-reference.ts';
import { UpstreamError } from '../../../upstream/upstream-error.ts';
import { setVariables } from '../../support/set-variables.ts';
import { catchError } from '../../support/deployment.ts';

async function findMessage(read: () => Promise<string>): Promise<string> {
  const { failure, message } = await catchError(UpstreamError, read);
  expect(failure).to.equal('unauthorized');
  return message;
}

describe('a secret', () => {
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'secret-'));
    file = join(folder, 'token');
  });
  after(() => rm(folder, { recursive: true }));

  it('is the current value of a variable', async () => {
    const reset = setVariables({ SECRET_OF_TEST: 'one' });
    const read = buildReadSecret({ variable: 'SECRET_OF_TEST' });
    expect(await read()).to.equal('one');
    process.env['SECRET_OF_TEST'] = 'two';
    expect(await read()).to.equal('two');
    reset();
    expect(await findMessage(read)).to.equal('the environment variable SECRET_OF_TEST is not set, or empty');
  });

  it('is the text of a file, without the final line break unless it may have several lines', async () => {
    await writeFile(file, 'token\r\n');
    expect(await buildReadSecret({ file })()).to.equal('token');
    await writeFile(file, '{\n}\n');
    expect(await buildReadText({ file })()).to.equal('{\n}\n');
    expect(await findMessage(buildReadSecret({ file }))).to.equal(
      'the file of the secret has control characters or several lines',
    );
    await writeFile(file, '\n');
    expect(await findMessage(buildReadSecret({ file }))).to.equal('the file of the secret is empty');
  });

  it('cannot be read from a missing, irregular or large file, and can as soon as the file is valid', async () => {
    const read = buildReadSecret({ file: join(folder, 'later') });
    expect(await findMessage(read)).to.equal('the file of the secret cannot be read (ENOENT)');
    await writeFile(join(folder, 'later'), 'here');
    expect(await read()).to.equal('here');
    const irregular = 'the file of the secret cannot be read (not a regular file)';
    expect(await findMessage(buildReadSecret({ file: '/dev/zero' }))).to.equal(irregular);
    expect(await findMessage(buildReadSecret({ file: folder }))).to.equal(irregular);
    await writeFile(file, 'x'.repeat(65_537));
    expect(await findMessage(buildReadSecret({ file }))).to.equal(
      'the file of the secret cannot be read (larger than 65536 bytes)',
    );
  });

  it('may be in UTF-16, or behind a byte order mark; other encodings are rejected, not changed', async () => {
    for (const bytes of [Buffer.from('\uFEFFwörd\r\n'), Buffer.from('\uFEFFwörd\r\n', 'utf16le')]) {
      await writeFile(file, bytes);
      expect(await buildReadSecret({ file })()).to.equal('wörd');
    }
    await writeFile(file, Buffer.from('\uFEFF{}\r\n', 'utf16le').swap16());
    expect(JSON.parse(await buildReadText({ file })())).to.deep.equal({});
    await writeFile(file, Buffer.from('\uFEFF\r\n'));
    expect(await findMessage(buildReadSecret({ file }))).to.equal('the file of the secret is empty');
    await writeFile(file, Buffer.from('wörd\n', 'latin1'));
    expect(await findMessage(buildReadSecret({ file }))).to.equal(
      'the file of the secret cannot be read (not text in UTF-8)',
    );
  });

  it("is never one of the engine's own, and never in the settings themselves", () => {
    for (const wrong of [
      { variable: 'ENGINE_PASSWORD' },
      { variable: 'engine_password' },
      { variable: 'A B' },
      { file: 'token' },
      { variable: 'A', file: '/token' },
      'token',
    ]) {
      expect(secretSchema.safeParse(wrong).success, JSON.stringify(wrong)).to.equal(false);
    }
  });
});
