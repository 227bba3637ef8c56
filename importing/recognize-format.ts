/** Recognizes the format of a model file from its content; its name says little, for XGBoost writes UBJSON into model.json. */
import { fileKinds } from '../catalogue/file-kinds.ts';
import { CommandError } from '../errors/command-error.ts';
import type { FileKind } from '../models/kinds/model-file.ts';

export interface RecognizedFormat {
  readonly kind: string;
  readonly format: FileKind;
}

/** How many bytes a format that cannot be read is recognized by. */
const HEAD = 4096;

interface OtherFormat {
  readonly isIt: (head: Buffer, text: string) => boolean;
  /** What the file is, and the way out. */
  readonly advice: string;
}

const EXPORT_HINT =
  'load it in Python and run the script that `npx custom-ml-engine export-script` prints, which writes a file that can be imported';

/** Formats that people have and that cannot be read, by their first bytes. */
const OTHER_FORMATS: readonly OtherFormat[] = [
  {
    isIt: (head) => head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5,
    advice: `a Python pickle, which can run any code and is never loaded: ${EXPORT_HINT}`,
  },
  {
    isIt: (head) => head[0] === 0x78 && [0x01, 0x5e, 0x9c, 0xda].includes(head[1] ?? 0),
    advice: `compressed by zlib, as joblib does with pickles, which are never loaded: ${EXPORT_HINT}`,
  },
  {
    isIt: (head) => head[0] === 0x1f && head[1] === 0x8b,
    advice: 'compressed by gzip: decompress it first',
  },
  {
    isIt: (_, text) => text.startsWith('CBM1'),
    advice:
      "CatBoost's binary format: save the model again with save_model('model.json', format='json', pool=train_pool)",
  },
  {
    isIt: (head) => head.subarray(0, 8).equals(Buffer.from('\x89HDF\r\n\x1a\n', 'latin1')),
    advice: 'HDF5, as Keras writes: convert the model to ONNX, or wrap a TensorFlow server',
  },
  {
    isIt: (head) => head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4,
    advice:
      'a ZIP archive, such as those of PyTorch, Keras, skops, H2O and MLflow: unpack it and import the model file inside, or convert the model to ONNX',
  },
  {
    isIt: (_, text) => /^\s*\{[^]*"name"\s*:\s*"RF(Classifier|Regression)"/.test(text),
    advice: "ml-random-forest's JSON: serve it with the kind random-forest (docs/deployments.md)",
  },
  {
    isIt: (_, text) => /^\s*\{[^]*"tree_info"/.test(text),
    advice: "LightGBM's dump_model: save the model with save_model('model.txt')",
  },
  {
    isIt: (_, text) => /^\s*\[?\s*\{\s*"nodeid"/.test(text) || text.startsWith('booster['),
    advice: "XGBoost's dump, which lacks parts of the model: save it with save_model('model.json')",
  },
];

/**
 * Recognizes the format of a model file.
 * @throws {CommandError} when no kind reads it, with what it seems to be and the way out
 */
export function recognizeFormat(bytes: Buffer): RecognizedFormat {
  if (bytes.length === 0) throw new CommandError('The model file is empty.');
  for (const [kind, format] of fileKinds) if (format.recognizes(bytes)) return { kind, format };
  const head = bytes.subarray(0, HEAD);
  const text = head.toString('latin1');
  const other = OTHER_FORMATS.find(({ isIt }) => isIt(head, text));
  if (other) throw new CommandError(`The model file seems to be ${other.advice}.`);
  throw new CommandError(
    `The format of the model file is not known. Expected a file of one of the kinds ${[...fileKinds.keys()].join(', ')}.`,
  );
}
