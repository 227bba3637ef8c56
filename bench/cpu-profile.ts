/**
 * Where a process spends its time, from the profiles that `node --cpu-prof` writes, one per thread. A sample counts for a
 * stage: the nearest file of the project on its stack, or the nearest package that the project depends on. Samples with
 * neither count for Node itself.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The format: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile; times in microseconds. */
interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

/** Microseconds by stage and by function, in descending order, without idle time. */
export interface TimeSpent {
  readonly stages: ReadonlyMap<string, number>;
  readonly functions: ReadonlyMap<string, number>;
}

/**
 * Adds up the profiles in a folder.
 * @param from and `to`: the period that counts, in microseconds of the monotonic clock, as in the profiles
 * @param packages each a stage of its own, together with everything it calls outside the project
 */
export async function readProfiles(
  folder: string,
  { from, to, packages }: { from: number; to: number; packages: readonly string[] },
): Promise<TimeSpent> {
  const stages = new Map<string, number>();
  const functions = new Map<string, number>();
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.cpuprofile'))) {
    const profile = JSON.parse(await readFile(join(folder, name), 'utf8')) as CpuProfile;
    const described = describeNodes(profile.nodes, packages);
    let time = profile.startTime;
    profile.samples.forEach((id, index) => {
      const delta = profile.timeDeltas[index] ?? 0;
      time += delta;
      const node = described.get(id);
      if (!node || time < from || time > to || node.label === '(idle)') return;
      stages.set(node.stage, (stages.get(node.stage) ?? 0) + delta);
      functions.set(node.label, (functions.get(node.label) ?? 0) + delta);
    });
  }
  return { stages: sort(stages), functions: sort(functions) };
}

function describeNodes(
  nodes: readonly ProfileNode[],
  packages: readonly string[],
): Map<number, { stage: string; label: string }> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const described = new Map<number, { stage: string; label: string }>();
  // From the root down, so that a node can inherit its parent's stage.
  const visit = (node: ProfileNode, inherited: string) => {
    const { functionName, url, lineNumber } = node.callFrame;
    const special = /^\((garbage collector|program|idle)\)$/.test(functionName);
    const stage = special ? functionName : (toStage(url, packages) ?? inherited);
    const place = url === '' ? '' : ` ${url.replace(/^.*\/(?:dist|node_modules)\//, '')}:${lineNumber + 1}`;
    described.set(node.id, { stage, label: `${functionName || '(anonymous)'}${place}` });
    for (const id of node.children ?? []) visit(byId.get(id) as ProfileNode, stage);
  };
  if (nodes[0]) visit(nodes[0], 'node');
  return described;
}

function toStage(url: string, packages: readonly string[]): string | undefined {
  const file = /\/dist\/((?:server|handlers|catalogue|models|remote|upstream|csv|errors|cli)\/.*)\.js$/.exec(url)?.[1];
  if (file !== undefined) return `${file}.ts`;
  const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  return name !== undefined && packages.includes(name) ? name : undefined;
}

function sort(times: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...times].sort(([, one], [, other]) => other - one));
}
