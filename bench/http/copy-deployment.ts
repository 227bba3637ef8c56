import { link, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DeploymentFile } from '../../models/deployment-file.ts';

/** Copies a deployment into a folder, with numbered ids; the copies share one model file by hard links. */
export async function copyDeployment(deployment: string, count: number, out: string): Promise<void> {
  const file = JSON.parse(await readFile(join(deployment, 'deployment.json'), 'utf8')) as DeploymentFile;
  for (let number = 0; number < count; number++) {
    const id = `${basename(deployment)}-${number}`;
    await mkdir(join(out, id), { recursive: true });
    await writeFile(join(out, id, 'deployment.json'), JSON.stringify({ ...file, id }));
    await link(join(deployment, 'model.json'), join(out, id, 'model.json'));
  }
}
