/**
 * Kills this process at a step of the payload log, as kill -9 would: at the step that the file KILL_FLAG names, after it was passed
 * KILL_AFTER times. The file is removed first, so that one process dies once. Loaded with --import.
 */
import promises from 'node:fs/promises';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { KILL_FLAG: flag = '', KILL_AFTER: after = '0' } = process.env;
const passed = new Map();

/** Whether the process is to die at a step. */
function isDue(name) {
  const count = passed.get(name) ?? 0;
  try {
    return count >= Number(after) && fs.readFileSync(flag, 'utf8') === name;
  } catch {
    return false;
  }
}

function reach(name) {
  if (!isDue(name)) {
    passed.set(name, (passed.get(name) ?? 0) + 1);
    return;
  }
  try {
    fs.unlinkSync(flag);
  } catch {
    return;
  }
  process.kill(process.pid, 'SIGKILL');
  // Nothing may be done until the signal arrives.
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
    if (isDue('record')) await write(bytes, offset, length >> 1, position);
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
