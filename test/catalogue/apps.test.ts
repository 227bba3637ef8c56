import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Apps } from '../../catalogue/apps.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

describe('the web applications in a folder', () => {
  it('are those of folders whose names can be ids', async () => {
    const folder = makeTemporaryFolder('apps');
    for (const name of ['line', 'no id']) {
      await mkdir(join(folder, name, 'app'), { recursive: true });
      await writeFile(join(folder, name, 'app', 'index.html'), 'page');
    }
    const apps = await Apps.open(folder, { watch: false });
    await apps.close();
    expect(apps.list()).to.deep.equal([{ id: 'line', served: true, problems: [] }]);
  });
});
