import { expect } from 'chai';
import { appendFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sink } from '../../../records/sink.ts';
import { fileSink } from '../../../records/sinks/file-sink.ts';
import { makeRecord } from '../../support/logged-record.ts';
import { SpoolFolders } from '../../support/spool.ts';

describe('the sink file', () => {
  const folders = new SpoolFolders();
  afterEach(() => folders.clear());
  const signal = new AbortController().signal;

  const open = (path: string, settings: object = {}): Promise<Sink> =>
    fileSink.open(fileSink.schema.parse({ path, ...settings }), 'file');
  const send = (sink: Sink, ...ids: string[]) =>
    sink.send(
      ids.map((id) => makeRecord(id)),
      signal,
    );
  const readIds = async (path: string) =>
    (await readFile(path, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { scoringId: string }).scoringId);

  it('appends a line of JSON per record, and makes its folder', async () => {
    const path = join(await folders.make(), 'new', 'records.jsonl');
    const sink = await open(path);
    await send(sink, 'a', 'b');
    await send(sink, 'c');
    const [line = ''] = (await readFile(path, 'utf8')).split('\n');
    expect(JSON.parse(line)).to.deep.equal(makeRecord('a'));
    await send(await open(path), 'd');
    expect(await readIds(path)).to.deep.equal(['a', 'b', 'c', 'd']);
  });

  it('has a record once if its acknowledgement was lost, and no line that was cut off', async () => {
    const path = join(await folders.make(), 'records.jsonl');
    await send(await open(path), 'a', 'b');
    await appendFile(path, 'no record\n{"kind":"payload","depl');
    await send(await open(path), 'b', 'c');
    const lines = (await readFile(path, 'utf8')).split('\n');
    expect(lines).to.have.length(5);
    expect(JSON.parse(lines[3] ?? '')).to.deep.equal(makeRecord('c'));
    expect(await readFile(path, 'utf8')).to.match(/^.*"a".*\n.*"b".*\nno record\n.*"c".*\n$/);
  });

  it('begins another file when it is large, and removes the oldest beyond some', async () => {
    const folder = await folders.make();
    const path = join(folder, 'records.jsonl');
    const sink = await open(path, { max_bytes: 1000, keep: 2 });
    for (let index = 0; index < 25; index++) await send(sink, `id-${index}`);
    const names = (await readdir(folder)).sort();
    expect(names.filter((name) => name !== 'records.jsonl')).to.have.length(2);
    const numbers = names.flatMap((name) => /\.(\d+)$/.exec(name)?.[1] ?? []).map(Number);
    const [older, newer] = numbers as [number, number];
    expect(newer - older).to.equal(1);
    await send(sink, 'last');
    const ids = [
      ...(await readIds(`${path}.${older}`)),
      ...(await readIds(`${path}.${newer}`)),
      ...(await readIds(path)),
    ];
    expect(ids).to.deep.equal([
      ...Array.from({ length: 25 }, (_, index) => `id-${index}`).slice(-ids.length + 1),
      'last',
    ]);
  });

  it('has a record once as well if the file was renamed in between', async () => {
    const folder = await folders.make();
    const path = join(folder, 'records.jsonl');
    await send(await open(path, { max_bytes: 1 }), 'a');
    await send(await open(path, { max_bytes: 1 }), 'a', 'b');
    expect(await readIds(`${path}.2`)).to.deep.equal(['b']);
  });

  it('begins a new file where someone else has moved it away', async () => {
    const path = join(await folders.make(), 'records.jsonl');
    const sink = await open(path);
    await send(sink, 'a');
    await rename(path, `${path}-old`);
    await send(sink, 'b');
    expect(await readIds(path)).to.deep.equal(['b']);
  });

  it('fails for now while the file cannot be written', async () => {
    const path = join(await folders.make(), 'records.jsonl');
    await mkdir(path);
    const sink = await open(path);
    const error = await send(sink, 'a').catch((reason: unknown) => reason);
    expect(error).to.include({ name: 'SinkError', isPermanent: false });
    expect((error as Error).message).to.match(/^the file cannot be written \(E[A-Z]+\)$/);
    await rm(path, { recursive: true });
    await send(sink, 'a');
    expect(await readIds(path)).to.deep.equal(['a']);
  });
});
