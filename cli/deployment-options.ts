/** The options of a command that writes a deployment, the same for `wrap` and `import`. */
import type { Command } from 'commander';

/** Adds the options. */
export function addDeploymentOptions(command: Command): Command {
  return command
    .option('--name <name>', 'display name')
    .option('--description <text>', 'description')
    .option('--no-echo', 'answer with result columns only, without the features')
    .option('--out <folder>', 'folder of deployments', './deployments')
    .option('--force', 'replace an existing deployment')
    .option('--json', 'print the result as JSON');
}
