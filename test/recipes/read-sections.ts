/** The sections of a Markdown page and their blocks of code. */
export interface Section {
  /** The level of the heading, from 1. */
  readonly level: number;
  readonly title: string;
  readonly blocks: readonly { readonly language: string; readonly text: string }[];
}

/** Reads the sections in the order of the page, each without those below its heading. */
export function readSections(page: string): Section[] {
  const sections: { level: number; title: string; blocks: { language: string; text: string }[] }[] = [];
  const pattern = /^(?:(?<marks>#{1,6}) (?<title>.+)|```(?<language>\w+)\n(?<text>[^]*?)^```)$/gm;
  for (const { groups } of page.matchAll(pattern)) {
    const { marks = '', title, language = '', text = '' } = groups ?? {};
    if (title !== undefined) sections.push({ level: marks.length, title, blocks: [] });
    else sections.at(-1)?.blocks.push({ language, text });
  }
  return sections;
}
