import { basename, resolve } from 'node:path';
import { toArgument } from '../errors/quote-text.ts';

/**
 * The command line as a deployment records it: without the folders of this machine.
 * @param args the arguments after the name of the program
 * @param file the argument that is the file of rows
 */
export function toRecordedCommand(args: readonly string[], file: string): string {
  const shown = args.map((text, index) => {
    const [, option, path] = /^(--(?:out|archive)=)(.*)$/s.exec(text) ?? [];
    if (option !== undefined && path !== undefined) return `${option}${toName(path)}`;
    return text === file || ['--out', '--archive'].includes(args[index - 1] ?? '') ? toName(text) : text;
  });
  return `custom-ml-engine ${shown.map(toArgument).join(' ')}`;
}

function toName(path: string): string {
  return basename(resolve(path));
}
