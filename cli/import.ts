import { Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { CommandError } from '../errors/command-error.ts';
import { DeploymentError } from '../errors/deployment-error.ts';
import { importModel, ScoresDifferError, type ImportOptions } from '../importing/import-model.ts';
import { addDeploymentOptions } from './deployment-options.ts';
import { addFileOptions, collect, toCellRules, toCsvFormat, type FileOptions } from './file-options.ts';
import { toDescriptionText, toDifferenceText, toImportJson, toImportText, toProblemsText } from './import-text.ts';
import { parseCategories, parseLabels } from './parse-choices.ts';
import { parseId } from './parse-id.ts';
import { parseSettings } from './parse-settings.ts';
import { toSafeJson } from './safe-json.ts';

interface CliOptions extends FileOptions {
  readonly id: string;
  readonly rows?: string;
  readonly scores?: string;
  readonly tolerance: number;
  readonly label?: string;
  readonly labels?: string;
  readonly features?: string[];
  readonly drop?: string[];
  readonly categories: string[];
  readonly set: string[];
  readonly name?: string;
  readonly description?: string;
  readonly echo: boolean;
  readonly out: string;
  readonly force?: boolean;
  readonly keep: number;
  readonly json?: boolean;
}

/** The command that makes a deployment from a model file of another library. */
export function buildImportCommand(): Command {
  const command = new Command('import')
    .description('make a deployment from a model file: XGBoost, LightGBM, CatBoost, scikit-learn, PMML, ONNX')
    .argument('<file>', 'model file; its format is recognized from its content')
    .requiredOption('--id <id>', 'id of the deployment', parseId)
    .option('--rows <file>', 'rows to score: CSV with a header, or JSON {"fields": […], "values": [[…]]}');
  addFileOptions(command)
    .option('--scores <file>', 'what the library predicted for the rows, to compare with: CSV or JSON')
    .option('--tolerance <number>', 'max difference of two numbers, relative where they exceed 1', parseTolerance, 1e-6)
    .option('--label <name>', "name of the prediction (default: the model file's, or label)")
    .option('--labels <classes>', 'classes in the order of their codes: a,b or a JSON array')
    .option('--features <columns>', "columns of the rows in the model's order; can be repeated", collect)
    .option('--drop <columns>', 'columns of the rows to leave out; can be repeated', collect)
    .addOption(
      new Option(
        '--categories <column=values>',
        'a column\'s categories in the order of their codes: purpose=car,rent or purpose=["car"]; can be repeated',
      )
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(
      new Option('--set <key=value>', 'setting of the kind; can be repeated (see docs/importing.md)')
        .argParser(collect)
        .default([], 'none'),
    );
  return addDeploymentOptions(command).action(run);
}

async function run(path: string, options: CliOptions): Promise<void> {
  try {
    const result = await importModel({
      ...toImportOptions(path, options),
      onDescription: (description) => console.error(toDescriptionText(description)),
    });
    console.log(
      options.json ? toSafeJson(toImportJson(result)) : toImportText(result, options.out, process.stdout.columns),
    );
  } catch (error) {
    if (error instanceof ScoresDifferError) throw new CommandError(toDifferenceText(error));
    if (!(error instanceof DeploymentError)) throw error;
    throw new CommandError(toProblemsText(error.problems));
  }
}

function toImportOptions(path: string, options: CliOptions): ImportOptions {
  const { id, rows, scores, tolerance, label, labels, features, drop, categories, description, out, echo } = options;
  return {
    path,
    ...(rows !== undefined && { rows }),
    rowsFormat: { ...toCsvFormat(options), rules: toCellRules(options) },
    ...(scores !== undefined && { scores }),
    tolerance,
    ...(label !== undefined && { label }),
    ...(labels !== undefined && { labels: parseLabels(labels) }),
    ...(features && { features }),
    ...(drop && { drop }),
    categories: parseCategories(categories),
    // The kind is not known yet; it checks its settings itself.
    settings: parseSettings(options.set, z.unknown()),
    deployment: { id, name: options.name ?? id, ...(description !== undefined && { description }), echo },
    out,
    force: options.force ?? false,
    keep: options.keep,
  };
}

function parseTolerance(text: string): number {
  const tolerance = Number(text);
  if (text.trim() !== '' && tolerance >= 0 && tolerance <= 1) return tolerance;
  throw new InvalidArgumentError('Expected a number from 0 to 1, such as 1e-6.');
}
