/** Reads the tables of a report, as a reader does: by their captions. */

/** A table: its heading line and its lines, without mark-up. */
export interface ReadTable {
  readonly caption: string;
  readonly head: readonly string[];
  readonly lines: readonly (readonly string[])[];
}

/** All tables of a page, in order. */
export function readTables(html: string): ReadTable[] {
  return [...html.matchAll(/<table[^>]*><caption>(.*?)<\/caption>(.*?)<\/table>/gs)].map(([, caption, body = '']) => {
    const [head = [], ...lines] = [...body.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, line = '']) =>
      [...line.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell]) => toText(cell)),
    );
    return { caption: toText(caption), head, lines };
  });
}

/** The table whose caption contains a text. */
export function readTable(html: string, caption: string): ReadTable {
  const found = readTables(html).filter((table) => table.caption.includes(caption));
  if (found.length !== 1) throw new Error(`${found.length} tables have the caption "${caption}"`);
  return found[0] as ReadTable;
}

/** The column of a table with a heading: the cells below it. */
export function readColumn({ head, lines }: ReadTable, heading: string): string[] {
  return lines.map((line) => line[head.indexOf(heading)] as string);
}

/** The text of some HTML. */
export function toText(html = ''): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .trim();
}
