import { Argument, Command } from 'commander';
import { findDeploymentFolder } from '../catalogue/find-deployment-folder.ts';
import { readDeploymentFile } from '../catalogue/load-deployment.ts';
import { writeApp } from '../catalogue/write-app.ts';
import { CommandError } from '../errors/command-error.ts';
import { DeploymentError } from '../errors/deployment-error.ts';
import { toArgument } from '../errors/quote-text.ts';
import { parseId } from './parse-id.ts';
import { toStarterApp } from './starter-app.ts';

/** The command that writes a web application for a deployment, to start from. */
export function buildAppCommand(): Command {
  return new Command('app')
    .description('write a web application for a deployment, made from its columns, to start from')
    .addArgument(new Argument('<id>', 'the deployment').argParser(parseId))
    .option('--deployments <folder>', 'folder of the deployments', './deployments')
    .option('--force', 'replace the application that the deployment has')
    .action(run);
}

async function run(
  id: string,
  { deployments, force }: { readonly deployments: string; readonly force?: boolean },
): Promise<void> {
  const folder = await findDeploymentFolder(deployments, id);
  const file = await readDeploymentFile(folder).catch((error: unknown) => {
    if (!(error instanceof DeploymentError)) throw error;
    throw new CommandError(`The deployment ${id} is invalid: ${error.message}.`, { cause: error });
  });
  const app = await writeApp(folder, id, toStarterApp(file), force === true);
  const option = deployments === './deployments' ? '' : ` --deployments ${toArgument(deployments)}`;
  console.log(
    [
      `Wrote ${app}: index.html, style.css, app.js, and form.json with the columns.`,
      '',
      `Serve it: npx custom-ml-engine serve --allow-apps${option}`,
      `Open it:  http://127.0.0.1:8080/apps/${id}/`,
    ].join('\n'),
  );
}
