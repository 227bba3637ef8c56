/**
 * Kills this process at a step of the payload log, as kill -9 would, if the file KILL_FLAG is there: it is removed first, so that one
 * process dies once. Loaded with --import. KILL_AT is the step, KILL_AFTER how often it is passed before.
 */
import promises from 'node:fs/promises';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { KILL_AT: step, KILL_FLAG: flag = '', KILL_AFTER: after = '0' } = process.env;
let left = Number(after);

function reach(name) {
  if (name !== step || left-- > 0) return;
  try {
    fs.unlinkSync(flag);
  } catch {
    left = 0;
    return;
  }
  process.kill(process.pid, 'SIGKILL');
  // The signal arrives at once, but nothing may be done until then.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

const { open, rename, rm, appendFile } = promises;
promises.open = async (path, ...rest) => {
  const handle = await open(path, ...rest);
  if (!String(path).endsWith('.open')) return handle;
  const write = handle.write.bind(handle);
  const datasync = handle.datasync.bind(handle);
  handle.write = async (bytes, offset, length, position) => {
    // Half of it is written.
    if (step === 'record' && left === 0 && fs.existsSync(flag)) await write(bytes, offset, length >> 1, position);
    reach('record');
    return write(bytes, offset, length, position);
  };
  handle.datasync = async () => {
    reach('sync');
    await datasync();
    reach('answer');
  };
  return handle;
};
promises.appendFile = async (path, ...rest) => {
  if (String(path).endsWith('ids')) reach('acknowledge');
  return appendFile(path, ...rest);
};
promises.rename = async (from, to) => {
  if (String(to).endsWith('progress.json')) reach('progress');
  if (String(to).endsWith('.closed')) reach('close');
  return rename(from, to);
};
promises.rm = async (path, ...rest) => {
  if (String(path).endsWith('.closed')) reach('compact');
  return rm(path, ...rest);
};
syncBuiltinESMExports();
