/** Requests of the Open Inference Protocol that are made of tables, and replies that are read as the contract's. */
import type { InferReply, InputTensor } from '../../handlers/open-inference/protocol.ts';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { RequestTable } from '../../models/table.ts';

type Columns = DeploymentFile['columns'];
type Table = Pick<RequestTable, 'fields' | 'values'>;

/** One input per column of a table; those that the deployment does not have are BYTES. */
export function toInputs({ fields, values }: Table, columns: Columns): InputTensor[] {
  return fields.map((name, index) => {
    const type = columns.find((column) => column.name === name)?.type ?? 'string';
    const datatype = type === 'string' ? 'BYTES' : type === 'boolean' ? 'BOOL' : 'FP64';
    return { name, shape: [values.length], datatype, data: values.map((row) => row[index]) };
  });
}

/** All columns as one matrix, in the order of the table. */
export function toMatrix({ fields, values }: Table): InputTensor {
  return { name: 'input-0', shape: [values.length, fields.length], datatype: 'FP64', data: values.flat() };
}

/** The results of each row, in the order of the outputs. */
export function readRows({ outputs }: InferReply): unknown[][] {
  const rows = outputs[0]?.shape[0] ?? 0;
  return Array.from({ length: rows }, (_, row) =>
    outputs.map(({ shape, data }) => {
      const [, width] = shape;
      return width === undefined ? data[row] : data.slice(row * width, (row + 1) * width);
    }),
  );
}
