/** The options that choose what fairness compares, the same for every command that has them. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseComparedGroups, parseItems, type ComparedGroups } from '../openscale/fairness.ts';

/** Adds the options to a command. */
export function addFairnessOptions(command: Command): Command {
  return command
    .option('--favourable <outcomes>', 'favourable classes, or ranges of a regression, separated by commas', parseItems)
    .option('--unfavourable <outcomes>', 'unfavourable outcomes (default: all other classes)', parseItems)
    .addOption(
      new Option('--fairness <groups>', 'groups to compare, <attribute>=<majority>:<minority>; can be repeated')
        .argParser(collectGroups)
        .default([], 'none'),
    );
}

function collectGroups(text: string, groups: ComparedGroups[]): ComparedGroups[] {
  try {
    return [...groups, parseComparedGroups(text)];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
