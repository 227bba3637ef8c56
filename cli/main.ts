#!/usr/bin/env node
/** `custom-ml-engine`: one file per command. Results go to standard output, everything else to standard error. */
import { Command, CommanderError } from 'commander';
import { CommandError } from '../errors/command-error.ts';
import manifest from '../package.json' with { type: 'json' };

/** The commands. Only the requested one is loaded: the dependencies of `train` would slow down the start of `serve`. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).buildServeCommand(),
  train: async () => (await import('./train.ts')).buildTrainCommand(),
  import: async () => (await import('./import.ts')).buildImportCommand(),
  'export-script': async () => (await import('./export-script.ts')).buildExportScriptCommand(),
  wrap: async () => (await import('./wrap.ts')).buildWrapCommand(),
  app: async () => (await import('./app.ts')).buildAppCommand(),
  versions: async () => (await import('./versions.ts')).buildVersionsCommand(),
  rollback: async () => (await import('./rollback.ts')).buildRollbackCommand(),
  archive: async () => (await import('./archive.ts')).buildArchiveCommand(),
  register: async () => (await import('./register.ts')).buildRegisterCommand(),
  check: async () => (await import('./check.ts')).buildCheckCommand(),
  log: async () => (await import('./log.ts')).buildLogCommand(),
  key: async () => (await import('./key.ts')).buildKeyCommand(),
};

const program = new Command('custom-ml-engine')
  .description(manifest.description)
  .version(manifest.version)
  .showHelpAfterError('(--help lists the options)')
  .configureOutput({ outputError: (text, write) => write(removeValues(text)) })
  .exitOverride();

const asked = process.argv[2] ?? '';
for (const name of Object.hasOwn(commands, asked) ? [asked] : Object.keys(commands)) {
  const command = await (commands[name] as () => Promise<Command>)();
  program.addCommand(command.copyInheritedSettings(program));
  for (const part of command.commands) part.copyInheritedSettings(command);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommandError) {
    console.error(error.message);
    process.exitCode = error.exitCode;
  } else if (error instanceof CommanderError) {
    // Help and version exit with 0; everything else that commander throws is wrong usage.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else throw error;
}

/** Commander's message without the values that it repeats: a misplaced one may be a secret. */
function removeValues(text: string): string {
  return text
    .replace(/^(error: option '[^']*') value '[^]*'( from env '\w+') is invalid\./, '$1$2 is invalid.')
    .replace(/^(error: option '[^']*') argument '[^]*' is invalid\./, '$1 is invalid.')
    .replace(
      /^error: command-argument value '[^]*' is invalid for argument '([\w-]+)'\./,
      "error: argument '$1' is invalid.",
    )
    .replace(/^error: unknown option '(-[^'=]*)=[^]*?'(?=\n)/, "error: unknown option '$1'");
}
