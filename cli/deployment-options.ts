/** The options of commands that write a deployment. */
import type { Command } from 'commander';
import { VERSIONS_KEPT } from '../catalogue/kept-versions.ts';
import { toNumberParser } from './to-number-parser.ts';

const MAX_KEPT = 1000;

/** Adds the options of `wrap` and `import`. */
export function addDeploymentOptions(command: Command): Command {
  command
    .option('--name <name>', 'display name')
    .option('--description <text>', 'description')
    .option('--no-echo', 'answer with result columns only, without the features')
    .option('--out <folder>', 'folder of deployments', './deployments');
  return addReplacementOptions(command).option('--json', 'print the result as JSON');
}

/** Adds the options that say what happens to an existing deployment. */
export function addReplacementOptions(command: Command): Command {
  return addKeepOption(command.option('--force', 'replace an existing deployment with this id'));
}

/** Adds the option that says how many of the versions that have been replaced are kept. */
export function addKeepOption(command: Command): Command {
  return command.option(
    '--keep <versions>',
    'how many replaced versions of the deployment are kept for `rollback`',
    toNumberParser(0, MAX_KEPT),
    VERSIONS_KEPT,
  );
}
