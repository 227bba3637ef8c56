/** Writes a table as a single Open Inference input, a matrix of numbers, for ONNX, XGBoost and Triton's forests. */
import type { DeploymentFile } from '../../../models/deployment-file.ts';
import type { RemoteTable } from '../../adapter.ts';
import { buildMatrix, type MatrixSettings } from '../../request/build-matrix.ts';
import { toCellError } from '../../request/cells.ts';
import type { WriteTable } from '../../request/write-table.ts';
import { NUMBER_RANGES } from '../../../models/open-inference-datatypes.ts';

export interface MatrixInputSettings extends MatrixSettings {
  /** The name of the input. */
  readonly input: string;
  readonly datatype: 'FP32' | 'FP64';
  /**
   * What is sent for a null without an `impute`: `null` for MLServer and KServe, `NaN` for Triton, which accepts it although it
   * is not JSON. Without this setting, such columns are rejected.
   */
  readonly missing?: 'null' | 'NaN' | undefined;
}

/**
 * Plans the input.
 * @returns a function that writes a table's inputs; it throws an EngineError for a number that does not fit the datatype
 * @throws {DeploymentError} with every problem of the encoding
 */
export function buildMatrixInput(file: DeploymentFile, settings: MatrixInputSettings): WriteTable {
  const { input, datatype, missing } = settings;
  const encoder = buildMatrix(file, settings, missing !== undefined);
  const { width } = encoder;
  const { max } = NUMBER_RANGES[datatype];
  return (writer, table) => {
    const matrix = encoder.encode(table);
    for (let at = 0; at < matrix.length; at++) {
      if (Math.abs(matrix[at] as number) > max) throw toSizeError(table, Math.floor(at / width), datatype);
    }
    // JSON.stringify writes NaN as null.
    const numbers = JSON.stringify(Array.from(matrix));
    const data = missing === 'NaN' ? numbers.replaceAll('null', 'NaN') : numbers;
    const shape = [table.rows.length, width];
    writer.write(`[${JSON.stringify({ name: input, shape, datatype }).slice(0, -1)},"data":${data}}]`);
  };
}

/** Only a cell that is sent unchanged can be so large. */
function toSizeError(table: RemoteTable, row: number, datatype: MatrixInputSettings['datatype']) {
  const { min, max } = NUMBER_RANGES[datatype];
  const cells = table.rows[row] as readonly unknown[];
  const column = table.columns.findIndex((_, index) => Math.abs(Number(cells[table.positions[index] as number])) > max);
  return toCellError(table, row, column, `a number from ${min} to ${max} (${datatype})`);
}
