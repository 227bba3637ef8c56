#!/usr/bin/env node
/** `custom-ml-engine`: one file a command. Results go to standard output, all else to standard error. */
import { Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { buildServeCommand } from './serve.ts';

const program = new Command('custom-ml-engine')
  .description(manifest.description)
  .version(manifest.version)
  .showHelpAfterError('(--help lists the options)')
  .exitOverride()
  .addCommand(buildServeCommand());

for (const command of program.commands) command.copyInheritedSettings(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Help and version end well; everything else that commander throws is a wrong use.
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
